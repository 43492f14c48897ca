import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** Sharing groups with their members, and changes of access to collections and groups that wait for a second person. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const OPERATOR = 'is_system() or operator_id = current_operator()'

const STATEMENTS = [
  // Shown as the union of what a reader may read in each of them; nothing is stored in it.
  `alter table collection add column aggregates uuid[] check (cardinality(aggregates) between 1 and 50)`,
  `create table sharing_group (
     id uuid primary key,
     operator_id uuid not null references operator,
     title text not null check (length(title) between 1 and 200),
     description text not null check (length(description) <= 2000),
     created_at timestamptz not null,
     closed_at timestamptz)`,
  `create index sharing_group_operator on sharing_group (operator_id, id)`,
  `create table sharing_group_member (
     group_id uuid not null references sharing_group,
     organisation_id uuid not null references organisation,
     operator_id uuid not null references operator,
     joined_at timestamptz not null,
     joined_position bigint not null,
     named boolean not null default false,
     primary key (group_id, organisation_id))`,
  `create index sharing_group_member_organisation on sharing_group_member (organisation_id)`,
  `create table access_change (
     id uuid primary key,
     operator_id uuid not null references operator,
     collection_id uuid references collection,
     group_id uuid references sharing_group,
     organisation_id uuid not null references organisation,
     can_read boolean,
     can_write boolean,
     is_member boolean,
     needs_second boolean not null,
     proposed_by uuid not null references person,
     proposed_at timestamptz not null,
     expires_at timestamptz not null,
     approved_by uuid references person,
     done_at timestamptz,
     closed_by uuid references person,
     closed_at timestamptz,
     check (num_nonnulls(collection_id, group_id) = 1),
     check ((collection_id is null) = (can_read is null) and (collection_id is null) = (can_write is null)),
     check ((group_id is null) = (is_member is null)),
     check (done_at is null or closed_at is null),
     check (not needs_second or done_at is null or (approved_by is not null and approved_by <> proposed_by)))`,
  `create index access_change_waiting on access_change (operator_id, id) where done_at is null and closed_at is null`,
  `create index access_change_collection on access_change (collection_id, id)`,
  `create index access_change_group on access_change (group_id, id)`,
  ...secure('sharing_group', 'select, insert, update', {
    all: OPERATOR,
    select: 'exists (select from sharing_group_member m where m.group_id = sharing_group.id and m.organisation_id = current_organisation())',
  }),
  // Members stay unknown to one another: each sees its own row.
  ...secure('sharing_group_member', 'select, insert, update, delete', { all: OPERATOR, select: 'organisation_id = current_organisation()' }),
  ...secure('access_change', 'select, insert, update', { all: OPERATOR }),
  // A closed group has no members any more, so nobody belongs to its audience.
  `create or replace function reader_audiences() returns uuid[] language sql stable as $$
     select case when current_organisation() is null then '{}' else array_append(readable_collections(), current_organisation())
       || coalesce((select array_agg(g.group_id) from sharing_group_member g join membership m using (organisation_id, operator_id)
         where g.organisation_id = current_organisation() and m.state in ('active', 'paused') and (m.until is null or current_instant() < m.until)), '{}') end $$`,
]
