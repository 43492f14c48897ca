import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** That a window opened, written down once, and who was told of which version by it; and which coming windows people were reminded of. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  // told: how many people were told when it was recorded; those of whom it opened later are in opening_version.
  `create table opening (
     release_id uuid not null references release,
     tier text not null check (tier in ('validate', 'advance', 'entry', 'release')),
     operator_id uuid not null references operator,
     opened_at timestamptz not null,
     recorded_at timestamptz not null,
     told integer not null check (told >= 0),
     primary key (release_id, tier),
     check (opened_at <= recorded_at))`,
  `create index opening_operator on opening (operator_id, opened_at desc)`,
  // people: those who had not been told of this version before. One row for each window that a version met, also one that lay open already.
  `create table opening_version (
     release_id uuid not null,
     tier text not null,
     package_id uuid not null,
     version integer not null,
     operator_id uuid not null references operator,
     told_at timestamptz not null,
     people uuid[] not null,
     primary key (package_id, version, release_id, tier),
     foreign key (release_id, tier) references opening,
     foreign key (package_id, version) references package_version)`,
  `create index opening_version_release on opening_version (release_id, tier)`,
  // What opened before openings were recorded is not told again.
  `insert into opening (release_id, tier, operator_id, opened_at, recorded_at, told)
     select distinct r.id, w.tier, r.operator_id, w.opens_at, now(), 0
     from release r join package_version v on v.release_id = r.id
       cross join lateral (values ('validate', r.validate_at), ('advance', r.advance_at), ('entry', r.entry_at), ('release', r.instant)) w (tier, opens_at)
     where w.opens_at <= now() and v.state in ('scheduled', 'released', 'withdrawn')`,
  `insert into opening_version (release_id, tier, package_id, version, operator_id, told_at, people)
     select o.release_id, o.tier, v.package_id, v.version, o.operator_id, now(), '{}'
     from opening o join package_version v on v.release_id = o.release_id where v.state in ('scheduled', 'released', 'withdrawn')`,
  // What people were reminded of: an instant of the rule, which is known to everybody, or of a release that its publishers confirmed.
  `create table window_reminder (
     id uuid primary key,
     operator_id uuid not null references operator,
     tier text not null check (tier in ('validate', 'advance', 'entry', 'release')),
     opens_at timestamptz not null,
     kind text not null check (kind in ('rule', 'out-of-band')),
     told_at timestamptz not null,
     told integer not null check (told >= 0),
     unique (operator_id, kind, tier, opens_at))`,
  ...secure('opening', 'select, insert', { all: 'is_system() or operator_id = current_operator()' }),
  ...secure('opening_version', 'select, insert', { all: 'is_system() or operator_id = current_operator()' }),
  ...secure('window_reminder', 'select, insert', { all: 'is_system() or operator_id = current_operator()' }),
]
