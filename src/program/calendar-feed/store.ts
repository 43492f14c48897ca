import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import type { Tier } from '#program/membership/contract.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { releaseColumns, type ReleaseColumns } from '#program/releases/store.ts'

export type FeedId = Id<'calendar-feed'>
export const feedRow = binder('calendar_feed', ['person_id', 'hash', 'titles', 'created_at', 'ended_at'])

export interface Feed {
  readonly id: FeedId
  readonly titles: boolean
  readonly created_at: Date
}

/** The person's own. */
export async function findFeed(tx: Tx, person: PersonId): Promise<Feed | undefined> {
  const row = await tx.db
    .selectFrom('calendar_feed')
    .select(['id', 'titles', 'created_at'])
    .where('person_id', '=', person)
    .where('ended_at', 'is', null)
    .executeTakeFirst()
  return row && { ...row, id: row.id as FeedId }
}

export async function insertFeed(tx: Tx, feed: { id: FeedId; person: PersonId; hash: Buffer; titles: boolean; at: Date }): Promise<void> {
  const { id, person, hash, titles, at } = feed
  await tx.db.insertInto('calendar_feed').values({ id, person_id: person, hash, titles, created_at: at }).execute()
}

/** Ends the person's address, if there is one; returns its id. */
export async function endFeed(tx: Tx, person: PersonId, at: Date): Promise<FeedId | undefined> {
  const row = await tx.db
    .updateTable('calendar_feed')
    .set({ ended_at: at })
    .where('person_id', '=', person)
    .where('ended_at', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return row?.id as FeedId | undefined
}

/** Whose file an address opens. */
export interface Subscriber {
  readonly person: PersonId
  readonly organisation: OrganisationId
  readonly kind: 'vendor' | 'responder'
  readonly titles: boolean
}

/** Whose file the token with this hash opens: nobody's once it was ended, the person was disabled, or the account was recovered after it was made. */
export async function findSubscriber(tx: Tx, hash: Buffer, now: Date): Promise<Subscriber | undefined> {
  const { rows } = await sql<Subscriber>`select p.id as person, o.id as organisation, o.kind, f.titles
    from calendar_feed f join person p on p.id = f.person_id join organisation o on o.id = p.organisation_id
    where f.hash = ${hash} and f.ended_at is null and (p.disabled_at is null or p.disabled_at > ${now})
      and not exists (select from recovery r where r.person_id = p.id and r.approved_at >= f.created_at)`.execute(tx.db)
  return rows[0]
}

export interface Programme {
  readonly operator: OperatorId
  readonly name: string
  readonly tier: Tier
  readonly joinedAt: Date
  /** When what the member holds was last decided. */
  readonly heldSince: Date
}

/** The programmes that a member takes part in at an instant. */
export async function listProgrammes(tx: Tx, organisation: OrganisationId, now: Date): Promise<Programme[]> {
  const { rows } = await sql<Programme>`select m.operator_id as operator, o.name, m.tier, m.created_at as "joinedAt",
      coalesce((select max(h.since) from membership_history h where h.organisation_id = m.organisation_id and h.operator_id = m.operator_id
        and h.since <= ${now}), m.created_at) as "heldSince"
    from membership m join operator o on o.id = m.operator_id
    where m.organisation_id = ${organisation} and m.state in ('active', 'paused') and m.created_at <= ${now} and (m.until is null or m.until > ${now})
    order by m.operator_id`.execute(tx.db)
  return rows
}

interface VersionAt {
  readonly package: PackageId
  readonly version: number
  readonly at: Date
}

/** When the person received what names each of these packages. */
export async function listReceived(tx: Tx, person: PersonId, packages: readonly PackageId[]): Promise<VersionAt[]> {
  const { rows } = await sql<VersionAt>`select package_id as package, version, min(received_at) as at from receipt
    where person_id = ${person} and package_id = any(${packages}::uuid[]) and part = 'content' and 'bulletin' = any(parts)
    group by package_id, version`.execute(tx.db)
  return rows
}

/**
 * When each version was last put on another release, or reached another state that its readers see. That it was superseded is none
 * of them: the version that did it may be closed to them.
 */
export async function listChanged(tx: Tx, packages: readonly PackageId[], now: Date): Promise<VersionAt[]> {
  const { rows } = await tx.asSystem((db) =>
    sql<VersionAt>`select package_id as package, version, max(at) as at from (
        select package_id, version, at, (state, release_id) is distinct from lag((state, release_id)) over each as changed
        from package_version_history where package_id = any(${packages}::uuid[]) and at <= ${now} and state in ('scheduled', 'released', 'withdrawn')
        window each as (partition by package_id, version order by seq)) h
      where changed group by package_id, version`.execute(db),
  )
  return rows
}

/** A version as it was when it was called off, by a pull or a deferral. */
export interface CalledOff extends ReleaseColumns {
  readonly package: PackageId
  readonly version: number
  readonly operator: OperatorId
  readonly at: Date
  readonly content_hash: Buffer
  readonly approved_hash: Buffer | null
  readonly scheduled_at: Date
  /** Since when a newer version is in its place. */
  readonly superseded_at: Date | null
  /** Whether somebody of the organisation received its content. */
  readonly held: boolean
  readonly product_tags: readonly Buffer[]
  readonly cve_tags: readonly Buffer[] | null
  readonly unnamed_cves: boolean | null
}

/** The last time that each version of these operators, on a release from an instant on, was called off; whatever has become of it since. */
export async function listCalledOff(
  tx: Tx,
  { operators, organisation }: { operators: readonly OperatorId[]; organisation: OrganisationId },
  now: Date,
  from: Date,
): Promise<CalledOff[]> {
  const { rows } = await tx.asSystem((db) =>
    sql<CalledOff>`select distinct on (h.package_id, h.version) h.package_id as package, h.version, h.operator_id as operator, h.at, h.content_hash,
        a.content_hash as approved_hash, h.scheduled_at, v.superseded_at,
        exists (select from receipt t where t.package_id = h.package_id and t.version = h.version and t.part = 'content'
          and t.organisation_id = ${organisation}) as held, v.product_tags, v.cve_tags, v.unnamed_cves, ${releaseColumns}
      from package_version_history h join release r on r.id = h.release_id join package_version v on v.package_id = h.package_id and v.version = h.version
        left join approval a on a.id = h.approval_id
      where h.operator_id = any(${operators}::uuid[]) and h.state in ('pulled', 'deferred') and h.scheduled_at is not null and h.at <= ${now}
        and r.instant >= ${from}
      order by h.package_id, h.version, h.seq desc`.execute(db),
  )
  return rows
}
