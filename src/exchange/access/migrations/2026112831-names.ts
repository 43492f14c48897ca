import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/**
 * What a collection or a sharing group is found by leads people and programs to it: an alias stays the collection's that had it first until two
 * officers move it, and what a group with members is called is changed by two.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const OPERATOR = 'is_system() or operator_id = current_operator()'

const STATEMENTS = [
  // The collection to which an alias belongs, whether or not it has it at present.
  `create table given_alias (
     operator_id uuid not null references operator,
     alias text not null,
     collection_id uuid not null references collection,
     given_at timestamptz not null,
     primary key (operator_id, alias))`,
  `insert into given_alias (operator_id, alias, collection_id, given_at) select operator_id, alias, id, created_at from collection where alias is not null`,
  ...secure('given_alias', 'select, insert, update', { all: OPERATOR }),
  `alter table access_change alter column organisation_id drop not null, add column alias text check (length(alias) <= 63),
     add column title text check (length(title) between 1 and 200), add column description text check (length(description) <= 2000)`,
  // The checks of before know of rights and members alone; they have no names of their own.
  `do $$ declare name text; begin
     for name in select conname from pg_constraint where conrelid = 'access_change'::regclass and contype = 'c'
       and (pg_get_constraintdef(oid) like '%can_read%' or pg_get_constraintdef(oid) like '%is_member%') loop
       execute format('alter table access_change drop constraint %I', name);
     end loop; end $$`,
  `alter table access_change add constraint access_change_about check (case
     when alias is not null then collection_id is not null and organisation_id is null and num_nonnulls(can_read, can_write, is_member, title, description) = 0
     when title is not null then group_id is not null and description is not null and organisation_id is null and num_nonnulls(can_read, can_write, is_member) = 0
     when collection_id is not null then organisation_id is not null and can_read is not null and can_write is not null and num_nonnulls(is_member, description) = 0
     else organisation_id is not null and is_member is not null and num_nonnulls(can_read, can_write, description) = 0 end)`,
]
