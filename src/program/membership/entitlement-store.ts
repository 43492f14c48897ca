import { createHash } from 'node:crypto'
import { sql, type RawBuilder } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import type { EmbargoEnd } from '#program/embargo/ended-at.ts'
import type { AgreementText } from '#program/embargo/may-read.ts'
import type { MEMBERSHIP_STATES, Tier } from '#program/membership/contract.ts'
import type { MemberStanding } from '#program/membership/standing/standing.ts'

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

/** What entitles one contact with one operator, as the tables say it; a fact that is not there is null, and denies. */
export interface Entitlement {
  readonly operator: OperatorId
  readonly personActive: boolean
  /** When the last of the person's keys that were not revoked expires. */
  readonly keyUntil: Date | null
  readonly reachable: boolean
  readonly tier: Tier
  readonly state: MemberState
  readonly since: Date
  readonly until: Date | null
  readonly entityJurisdiction: string | null
  readonly products: readonly string[]
  readonly proofOfConcept: boolean
  readonly contactJurisdiction: string | null
  readonly agreement: readonly AgreementText[]
  /** In the order in which they were written. */
  readonly standings: readonly WrittenStanding[]
  readonly places: readonly WrittenPlace[]
  /** Of the operator's embargoes, those that ended early and stand so. */
  readonly ends: readonly EmbargoEnd[]
}

type MemberState = (typeof MEMBERSHIP_STATES)[number]
/** A standing as it was written, with the name of its jurisdiction's policy. */
interface WrittenStanding extends Omit<MemberStanding, 'ceiling'> {
  readonly jurisdiction: string | null
}
interface WrittenPlace {
  readonly since: Date
  readonly jurisdiction: string | null
}

/** The present standing and clearance, or those in force at an instant that is past. */
const sources = (at: Date | undefined) =>
  at === undefined
    ? { standing: sql`membership`, clearance: sql`clearance`, written: sql`true` }
    : {
        standing: sql`(select distinct on (organisation_id, operator_id) * from membership_history where since <= ${at}
          order by organisation_id, operator_id, position desc)`,
        clearance: sql`(select distinct on (person_id, operator_id) * from clearance_history where since <= ${at} order by person_id, operator_id, position desc)`,
        written: sql`h.since <= ${at}`,
      }

/**
 * The entitlements of a contact at `now`, one for each operator with whom there are both a membership and a clearance: every fact
 * that decides and every standing before the present one. With `past`, `now` is an instant that is over, and the facts are those
 * that were written by then; that somebody has no address any more says nothing of then.
 */
export async function listEntitlements(
  tx: Tx,
  { person, organisation }: Pick<ContactActor, 'person' | 'organisation'>,
  now: Date,
  past = false,
): Promise<Entitlement[]> {
  const { rows } = await entitlements(now, past, sql`p.id = ${person} and m.organisation_id = ${organisation}`).execute(tx.db)
  return rows.map(withInstants)
}

/** Of whom an entitlement is. */
export interface EntitledContact extends Entitlement {
  readonly person: PersonId
  readonly organisation: OrganisationId
}

/** The entitlements of every contact who has a clearance with one operator, in one reading: the present ones, or with `past` those of an instant that is over. */
export async function listAllEntitlements(tx: Tx, operator: OperatorId, now: Date, past = false): Promise<EntitledContact[]> {
  const { rows } = await entitlements(now, past, sql`m.operator_id = ${operator}`).execute(tx.db)
  return rows.map(withInstants)
}

