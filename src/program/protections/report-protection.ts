import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import { apartFromCommit, type Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { emit } from '#platform/events/events.ts'
import type { OperatorId } from '#platform/ids.ts'
import { embargoedCves } from '#program/packages/embargoed-cves.ts'
import { protectionShipped, type ReportProtection } from '#program/protections/contract.ts'
import { activeOperators, findProtection, insertProtection, protectionRow, type StoredProtection } from '#program/protections/store.ts'

/**
 * Writes down that a vendor has shipped a protection now, and says so to whoever listens. Throws FORBIDDEN for an organisation
 * that ships none or is no active member, and VALIDATION_FAILED where the operator is not named, or not one of the vendor's, and
 * for a CVE that the vendor knows from a package before its release (program.md, E38); that refusal is recorded.
 */
export async function reportProtection(app: App, actor: ContactActor, report: z.output<typeof ReportProtection>): Promise<StoredProtection> {
  if (actor.organisationKind !== 'vendor') throw new Problem('FORBIDDEN', 'Vendors report protections.')
  const { operator: named, ...said } = report
  await refuseBeforeRelease(app, actor, named, said.cves)
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

/** A protection that is out names what it protects from: whoever looks at the product would know. */
async function refuseBeforeRelease(app: App, actor: ContactActor, named: OperatorId | undefined, cves: readonly string[]): Promise<void> {
  const embargoed = await app.db.read(actor, (tx) => embargoedCves(app, tx, actor))
  const fields = cves.flatMap((cve, at) => {
    const until = embargoed.get(cve)
    return until ? [{ field: `/body/cves/${at}`, message: `under embargo until ${until.toISOString()}: report it from then on` }] : []
  })
  if (fields.length === 0) return
  await apartFromCommit(() => recordRefusal(app, actor, named, fields.length))
  throw new Problem('VALIDATION_FAILED', 'A protection may not be out before the release.', { fields })
}

function recordRefusal(app: App, actor: ContactActor, named: OperatorId | undefined, cves: number): Promise<void> {
  return app.db.transaction(actor, async (tx) => {
    const operator = await chooseOperator(tx, actor, named)
    app.audit.record(tx, { action: 'protection.refused', subject: actor.organisation, operator, details: { reason: 'before the release', cves } })
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
