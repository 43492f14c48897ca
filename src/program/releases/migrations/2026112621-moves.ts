import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** Moves of release dates. A release in force keeps its instants for good: a move makes another row, which names the one it came from. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  // What one publisher wants: all of a release, or the packages that are named, to other instants. `joins` is the release of the
  // rule to whose cycle named packages go. `preview` is the digest of the consequences that the second publisher read.
  `create table release_move (
     id uuid primary key,
     operator_id uuid not null references operator,
     release_id uuid not null references release,
     whole boolean not null,
     joins uuid references release,
     instant timestamptz not null,
     zone text not null,
     rule text not null,
     calendar text,
     validate_at timestamptz not null,
     advance_at timestamptz not null,
     entry_at timestamptz not null,
     reason bytea not null,
     proposed_by uuid not null references person,
     proposed_at timestamptz not null,
     confirmed_by uuid references person,
     confirmed_at timestamptz,
     preview bytea check (length(preview) = 32),
     withdrawn_at timestamptz,
     check (validate_at <= advance_at and advance_at <= entry_at and entry_at <= instant),
     check ((confirmed_by is null) = (confirmed_at is null) and (confirmed_by is null) = (preview is null)),
     check (confirmed_by <> proposed_by),
     check (confirmed_at is null or withdrawn_at is null),
     check (joins is null or not whole))`,
  `create index release_move_operator on release_move (operator_id, id)`,
  `create index release_move_release on release_move (release_id)`,
  `create table release_move_package (
     move_id uuid not null references release_move,
     package_id uuid not null references package,
     operator_id uuid not null references operator,
     primary key (move_id, package_id))`,

  // cycle_id is the release that a moved one still is, or whose packages it joined; null for one that is a cycle of its own.
  `alter table release add column moved_from uuid references release, add column move_id uuid references release_move,
     add column moves_all boolean, add column cycle_id uuid references release`,
  `do $$ declare named record; begin
     for named in select conname from pg_constraint where conrelid = 'release'::regclass and contype = 'c' and pg_get_constraintdef(oid) like '%out-of-band%'
     loop execute format('alter table release drop constraint %I', named.conname); end loop;
   end $$`,
  `alter table release add check (kind in ('rule', 'out-of-band', 'moved')),
     add check ((kind = 'out-of-band') = (reason is not null)),
     add check ((kind = 'rule') = (proposed_by is null) and (kind = 'rule') = (proposed_at is null)),
     add check (kind <> 'rule' or (confirmed_at is null and withdrawn_at is null)),
     add check (kind <> 'moved' or (confirmed_at is not null and withdrawn_at is null)),
     add check ((kind = 'moved') = (moved_from is not null) and (kind = 'moved') = (move_id is not null) and (kind = 'moved') = (moves_all is not null)),
     add check (kind = 'moved' or cycle_id is null)`,
  `create index release_cycle on release (coalesce(cycle_id, id))`,
  // A release moves as a whole once: its next move begins at what it became.
  `create unique index release_moved_on on release (moved_from) where moves_all`,

  ...secure('release_move', 'select, insert, update (confirmed_by, confirmed_at, preview, withdrawn_at)', {
    all: 'is_system() or operator_id = current_operator()',
  }),
  ...secure('release_move_package', 'select, insert', { all: 'is_system() or operator_id = current_operator()' }),
]
