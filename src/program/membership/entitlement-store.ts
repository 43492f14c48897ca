import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import type { MEMBERSHIP_STATES, Tier } from '#program/membership/contract.ts'

export const agreementRow = binder('agreement', ['operator_id', 'version', 'sha256', 'text', 'created_at', 'accept_by'])
export const acceptanceRow = binder('agreement_acceptance', [
  'organisation_id',
  'operator_id',
  'sha256',
  'accepted_by',
  'accepted_at',
  'countersigned_by',
  'countersigned_at',
])
export const clearanceRow = binder('clearance', ['person_id', 'operator_id', 'products', 'proof_of_concept', 'jurisdiction', 'granted_at'])

/** Covers every product of the operator. */
export const EVERY_PRODUCT = '*'

/** What entitles one contact with one operator, as the tables say it; a fact that is not there is null or undefined, and denies. */
export interface Entitlement {
  readonly operator: OperatorId
  readonly personActive: boolean
  readonly tier: Tier
  readonly state: (typeof MEMBERSHIP_STATES)[number]
  readonly since: Date
  readonly until: Date | null
  readonly entityJurisdiction: string | null
  /** Hex digests of the agreement in force and of what the organisation accepted of it. */
  readonly currentAgreement: string | null
  readonly acceptedAgreement: string | null
  readonly products: readonly string[]
  readonly proofOfConcept: boolean
  readonly contactJurisdiction: string | null
}

/** The entitlements of a contact, one for each operator with whom there are both a membership and a clearance. */
export async function listEntitlements(tx: Tx, { person, organisation }: ContactActor): Promise<Entitlement[]> {
  const { rows } =
    await sql<Entitlement>`select m.operator_id as operator, p.disabled_at is null as "personActive", m.tier, m.state, m.created_at as since, m.until,
      m.jurisdiction as "entityJurisdiction", encode(g.sha256, 'hex') as "currentAgreement", encode(a.sha256, 'hex') as "acceptedAgreement",
      c.products, c.proof_of_concept as "proofOfConcept", c.jurisdiction as "contactJurisdiction"
    from membership m
      join person p on p.id = ${person} and p.organisation_id = m.organisation_id
      join clearance c on c.person_id = p.id and c.operator_id = m.operator_id
      left join lateral (select sha256 from agreement where operator_id = m.operator_id order by version desc limit 1) g on true
      left join agreement_acceptance a on a.organisation_id = m.organisation_id and a.operator_id = m.operator_id and a.sha256 = g.sha256
    where m.organisation_id = ${organisation} order by m.operator_id`.execute(tx.db)
  return rows
}

/** A new text of the operator's agreement; `version` is one more than the last. From `acceptBy` on, now unless said, no earlier text entitles. */
export async function insertAgreement(tx: Tx, agreement: { operator: OperatorId; version: number; text: string; at: Date; acceptBy?: Date }): Promise<void> {
  const { operator, version, text, at, acceptBy = at } = agreement
  await tx.db
    .insertInto('agreement')
    .values({ operator_id: operator, version, sha256: digestOf(text), text, created_at: at, accept_by: acceptBy })
    .execute()
}

/** An organisation accepts exactly this text, and the operator countersigns it. Returns the key of the acceptance, for its binding. */
export async function acceptAgreement(
  tx: Tx,
  acceptance: { organisation: OrganisationId; operator: OperatorId; text: string; by: PersonId; at: Date; countersignedBy: PersonId | null },
) {
  const { organisation, operator, text, by, at, countersignedBy } = acceptance
  const sha256 = digestOf(text)
  await tx.db
    .insertInto('agreement_acceptance')
    .values({
      organisation_id: organisation,
      operator_id: operator,
      sha256,
      accepted_by: by,
      accepted_at: at,
      countersigned_by: countersignedBy,
      countersigned_at: at,
    })
    .execute()
  return { organisation_id: organisation, operator_id: operator, sha256: `\\x${sha256.toString('hex')}` }
}

/** What one person of a member may know of an operator's packages. Without a row it is nothing. */
export async function insertClearance(
  tx: Tx,
  clearance: { person: PersonId; operator: OperatorId; products: readonly string[]; proofOfConcept: boolean; jurisdiction: string | null; at: Date },
): Promise<void> {
  const { person, operator, products, proofOfConcept, jurisdiction, at } = clearance
  await tx.db
    .insertInto('clearance')
    .values({ person_id: person, operator_id: operator, products: [...products], proof_of_concept: proofOfConcept, jurisdiction, granted_at: at })
    .execute()
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
