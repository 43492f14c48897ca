import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { emit } from '#platform/events/events.ts'
import type { OperatorId } from '#platform/ids.ts'
import { protectionShipped, type ReportProtection } from '#program/protections/contract.ts'
import { activeOperators, findProtection, insertProtection, protectionRow, type StoredProtection } from '#program/protections/store.ts'

/**
 * Writes down that a vendor has shipped a protection now, and says so to whoever listens. Throws FORBIDDEN for an organisation
 * that ships none or is no active member, and VALIDATION_FAILED where the operator is not named, or not one of the vendor's.
 */
export function reportProtection(app: App, actor: ContactActor, report: z.output<typeof ReportProtection>): Promise<StoredProtection> {
  if (actor.organisationKind !== 'vendor') throw new Problem('FORBIDDEN', 'Vendors report protections.')
  const { operator: named, ...said } = report
  return app.db.transaction(actor, async (tx) => {
    const operator = await chooseOperator(tx, actor, named)
    const at = app.clock.now()
    const id = app.ids.next<'protection'>()
    await insertProtection(tx, actor, { id, operator, at, ...said })
    await emit(app, tx, protectionShipped, { organisation: actor.organisation, cves: said.cves, indicators: said.indicators }, { operator })
    app.audit.record(tx, { action: 'protection.shipped', subject: id, operator, binds: [protectionRow({ id })] })
    return (await findProtection(tx, id))!
  })
}

async function chooseOperator(tx: Tx, { organisation }: ContactActor, named: OperatorId | undefined): Promise<OperatorId> {
  const operators = await activeOperators(tx, organisation)
  if (operators.length === 0) throw new Problem('FORBIDDEN', 'Your organisation is no active member.')
  const chosen = named === undefined && operators.length === 1 ? operators[0] : operators.find((operator) => operator === named)
  if (chosen !== undefined) return chosen
  throw new Problem('VALIDATION_FAILED', undefined, {
    fields: [{ field: '/body/operator', message: 'the operator to report to, of those you are a member of' }],
  })
}
