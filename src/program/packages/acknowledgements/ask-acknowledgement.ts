import type { App } from '#platform/app.ts'
import type { Binding } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, OrganisationId } from '#platform/ids.ts'
import { notify } from '#platform/notices/notify.ts'
import type { Acknowledged } from '#program/packages/acknowledgements/contract.ts'
import { insertDuties } from '#program/packages/acknowledgements/store.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { listHoldingPeople } from '#program/packages/holders/store.ts'

export interface AskAcknowledgement {
  readonly kind: Acknowledged
  readonly operator: OperatorId
  readonly package: PackageId
  /** The version that holders have now, or that took its place. */
  readonly version: number
  /** Of a slip, the release that it led to: each is asked for once. */
  readonly subject?: Id<string>
  /** Member organisations of which somebody was given something of the package (`listHoldingOrganisations`). */
  readonly holders: readonly OrganisationId[]
}

/**
 * Asks members to acknowledge something about a package that they hold (program.md, E15, E19), once each, and tells those of their
 * people who hold it. Returns what the leaf of the act that asks has to bind.
 */
export async function askAcknowledgement(app: App, tx: Tx, { kind, operator, package: id, version, subject, holders }: AskAcknowledgement): Promise<Binding[]> {
  const members = holders.map((organisation) => ({ id: app.ids.next<'acknowledgement'>(), organisation }))
  const binds = await insertDuties(tx, { kind, operator, package: id, version, subject: subject ?? null, at: app.clock.now() }, members)
  const asked = new Set(holders)
  const people = await listHoldingPeople(tx, operator, id, version)
  await notify(
    app,
    tx,
    people.filter(({ organisation }) => asked.has(organisation)).map(({ person }) => person),
    'package.acknowledgement-asked',
    { operator, package: id },
  )
  return binds
}
