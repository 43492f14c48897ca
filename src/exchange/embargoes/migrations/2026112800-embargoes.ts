import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/**
 * Embargoes of the exchange with the instant of each class of readers, changes of them that wait for a second person, which organisation first
 * read what after its embargo, and since when the tier that a member changed to counts for it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const OPERATOR = 'is_system() or operator_id = current_operator()'
const NOW = '(select (extract(epoch from current_instant()) * 1000000)::bigint)'
const MEMBER = `m.organisation_id = current_organisation() and m.state in ('active', 'paused') and (m.until is null or current_instant() < m.until)`
const READABLE = 'collection_id = any ((select readable_collections())::uuid[])'
const AUDIENCE = 'audience = any ((select reader_audiences())::uuid[])'
// Packages that the predicate of the program answered yes for, in this transaction: nothing that hangs on a package is there before it was asked.
const PACKAGE = 'package_id is null or package_id = any ((select open_packages())::uuid[])'

// What a member was given because of a tier that it held is not there while its feeds do not follow the tier that it holds now.
const RANKED = 'embargo_id is null or audience is distinct from current_organisation() or operator_id <> all ((select pending_tiers())::uuid[])'

const STATEMENTS = [
  `create table object_embargo (
     id uuid primary key,
     operator_id uuid not null references operator,
     collection_id uuid not null references collection,
     title text not null check (length(title) between 1 and 200),
     package_id uuid,
     zone text not null check (length(zone) between 1 and 64),
     set_by uuid references person,
     set_at timestamptz not null)`,
  `create index object_embargo_collection on object_embargo (collection_id, id)`,
  `create index object_embargo_package on object_embargo (package_id) where package_id is not null`,
  // own_at: what people chose; null where the package alone says it.
  `create table object_embargo_release (
     embargo_id uuid not null references object_embargo,
     class text not null check (class in ('validate', 'advance', 'entry', 'responder', 'everybody')),
     operator_id uuid not null references operator,
     collection_id uuid not null references collection,
     audience uuid not null,
     package_id uuid,
     opens_at timestamptz not null,
     own_at timestamptz,
     primary key (embargo_id, class))`,
  `create unique index object_embargo_release_audience on object_embargo_release (collection_id, audience, embargo_id)`,
  `create table object_embargo_change (
     id uuid primary key,
     operator_id uuid not null references operator,
     embargo_id uuid not null references object_embargo,
     releases jsonb not null,
     reason text not null check (length(reason) between 1 and 2000),
     needs_second boolean not null,
     proposed_by uuid not null references person,
     proposed_at timestamptz not null,
     expires_at timestamptz not null,
     approved_by uuid references person,
     done_at timestamptz,
     closed_by uuid references person,
     closed_at timestamptz,
     check (done_at is null or closed_at is null),
     check (not needs_second or done_at is null or (approved_by is not null and approved_by <> proposed_by)))`,
  `create index object_embargo_change_waiting on object_embargo_change (embargo_id, id) where done_at is null and closed_at is null`,
  `create table object_embargo_reading (
     collection_id uuid not null,
     embargo_id uuid not null,
     organisation_id uuid not null references organisation,
     object_id text collate "C" not null,
     operator_id uuid not null references operator,
     person_id uuid not null references person,
     read_at timestamptz not null,
     primary key (collection_id, embargo_id, organisation_id, object_id))`,
  // changed_at: since when the feeds do not follow the tier yet; until they do nothing of a tier is shown to the member.
  `create table tier_since (
     organisation_id uuid not null references organisation,
     operator_id uuid not null references operator,
     tier text not null,
     audience uuid not null,
     since_position bigint not null,
     changed_at timestamptz,
     primary key (organisation_id, operator_id))`,
  `create index tier_since_changed on tier_since (operator_id) where changed_at is not null`,
  `alter table object_feed add column package_id uuid`,
  `alter table object_removal add column package_id uuid`,
  `grant update on object_exclusion to vedette_app`,
  ...secure('object_embargo', 'select, insert, update', { all: OPERATOR }),
  ...secure('object_embargo_release', 'select, insert, update', { all: OPERATOR, select: `${READABLE} and ${AUDIENCE}` }),
  ...secure('object_embargo_change', 'select, insert, update', { all: OPERATOR }),
  ...secure('object_embargo_reading', 'select, insert', { all: OPERATOR }),
  ...secure('tier_since', 'select, insert, update', { all: OPERATOR, select: 'organisation_id = current_organisation()' }),
  `create function open_packages() returns uuid[] language sql stable as $$
     select coalesce(string_to_array(nullif(current_setting('vedette.open_packages', true), ''), ',')::uuid[], '{}') $$`,
  `create function pending_tiers() returns uuid[] language sql stable as $$
     select coalesce(array_agg(operator_id), '{}') from tier_since where organisation_id = current_organisation() and changed_at is not null $$`,
  // Written by the database itself, so that no path that changes a tier can forget it.
  `create function note_tier() returns trigger language plpgsql as $$ begin
     insert into tier_since (organisation_id, operator_id, tier, audience, since_position, changed_at)
       values (new.organisation_id, new.operator_id, old.tier, tier_audience(new.operator_id, old.tier), 0, coalesce(current_instant(), clock_timestamp()))
       on conflict (organisation_id, operator_id) do update set changed_at = coalesce(tier_since.changed_at, excluded.changed_at);
     return null;
   end $$`,
  `create trigger membership_tier_noted after update on membership for each row when (old.tier is distinct from new.tier) execute function note_tier()`,
  `create or replace function reader_audiences() returns uuid[] language sql stable as $$
     select case when current_organisation() is null then '{}' else array_append(readable_collections(), current_organisation())
       || coalesce((select array_agg(g.group_id) from sharing_group_member g join membership m using (organisation_id, operator_id) where ${MEMBER}), '{}')
       || coalesce((select array_agg(tier_audience(m.operator_id, m.tier)) from membership m where ${MEMBER}
         and not exists (select from tier_since t where t.organisation_id = m.organisation_id and t.operator_id = m.operator_id and t.changed_at is not null)), '{}') end $$`,
  // Beside what says whose a removal is: that something hung on a package is told only to who may read that.
  `create policy object_removal_package on object_removal as restrictive for select using (${OPERATOR} or ${PACKAGE})`,
  `drop policy object_feed_select on object_feed`,
  `create policy object_feed_select on object_feed for select using (${READABLE} and ${AUDIENCE} and (opens_at is null or opens_at <= ${NOW}) and (${PACKAGE}) and (${RANKED}))`,
  // One row for each class of readers, however many objects wait with it.
  `create or replace function opened_embargoes() returns uuid[] language sql stable as $$
     select coalesce(array_agg(distinct r.embargo_id), '{}') from object_embargo_release r
     where ${READABLE} and ${AUDIENCE} and r.opens_at <= current_instant() and (${PACKAGE}) $$`,
]
