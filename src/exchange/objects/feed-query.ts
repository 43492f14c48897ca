import { sql, type RawBuilder } from 'kysely'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { pgArray } from '#platform/db/pg-array.ts'
import type { OrganisationId } from '#platform/ids.ts'
import type { TlpLabel } from '#program/packages/contract.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import type { Reader } from '#exchange/objects/open-reader.ts'
import { toEpochMicroseconds } from '#exchange/stix/instant.ts'
import { uuidOf } from '#exchange/objects/version-store.ts'

/** One version at its place in the reader's feeds, without its bytes. */
export interface FeedEntry {
  readonly organisation_id: OrganisationId | null
  readonly object_id: string
  readonly version: string
  /** Microseconds since 1970. */
  readonly position: number
  readonly late: boolean
  readonly tlp: TlpLabel
  readonly block_id: string
  readonly start: number
  readonly size: number
  /** The embargo that released it to the reader. */
  readonly embargo_id: string | null
}

/** Which versions of an object are asked for (TAXII 2.1, section 3.4.1); instants with six digits. */
export type VersionChoice = { readonly all: true } | { readonly all: false; readonly first: boolean; readonly last: boolean; readonly at: readonly string[] }

export interface VersionFilter {
  readonly after: string | undefined
  readonly ids: readonly string[] | undefined
  readonly types: readonly string[] | undefined
  readonly versions: VersionChoice
  readonly limit: number
}

/** A statement with its values. */
export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

/** What of rows `f` of `object_feed` the reader is shown. */
export function isShown(reader: PersonActor): RawBuilder<boolean> {
  if (reader.kind === 'operator') return sql`(f.operator_id = ${reader.operator} and (f.audience = ${reader.operator} or not f.late))`
  return sql`((f.audience = ${reader.organisation} or not (f.late and f.organisation_id is not distinct from ${reader.organisation}::uuid))
    and not exists (select from object_exclusion x where x.collection_id = f.collection_id and x.organisation_id = ${reader.organisation}
      and x.audience = f.audience and x.position = f.position)
    and not exists (select from sharing_group_member g where g.group_id = f.audience and g.organisation_id = ${reader.organisation} and f.position <= g.joined_position)
    and not exists (select from tier_since t where t.audience = f.audience and t.organisation_id = ${reader.organisation} and f.position <= t.since_position))`
}

/** Whether the reader is shown one of these versions of an object, in the transaction of who asks: row-level security narrows the feeds to its audiences. */
export async function isAnyShown(
  tx: Tx,
  reader: PersonActor,
  { collection, object }: { readonly collection: CollectionId; readonly object: string },
  versions: VersionChoice,
): Promise<boolean> {
  const ways = versions.all
    ? sql`true`
    : sql`(f.newest and ${versions.last} or f.oldest and ${versions.first} or f.version_at = any(${pgArray(versions.at.map((at) => toEpochMicroseconds(at)!))}::bigint[]))`
  const { rows } = await sql`select from object_version v join object_feed f on f.collection_id = v.collection_id and f.version_id = v.id
    where v.collection_id = ${collection} and v.object_uuid = ${uuidOf(object)} and v.object_id = ${object} and ${ways} and ${isShown(reader)} limit 1`.execute(
    tx.db,
  )
  return rows.length > 0
}

const COLUMNS = 'f.organisation_id, f.object_id, f.version, f.position, f.late, f.tlp, f.block_id, f.start, f.size, f.embargo_id'

/**
 * The versions that the reader is shown, by position. Each audience's feed is a range of an index by itself, or one for each type, of which no
 * more is read than the page takes; versions of objects that are named are found by their
 * ids, and their rows by them (`offset 0` keeps a plan that is made once from walking the audience instead). What it costs depends on the page alone.
 * $1 collection, $2 audiences, $3 what they begin after, $4 position, $5 limit, $6 the reader's side, $7 the trusted instant.
 */
