import { sql, type RawBuilder } from 'kysely'
import type { PersonActor } from '#platform/auth/actor.ts'
import { COMMUNITY } from '#exchange/stix/tlp.ts'

type Condition = RawBuilder<boolean>

/** Texts of instants keep their microseconds; a Date would not. */
export const microseconds = (column: string): RawBuilder<string> => sql<string>`to_char(${sql.ref(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`

/**
 * What `seesVersion` decides, as a condition on rows `v` of `stix_version` joined with their contribution `c`; the rows are
 * narrowed by it in every exit and then decided on again. Of several contributions of one object a contact is shown its own,
 * and otherwise the one that members were shown first, which `leads`: only its creator makes versions of an object (STIX 2.1,
 * section 3.6), so nobody revokes or rewrites what another contributed.
 */
export function shown(reader: PersonActor): Condition {
  if (reader.kind === 'operator') return sql`(v.operator_id = ${reader.operator} and c.leads)`
  return sql`(exists (select from collection_right r join membership m on m.organisation_id = r.organisation_id and m.operator_id = r.operator_id
      where r.collection_id = v.collection_id and r.organisation_id = ${reader.organisation} and r.can_read and m.state in ('active', 'paused')
        and (m.until is null or current_instant() < m.until))
    and (${isOwn(reader)} or v.open and c.leads and v.tlp = any(${[...COMMUNITY]}::text[]) and not exists (select from stix_contribution own
      where own.collection_id = c.collection_id and own.object_id = c.object_id and own.organisation_id = ${reader.organisation})))`
}

/** The newest or the oldest version of its contribution that the reader is shown. */
export function isOutermost(reader: PersonActor, which: 'newest' | 'oldest'): Condition {
  const [whole, open] = which === 'newest' ? [sql`c.last_id`, sql`c.open_last_id`] : [sql`c.first_id`, sql`c.open_first_id`]
  return sql`(v.standing and v.id = case when ${isOwn(reader)} then ${whole} else ${open} end)`
}

function isOwn(reader: PersonActor): Condition {
  return reader.kind === 'operator' ? sql`true` : sql`c.organisation_id is not distinct from ${reader.organisation}::uuid`
}
