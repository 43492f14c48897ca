import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import type { ObjectId } from '#platform/objects/objects.ts'
import { activeAt } from '#program/membership/directory/active.ts'

export type ListingId = Id<'listing'>

export const listingRow = binder('listing', [
  'organisation_id',
  'operator_id',
  'name',
  'link',
  'protects',
  'logo',
  'proposed_by',
  'proposed_at',
  'decision',
  'reason',
  'decided_by',
  'decided_at',
  'ended_by',
  'ended_at',
])
export const logoRow = binder('listing_logo', ['object_id', 'width', 'height', 'added_by', 'added_at'])

/** A member of an operator. */
export interface Pair {
  readonly organisation: OrganisationId
  readonly operator: OperatorId
}

/** A change of what is shown of a member, with the membership as it stands. */
export interface StoredListing {
  readonly id: ListingId
  readonly organisation_id: OrganisationId
  readonly organisation_name: string
  readonly operator_id: OperatorId
  readonly operator_name: string
  readonly name: string
  readonly link: string | null
  readonly protects: string
  readonly logo: string | null
  readonly proposed_by: PersonId
  readonly proposer_name: string | null
  readonly proposed_at: Date
  readonly decision: 'approved' | 'refused' | 'withdrawn' | null
  readonly reason: string | null
  readonly decider_name: string | null
  readonly decided_at: Date | null
  readonly ended_at: Date | null
  readonly active: boolean
}

const select = (now: Date) => sql`select l.id, l.organisation_id, o.name as organisation_name, l.operator_id, op.name as operator_name, l.name, l.link,
    l.protects, encode(l.logo, 'hex') as logo, l.proposed_by, p.name as proposer_name, l.proposed_at, l.decision, l.reason, d.name as decider_name,
    l.decided_at, l.ended_at, ${activeAt(now)} as active
  from listing l join membership m on m.organisation_id = l.organisation_id and m.operator_id = l.operator_id
    join organisation o on o.id = l.organisation_id join operator op on op.id = l.operator_id
    left join person p on p.id = l.proposed_by left join person d on d.id = l.decided_by`

/** What the operator's members proposed, the newest first, from after `before` on. */
export async function listListings(tx: Tx, operator: OperatorId, now: Date, limit: number, before: string | undefined): Promise<StoredListing[]> {
  const { rows } = await sql<StoredListing>`${select(now)} where l.operator_id = ${operator}
    and l.id < ${before ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff'}::uuid order by l.id desc limit ${limit}`.execute(tx.db)
  return rows
}

/** What a member has waiting and in public, and the last change before. */
export async function listOwnListings(tx: Tx, { organisation, operator }: Pair, now: Date): Promise<StoredListing[]> {
  const { rows } = await sql<StoredListing>`${select(now)} where l.organisation_id = ${organisation} and l.operator_id = ${operator}
    and (l.decision is null or (l.decision = 'approved' and l.ended_at is null) or l.id =
      (select x.id from listing x where x.organisation_id = l.organisation_id and x.operator_id = l.operator_id order by x.id desc limit 1))
    order by l.id desc`.execute(tx.db)
  return rows
}

/** Holds the listing until the transaction ends. */
export async function lockListing(tx: Tx, id: string, now: Date): Promise<StoredListing | undefined> {
  await sql`select 1 from listing where id = ${id}::uuid for no key update`.execute(tx.db)
  const { rows } = await sql<StoredListing>`${select(now)} where l.id = ${id}::uuid`.execute(tx.db)
  return rows[0]
}

/** Lets one transaction at a time change what is shown of a member. */
export async function holdPair(tx: Tx, { organisation, operator }: Pair): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`listing ${organisation} ${operator}`}, 0))`.execute(tx.db)
}

export async function insertListing(
  tx: Tx,
  listing: Pair & {
    readonly id: ListingId
    readonly name: string
    readonly link: string | null
    readonly protects: string
    readonly logo: string | null
    readonly by: PersonId
    readonly at: Date
  },
): Promise<void> {
  const { id, organisation, operator, name, link, protects, logo, by, at } = listing
  await tx.db
    .insertInto('listing')
    .values({
      id,
      organisation_id: organisation,
      operator_id: operator,
      name,
      link,
      protects,
      logo: logo === null ? null : Buffer.from(logo, 'hex'),
      proposed_by: by,
      proposed_at: at,
    })
    .execute()
}

export async function decideListing(
  tx: Tx,
  id: ListingId,
  decision: { readonly decision: 'approved' | 'refused' | 'withdrawn'; readonly reason: string | null; readonly by: PersonId; readonly at: Date },
): Promise<void> {
  const { decision: taken, reason, by, at } = decision
  await tx.db.updateTable('listing').set({ decision: taken, reason, decided_by: by, decided_at: at }).where('id', '=', id).execute()
}

/** Takes what is public of a member off. Returns its ids: one or none. */
export async function endPublic(tx: Tx, { organisation, operator }: Pair, by: PersonId, at: Date): Promise<ListingId[]> {
  const rows = await tx.db
    .updateTable('listing')
    .set({ ended_by: by, ended_at: at })
    .where('organisation_id', '=', organisation)
    .where('operator_id', '=', operator)
    .where('decision', '=', 'approved')
    .where('ended_at', 'is', null)
    .returning('id')
    .execute()
  return rows.map(({ id }) => id as ListingId)
}

export interface StoredLogo {
  readonly digest: string
  readonly object_id: ObjectId
}

export async function findLogo(
  tx: Tx,
  digest: string,
  pair: { readonly organisation?: OrganisationId; readonly operator: OperatorId },
): Promise<StoredLogo | undefined> {
  const row = await tx.db
    .selectFrom('listing_logo')
    .select('object_id')
    .where('digest', '=', Buffer.from(digest, 'hex'))
    .where('operator_id', '=', pair.operator)
    .$if(pair.organisation !== undefined, (query) => query.where('organisation_id', '=', pair.organisation!))
    .limit(1)
    .executeTakeFirst()
  return row && { digest, object_id: row.object_id as ObjectId }
}

export async function insertLogo(
  tx: Tx,
  logo: Pair & {
    readonly digest: string
    readonly object: ObjectId
    readonly width: number
    readonly height: number
    readonly by: PersonId
    readonly at: Date
  },
): Promise<void> {
  const { organisation, operator, digest, object, width, height, by, at } = logo
  await tx.db
    .insertInto('listing_logo')
    .values({
      organisation_id: organisation,
      operator_id: operator,
      digest: Buffer.from(digest, 'hex'),
      object_id: object,
      width,
      height,
      added_by: by,
      added_at: at,
    })
    .execute()
}

/** Forgets the logos of a member that nothing shown or waiting names; returns them. */
export async function deleteUnusedLogos(tx: Tx, { organisation, operator }: Pair): Promise<StoredLogo[]> {
  const { rows } = await sql<StoredLogo>`delete from listing_logo g where g.organisation_id = ${organisation} and g.operator_id = ${operator}
    and not exists (select from listing l where l.organisation_id = g.organisation_id and l.operator_id = g.operator_id and l.logo = g.digest
      and (l.decision is null or (l.decision = 'approved' and l.ended_at is null))) returning encode(g.digest, 'hex') as digest, g.object_id`.execute(tx.db)
  return rows
}