export function entriesStatement(reader: Reader, { after, ids, types, versions, limit }: VersionFilter): Statement {
  const values: unknown[] = [
    reader.collection,
    pgArray(reader.audiences.map(({ id }) => id)),
    pgArray(reader.audiences.map((audience) => audience.after)),
    String(after === undefined ? 0n : toEpochMicroseconds(after)!),
    limit,
    reader.actor.kind === 'operator' ? reader.actor.operator : reader.actor.organisation,
    reader.now,
  ]
  const place = (value: unknown) => `$${values.push(value)}`
  const range = 'f.collection_id = $1 and f.audience = a.audience and f.position > greatest($4::bigint, a.after)'
  const audiences = 'unnest($2::uuid[], $3::bigint[]) as a (audience, after)'
  if (ids) {
    const shown = `${chosenRows(versions, place)} and ${shownTo(reader)}`
    const [uuids, texts] = [place(pgArray(ids.map(uuidOf))), place(pgArray(ids))]
    const typed = types ? ` and v.type = any(${place(pgArray(types))}::text[])` : ''
    const text = `with v as materialized (select v.id from object_version v
        where v.collection_id = $1 and v.object_uuid = any(${uuids}::uuid[]) and v.object_id = any(${texts}::text[])${typed})
      select ${COLUMNS} from v cross join lateral (select f.* from object_feed f where f.collection_id = $1 and f.version_id = v.id offset 0) f
        join ${audiences} on ${range} where ${shown} order by f.position limit $5`
    return { text, values }
  }
  const ranges = types ? `${audiences} cross join unnest(${place(pgArray([...new Set(types)]))}::text[]) as t (type)` : audiences
  const parts = rangesOf(versions, place).map(
    ({ from, chosen }) => `select f.* from ${ranges}${from} cross join lateral
        (select f.* from object_feed f where ${range}${types ? ' and f.type = t.type' : ''} and ${chosen} and ${shownTo(reader)} order by f.position limit $5) f`,
  )
  return { text: `select ${COLUMNS} from (${parts.join(' union all ')}) f order by f.position limit $5`, values }
}

/** The ranges of indexes that hold the versions asked for, each row in one of them: those of an instant each are one, and what stands is another. */
export function rangesOf(versions: VersionChoice, place: (value: unknown) => string): { readonly from: string; readonly chosen: string }[] {
  if (versions.all || versions.at.length === 0) return [{ from: '', chosen: chosenRows(versions, place) }]
  const at = `${place(instants(versions.at))}::bigint[]`
  const exact = { from: ` cross join unnest(${at}) as i (at)`, chosen: 'f.version_at = i.at' }
  if (!versions.first && !versions.last) return [exact]
  return [exact, { from: '', chosen: `${chosenRows({ ...versions, at: [] }, place)} and f.version_at <> all(${at})` }]
}

function instants(texts: readonly string[]): string {
  return pgArray([...new Set(texts)].map((text) => toEpochMicroseconds(text)!))
}

/** The same rows as one value: to hand over a row each costs more than to find it. No column holds a space, and only the last one may be missing. */
export function inOneValue({ text, values }: Statement): Statement {
  const row =
    "concat_ws(' ', coalesce(e.organisation_id::text, '-'), e.object_id, e.version, e.position, e.late, e.tlp, e.block_id, e.start, e.size, e.embargo_id)"
  return { text: `select string_agg(${row}, E'\\n') as entries from (${text}) e`, values }
}

export function readEntries(value: string | null): FeedEntry[] {
  if (value === null) return []
  return value.split('\n').map((line) => {
    const [organisation, object, version, position, late, tlp, block, start, size, embargo] = line.split(' ') as [
      string,
      string,
      string,
      string,
      string,
      TlpLabel,
      string,
      string,
      string,
      string | undefined,
    ]
    return {
      organisation_id: organisation === '-' ? null : (organisation as OrganisationId),
      object_id: object,
      version,
      position: Number(position),
      late: late === 't',
      tlp,
      block_id: block,
      start: Number(start),
      size: Number(size),
      embargo_id: embargo ?? null,
    }
  })
}

/** The same conditions as `isShown`, of a row that may be one of an embargo. */
function shownTo({ actor, excluded }: Reader): string {
  return shownRows(actor, excluded, { collection: '$1', side: '$6', now: '$7' })
}

/** The same, where `of` says how the statement names the row's collection, the reader's side and the trusted instant. */
export function shownRows(
  { kind }: Pick<PersonActor, 'kind'>,
  excluded: boolean,
  of: { readonly collection: string; readonly side: string; readonly now: string },
): string {
  const open = `(f.opens_at is null or f.opens_at <= ${of.now}::bigint)`
  if (kind === 'operator') return `${open} and (f.audience = ${of.side}::uuid or not f.late)`
  const own = `${open} and (f.audience = ${of.side}::uuid or not (f.late and f.organisation_id is not distinct from ${of.side}::uuid))`
  if (!excluded) return own
  return `${own} and not exists (select from object_exclusion x where x.collection_id = ${of.collection} and x.organisation_id = ${of.side}::uuid and x.audience = f.audience and x.position = f.position)`
}

/** Which rows are of the versions asked for; `place` gives each value a place in the statement. */
export function chosenRows(versions: VersionChoice, place: (value: unknown) => string): string {
  if (versions.all) return 'true'
  const ways = [
    ...(versions.at.length > 0 ? [`f.version_at = any(${place(instants(versions.at))}::bigint[])`] : []),
    ...(versions.first ? ['f.oldest'] : []),
    ...(versions.last ? ['f.newest'] : []),
  ]
  const any = `(${ways.join(' or ')})`
  // Said apart, so that the index of what stands serves it.
  return versions.at.length > 0 ? any : `(f.oldest or f.newest) and ${any}`
}
