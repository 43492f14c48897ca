import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/**
 * YARA sets of the operator and of its members, every version of their text, and which of them a submission was matched against.
 * Text, name and matches are sealed. Others than owner and operator see what is marked for all members of the exchange; of a match of
 * what is not, they see at most that there is one, and of a RED one nothing.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const LABEL = `check (tlp in ('CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED'))`
const ownRows = (table: string) => `is_system() or (operator_id = current_operator() and organisation_id is null)
  or (organisation_id = current_organisation() and exists (select from membership m
    where m.organisation_id = ${table}.organisation_id and m.operator_id = ${table}.operator_id))`
const forMembers = (table: string) => `tlp in ('CLEAR', 'GREEN', 'AMBER') and exists (select from membership m
  where m.organisation_id = current_organisation() and m.operator_id = ${table}.operator_id and m.state in ('active', 'paused')
    and (m.until is null or current_instant() < m.until))`

const STATEMENTS = [
  `create table yara_set (
     id uuid primary key,
     operator_id uuid not null references operator,
     organisation_id uuid references organisation,
     sealed_name bytea,
     tlp text not null ${LABEL},
     enabled boolean not null,
     version integer not null check (version > 0),
     changed_by uuid not null references person,
     changed_at timestamptz not null,
     deleted_by uuid references person,
     deleted_at timestamptz,
     check ((deleted_by is null) = (deleted_at is null)),
     check ((deleted_at is null) = (sealed_name is not null)),
     check (deleted_at is null or not enabled))`,
  `create index yara_set_operator on yara_set (operator_id, id desc)`,
  `create index yara_set_organisation on yara_set (organisation_id, id desc)`,
  `create table yara_set_version (
     yara_set_id uuid not null references yara_set,
     version integer not null check (version > 0),
     operator_id uuid not null references operator,
     organisation_id uuid references organisation,
     tlp text not null ${LABEL},
     sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
     size integer not null check (size > 0),
     source uuid references sealed_object,
     added_by uuid not null references person,
     added_at timestamptz not null,
     primary key (yara_set_id, version))`,
  `create table yara_run (
     submission_id uuid primary key references submission,
     operator_id uuid not null references operator,
     results uuid not null references sealed_object)`,
  `create table yara_match (
     submission_id uuid not null references yara_run,
     yara_set_id uuid not null references yara_set,
     operator_id uuid not null references operator,
     organisation_id uuid references organisation,
     tlp text not null ${LABEL},
     technique boolean not null,
     primary key (submission_id, yara_set_id))`,
  `create index yara_match_set on yara_match (yara_set_id)`,
  ...secure('yara_set', 'select, insert, update (sealed_name, tlp, enabled, version, changed_by, changed_at, deleted_by, deleted_at)', {
    all: ownRows('yara_set'),
    select: `operator_id = current_operator() or (${forMembers('yara_set')})`,
  }),
  // A version that was marked more strictly than the set is now stays what it was marked.
  ...secure('yara_set_version', 'select, insert, update (source)', {
    all: ownRows('yara_set_version'),
    select: `operator_id = current_operator()
      or (${forMembers('yara_set_version')} and exists (select from yara_set s where s.id = yara_set_version.yara_set_id))`,
  }),
  ...secure('yara_run', 'select, insert, delete', {
    all: 'is_system()',
    select: 'operator_id = current_operator() or exists (select from submission s where s.id = yara_run.submission_id)',
  }),
  ...secure('yara_match', 'select, insert, update (tlp), delete', {
    all: 'is_system()',
    select: `operator_id = current_operator() or ((organisation_id = current_organisation() or tlp <> 'RED')
      and exists (select from submission s where s.id = yara_match.submission_id))`,
  }),
]
