import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import { apartFromCommit, type Tx } from '#platform/db/database.ts'
import { Problem, type FieldProblem } from '#platform/errors.ts'
import { emit } from '#platform/events/events.ts'
import type { OperatorId } from '#platform/ids.ts'
import { embargoedCves } from '#program/packages/embargoed-cves.ts'
import { protectionShipped, type ReportProtection } from '#program/protections/contract.ts'
import { activeOperators, findProtection, insertProtection, protectionRow, type StoredProtection } from '#program/protections/store.ts'

/**
 * Writes down that a vendor has shipped a protection now, and says so to whoever listens. Throws FORBIDDEN for an organisation
 * that ships none or is no active member, and VALIDATION_FAILED where the operator is not named, or not one of the vendor's, and
 * for a CVE that the vendor's organisation knows from a package before its release (program.md, E38); that refusal is recorded.
 */
export async function reportProtection(app: App, actor: ContactActor, report: z.output<typeof ReportProtection>): Promise<StoredProtection> {
  if (actor.organisationKind !== 'vendor') throw new Problem('FORBIDDEN', 'Vendors report protections.')
  try {
    return await app.db.transaction(actor, (tx) => writeDown(app, tx, actor, report))
  } catch (error) {
    if (error instanceof BeforeRelease) await apartFromCommit(() => recordRefusal(app, actor, error))
    throw error
  }
}

async function writeDown(app: App, tx: Tx, actor: ContactActor, { operator: named, ...said }: z.output<typeof ReportProtection>): Promise<StoredProtection> {
  const at = app.clock.now()
  const operator = await chooseOperator(tx, actor, named, at)
  await refuseBeforeRelease(app, tx, actor, said, at)
  const id = app.ids.next<'protection'>()
  await insertProtection(tx, actor, { id, operator, at, ...said })
  await emit(app, tx, protectionShipped, { organisation: actor.organisation, cves: said.cves, indicators: said.indicators }, { operator })
  app.audit.record(tx, { action: 'protection.shipped', subject: id, operator, binds: [protectionRow({ id })] })
  return (await findProtection(tx, id))!
}

/** Says nothing of when: the release instant of a package is not for everybody of the organisation. */
const NOT_YET = 'your organisation may not report this yet'

/** What was refused before the release, and the operators whose packages it would have told of. */
class BeforeRelease extends Problem {
  readonly operators: readonly OperatorId[]

  constructor(fields: readonly FieldProblem[], operators: Iterable<OperatorId>) {
    super('VALIDATION_FAILED', 'A protection may not be out before the release.', { fields })
    this.operators = [...operators]
  }
}

/** A protection that is out names what it protects from: whoever looks at the product would know. */
async function refuseBeforeRelease(
  app: App,
  tx: Tx,
  { organisation }: ContactActor,
  { cves, product }: { cves: readonly string[]; product: string },
  now: Date,
): Promise<void> {
  const embargoed = await embargoedCves(app, tx, organisation, now)
  const named = cvesIn(product)
  const places = [...cves.map((cve, at) => ({ field: `/body/cves/${at}`, cves: [cve] })), { field: '/body/product', cves: named }]
  const refused = places.filter((place) => place.cves.some((cve) => embargoed.has(cve)))
  if (refused.length === 0) return
  const operators = new Set([...cves, ...named].flatMap((cve) => [...(embargoed.get(cve) ?? [])]))
  throw new BeforeRelease(
    refused.map(({ field }) => ({ field, message: NOT_YET })),
    operators,
  )
}

/** CVE ids in a text, however it writes them. */
function cvesIn(text: string): string[] {
  const found = text.normalize('NFKC').matchAll(/CVE[^\p{L}\p{N}]*(\d{4})[^\p{L}\p{N}]*(\d{4,19})/giu)
  return [...found].map(([, year, number]) => `CVE-${year}-${number}`)
}

/** One leaf for each operator whose package is concerned, and for no other: whom the report was meant for need not know of it. */
function recordRefusal(app: App, actor: ContactActor, { operators, fields }: BeforeRelease): Promise<void> {
  return app.db.transaction(actor, async (tx) => {
    for (const operator of operators) {
      app.audit.record(tx, {
        action: 'protection.refused',
        subject: actor.organisation,
        operator,
        details: { reason: 'before the release', places: fields.length },
      })
    }
  })
}

async function chooseOperator(tx: Tx, { organisation }: ContactActor, named: OperatorId | undefined, now: Date): Promise<OperatorId> {
  const operators = await activeOperators(tx, organisation, now)
  if (operators.length === 0) throw new Problem('FORBIDDEN', 'Your organisation is no active member.')
  const chosen = named === undefined && operators.length === 1 ? operators[0] : operators.find((operator) => operator === named)
  if (chosen !== undefined) return chosen
  throw new Problem('VALIDATION_FAILED', undefined, {
    fields: [{ field: '/body/operator', message: 'the operator to report to, of those you are a member of' }],
  })
}
