import type { App } from '#platform/app.ts'
import type { PlainValue } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import type { Tier } from '#program/membership/contract.ts'
import { lapsesAt } from '#program/membership/criteria/renewal.ts'
import { insertMember, membershipRow, organisationRow } from '#program/membership/store.ts'
import { programmeZone } from '#program/releases/rules/rules-store.ts'

/** What two people decided: the caller has made sure that they are two. */
export interface Admission {
  readonly operator: OperatorId
  readonly name: string
  readonly kind: 'vendor' | 'responder'
  readonly tier: Tier
  /** Name and version of the policy of the legal entity's jurisdiction. */
  readonly jurisdiction: string
  /** Since when it is one; now unless said. Only the demonstration has members that were there before it. */
  readonly since?: Date
  /** Ids and numbers of the decision, for its leaf. */
  readonly details: Readonly<Record<string, PlainValue>>
}

/** Makes an organisation a member, until its renewal's grace ends, in the transaction of the decision; on record. */
export async function admitMember(app: App, tx: Tx, { operator, name, kind, tier, jurisdiction, since, details }: Admission): Promise<OrganisationId> {
  const organisation = app.ids.next<'organisation'>() as OrganisationId
  const at = since ?? app.clock.now()
  const until = lapsesAt(at, at, await programmeZone(tx, operator))
  await insertMember(tx, { organisation, operator, name, kind, tier, jurisdiction, until, at })
  const binds = [organisationRow({ id: organisation }), membershipRow({ organisation_id: organisation, operator_id: operator })]
  app.audit.record(tx, { action: 'member.admitted', subject: organisation, operator, details: { tier, ...details }, binds })
  return organisation
}
