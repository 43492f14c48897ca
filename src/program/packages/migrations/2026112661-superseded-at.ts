import { sql, type Kysely } from 'kysely'

/** Since when a newer version is in the place of one: nothing of it opens any more after that. The database itself writes it down. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  `alter table package_version add column superseded_at timestamptz`,
  `update package_version v set superseded_at = (select min(h.at) from package_version_history h
     where h.package_id = v.package_id and h.version = v.version and h.state = 'superseded') where v.state = 'superseded'`,
  `alter table package_version add check (state <> 'superseded' or superseded_at is not null)`,
  `create function note_superseded() returns trigger language plpgsql as $$ begin
     new.superseded_at := case when tg_op = 'UPDATE' and old.superseded_at is not null then old.superseded_at
       when new.state = 'superseded' then coalesce(current_instant(), clock_timestamp()) end;
     return new;
   end $$`,
  `create trigger package_version_superseded before insert or update on package_version for each row execute function note_superseded()`,
]
