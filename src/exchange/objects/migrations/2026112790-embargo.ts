import { sql, type Kysely } from 'kysely'

/**
 * Who is released to at one instant: the members of one tier of an operator are an audience of their own. Before its instant a row is not there for
 * anybody but the operator's people, whatever asks for it; without a trusted instant nothing is.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const MEMBER = `m.organisation_id = current_organisation() and m.state in ('active', 'paused') and (m.until is null or current_instant() < m.until)`
const READABLE = 'collection_id = any ((select readable_collections())::uuid[])'
const AUDIENCE = 'audience = any ((select reader_audiences())::uuid[])'

const STATEMENTS = [
  `create function tier_audience(operator uuid, tier text) returns uuid language sql immutable as $$
     select encode(substring(sha256(convert_to(operator::text || ' tier ' || tier, 'UTF8')) from 1 for 16), 'hex')::uuid $$`,
  `create or replace function reader_audiences() returns uuid[] language sql stable as $$
     select case when current_organisation() is null then '{}' else array_append(readable_collections(), current_organisation())
       || coalesce((select array_agg(g.group_id) from sharing_group_member g join membership m using (organisation_id, operator_id) where ${MEMBER}), '{}')
       || coalesce((select array_agg(tier_audience(m.operator_id, m.tier)) from membership m where ${MEMBER}), '{}') end $$`,
  `drop policy object_feed_select on object_feed`,
  `create policy object_feed_select on object_feed for select using (${READABLE} and ${AUDIENCE}
     and (opens_at is null or opens_at <= (select (extract(epoch from current_instant()) * 1000000)::bigint)))`,
  // Versions that wait have their embargo as audience. One list for a statement: a look-up for each row would spoil the plans of all others.
  `create function opened_embargoes() returns uuid[] language sql stable as $$
     select coalesce(array_agg(distinct embargo_id), '{}') from object_feed
     where embargo_id is not null and opens_at <= (extract(epoch from current_instant()) * 1000000)::bigint $$`,
  `drop policy object_version_select on object_version`,
  `create policy object_version_select on object_version for select using (${READABLE} and (organisation_id = current_organisation()
     or (open and (${AUDIENCE} or audience = any ((select opened_embargoes())::uuid[])))))`,
]
