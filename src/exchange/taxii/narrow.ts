import { sql, type RawBuilder } from 'kysely'
import type { PersonActor } from '#platform/auth/actor.ts'
import { COMMUNITY } from '#exchange/stix/tlp.ts'

type Condition = RawBuilder<boolean>

/** Texts of instants keep their microseconds; a Date would not. */
export const microseconds = (column: string): RawBuilder<string> => sql<string>`to_char(${sql.ref(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`

/**
 * What `seesVersion` decides, as a condition on rows of `stix_version` called `alias`; the rows are narrowed by it in every
 * exit and then decided on again. Beyond the row itself: a relationship or sighting is seen by members only with everything
 * that it points at (V11), whether that is hidden from them or not there at all, which thus looks the same.
 */
export function seen(reader: PersonActor, alias: string): Condition {
  const of = (column: string) => sql.ref(`${alias}.${column}`)
  if (reader.kind === 'operator') return sql`${of('operator_id')} = ${reader.operator}`
  const mark = (row: string) =>
    sql`(${sql.ref(`${row}.organisation_id`)} = ${reader.organisation} or ${sql.ref(`${row}.tlp`)} = any(${[...COMMUNITY]}::text[]))`
  return sql`(exists (select from collection_right r join membership m on m.organisation_id = r.organisation_id and m.operator_id = r.operator_id
      where r.collection_id = ${of('collection_id')} and r.organisation_id = ${reader.organisation} and r.can_read and m.state = 'active')
    and ${mark(alias)}
    and (${of('organisation_id')} = ${reader.organisation} or not exists (select from unnest(${of('shown_with')}) as target (id)
      where not exists (select from stix_version t where t.collection_id = ${of('collection_id')} and t.object_id = target.id and ${mark('t')}))))`
}

/**
 * Of several contributions of one object to one collection the reader is shown the first that it sees: only its creator makes
 * versions of an object (STIX 2.1, section 3.6), so nobody revokes or rewrites what another contributed.
 */
export function counts(reader: PersonActor, alias: string): Condition {
  const of = (column: string) => sql.ref(`${alias}.${column}`)
  return sql`(${seen(reader, alias)} and not exists (select from stix_version earlier
    where earlier.collection_id = ${of('collection_id')} and earlier.object_id = ${of('object_id')}
      and (earlier.contributed_at, earlier.contribution_id) < (${of('contributed_at')}, ${of('contribution_id')}) and ${seen(reader, 'earlier')}))`
}

/** No newer (`>`) or older (`<`) version of the same contribution that the reader sees. */
export function isOutermost(reader: PersonActor, alias: string, beyond: 'newer' | 'older'): Condition {
  const of = (column: string) => sql.ref(`${alias}.${column}`)
  const further = beyond === 'newer' ? sql`beyond.version_at > ${of('version_at')}` : sql`beyond.version_at < ${of('version_at')}`
  return sql`not exists (select from stix_version beyond where beyond.contribution_id = ${of('contribution_id')} and ${further} and ${seen(reader, 'beyond')})`
}