function entitlements(now: Date, past: boolean, where: RawBuilder<unknown>): RawBuilder<EntitledContact> {
  const { standing, clearance, written } = sources(past ? now : undefined)
  const isHere = sql`(each.disabled_at is null or each.disabled_at > ${now})`
  return sql<EntitledContact>`select p.id as person, m.organisation_id as organisation, m.operator_id as operator, (p.disabled_at is null or p.disabled_at > ${now}) as "personActive",
      (select max(k.expires_at) from contact_key k where k.person_id = p.id and k.added_at <= ${now} and (k.revoked_at is null or k.revoked_at > ${now})) as "keyUntil",
      exists (select from person each where each.organisation_id = m.organisation_id and each.created_at <= ${now} and ${isHere}
        and (each.bounced_at is null or each.bounced_at > ${now}) and each.reached_at <= ${now} and (${past} or each.email is not null)) as reachable,
      s.tier, s.state, m.created_at as since, s.until, s.jurisdiction as "entityJurisdiction",
      c.products, c.proof_of_concept as "proofOfConcept", c.jurisdiction as "contactJurisdiction",
      (select coalesce(jsonb_agg(jsonb_build_object('version', g.version, 'sha256', encode(g.sha256, 'hex'), 'acceptBy', g.accept_by,
          'countersignedAt', a.countersigned_at) order by g.version), '[]')
        from agreement g left join agreement_acceptance a on a.organisation_id = m.organisation_id and a.operator_id = g.operator_id
          and a.sha256 = g.sha256 and a.countersigned_at <= ${now}
        where g.operator_id = m.operator_id and g.created_at <= ${now}) as agreement,
      (select coalesce(jsonb_agg(jsonb_build_object('since', h.since, 'tier', h.tier, 'state', h.state, 'until', h.until, 'jurisdiction', h.jurisdiction,
          'bridges', b.position is not null) order by h.position), '[]')
        from membership_history h left join membership_bridge b on b.position = h.position
        where h.organisation_id = m.organisation_id and h.operator_id = m.operator_id and ${written}) as standings,
      (select coalesce(jsonb_agg(jsonb_build_object('since', h.since, 'jurisdiction', h.jurisdiction) order by h.position), '[]')
        from clearance_history h
        where h.person_id = p.id and h.operator_id = m.operator_id and (cardinality(h.products) > 0 or h.jurisdiction is not null) and ${written}) as places,
      (select coalesce(jsonb_agg(jsonb_build_object('tag', encode(e.cve_tag, 'hex'), 'at', e.confirmed_at)), '[]') from embargo_end e
        where e.operator_id = m.operator_id and e.confirmed_at <= ${now} and (e.revoked_at is null or e.revoked_at > ${now})) as ends
    from membership m
      join ${standing} s on s.organisation_id = m.organisation_id and s.operator_id = m.operator_id
      join person p on p.organisation_id = m.organisation_id
      join ${clearance} c on c.person_id = p.id and c.operator_id = m.operator_id
    where ${where} order by m.operator_id, p.id`
}

/** JSON carries instants as text. */
function withInstants<T extends Entitlement>(row: T): T {
  const agreement = row.agreement.map((text) => {
    const { version, sha256, acceptBy, countersignedAt } = text as unknown as {
      version: number
      sha256: string
      acceptBy: string
      countersignedAt: string | null
    }
    return { version, sha256, acceptBy: new Date(acceptBy), countersignedAt: countersignedAt === null ? undefined : new Date(countersignedAt) }
  })
  const standings = row.standings.map((standing) => ({
    ...standing,
    since: new Date(standing.since),
    until: standing.until === null ? null : new Date(standing.until),
  }))
  const ends = row.ends.map(({ tag, at }) => ({ tag, at: new Date(at) }))
  return { ...row, agreement, standings, ends, places: row.places.map((place) => ({ ...place, since: new Date(place.since) })) }
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

/** A public key of a contact, good for `days`. */
export async function insertContactKey(tx: Tx, key: { id: string; person: PersonId; recipient: string; at: Date; days: number }): Promise<void> {
  const { id, person, recipient, at, days } = key
  const expires = new Date(at.getTime() + days * 86_400_000)
  const columns = { id, person_id: person, kind: 'age', fingerprint: recipient, public_key: recipient, added_at: at, expires_at: expires }
  await tx.db.insertInto('contact_key').values(columns).execute()
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
