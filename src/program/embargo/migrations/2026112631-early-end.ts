import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** What a version names, as keyed digests, and ends of the embargo of single vulnerabilities. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

/** Confirmed and not taken back. */
const IN_FORCE = 'e.confirmed_at is not null and e.revoked_at is null'
/** Every vulnerability of a version has an id, and an end in force. */
const WHOLLY_ENDED = `not v.unnamed_cves and cardinality(v.cve_tags) > 0 and not exists (select from unnest(v.cve_tags) as t(tag)
  where not exists (select from embargo_end e where e.operator_id = v.operator_id and e.cve_tag = t.tag and ${IN_FORCE}))`

const STATEMENTS = [
  // Null in rows from before: a job fills them in, for the key is not the database's. Until then nothing of them ends early.
  `alter table package_version add column cve_tags bytea[], add column unnamed_cves boolean,
     add check ((cve_tags is null) = (unnamed_cves is null))`,
  `create index package_version_cves on package_version using gin (cve_tags)`,
  `create index package_version_unfilled on package_version (package_id) where cve_tags is null`,
  // cve_tag: keyed digest of the CVE id. cve, evidence, source and false_alarm are sealed.
  `create table embargo_end (
     id uuid primary key,
     operator_id uuid not null references operator,
     cve_tag bytea not null check (length(cve_tag) = 16),
     cve bytea not null,
     cause text not null check (cause in ('third-party', 'member', 'finder', 'own-slip', 'fix-public', 'exploitation')),
     derived_from uuid references embargo_end,
     evidence bytea not null,
     source bytea,
     report_id uuid,
     proposed_by uuid not null references person,
     proposed_at timestamptz not null,
     refused_by uuid references person,
     refused_at timestamptz,
     confirmed_by uuid references person,
     confirmed_at timestamptz,
     false_alarm bytea,
     false_alarm_by uuid references person,
     false_alarm_at timestamptz,
     revoked_by uuid references person,
     revoked_at timestamptz,
     published_by uuid references person,
     published_at timestamptz,
     check ((refused_by is null) = (refused_at is null)),
     check ((confirmed_by is null) = (confirmed_at is null)),
     check (confirmed_at is null or refused_at is null),
     check (confirmed_by <> proposed_by),
     check ((false_alarm is null) = (false_alarm_by is null) and (false_alarm is null) = (false_alarm_at is null)),
     check ((revoked_by is null) = (revoked_at is null)),
     check (false_alarm_at is null or confirmed_at is not null),
     check (revoked_at is null or (false_alarm_at is not null and revoked_by <> false_alarm_by)),
     check ((published_by is null) = (published_at is null)),
     check (published_at is null or (confirmed_at is not null and revoked_at is null)))`,
  `create unique index embargo_end_standing on embargo_end (operator_id, cve_tag) where refused_at is null and revoked_at is null`,
  `create index embargo_end_operator on embargo_end (operator_id, id)`,
  // The second wall round releases lets members see one whose version opened early; the predicate decides.
  `create table early_release (
     release_id uuid primary key references release,
     operator_id uuid not null references operator)`,
  // Whom an end was told to, once for each person; mail leaves by a job.
  `create table embargo_told (
     end_id uuid not null references embargo_end,
     what text not null check (what in ('ended', 'stands-again')),
     person_id uuid not null references person,
     operator_id uuid not null references operator,
     told_at timestamptz not null,
     mailed_at timestamptz,
     primary key (end_id, what, person_id))`,
  `create index embargo_told_unmailed on embargo_told (end_id) where mailed_at is null`,

  ...secure('embargo_end', 'select, insert, update', {
    all: 'is_system() or operator_id = current_operator()',
    select: `confirmed_at <= current_instant() and current_organisation() is not null and exists (select from membership m
      where m.operator_id = embargo_end.operator_id and m.organisation_id = current_organisation())`,
  }),
  ...secure('early_release', 'select, insert, delete', {
    all: 'is_system() or operator_id = current_operator()',
    select: `current_organisation() is not null and exists (select from membership m
      where m.operator_id = early_release.operator_id and m.organisation_id = current_organisation())`,
  }),
  ...secure('embargo_told', 'select, insert, update (mailed_at)', { all: 'is_system() or operator_id = current_operator()' }),
  `create policy release_early on release for select using (current_organisation() is not null and id in (select e.release_id from early_release e)
     and exists (select from membership m where m.operator_id = release.operator_id and m.organisation_id = current_organisation()
       and m.state = 'active' and m.created_at <= current_instant() and (m.until is null or current_instant() < m.until)))`,

  `create function early_release_of_end() returns trigger language plpgsql as $$
   begin
     insert into early_release (release_id, operator_id)
       select distinct v.release_id, v.operator_id from package_version v
       where v.operator_id = new.operator_id and v.cve_tags && array[new.cve_tag] and v.release_id is not null and ${WHOLLY_ENDED}
       on conflict do nothing;
     delete from early_release r where r.operator_id = new.operator_id and not exists (select from package_version v
       where v.release_id = r.release_id and ${WHOLLY_ENDED});
     return null;
   end $$`,
  `create trigger early_release after insert or update of confirmed_at, revoked_at on embargo_end
     for each row when (new.confirmed_at is not null) execute function early_release_of_end()`,
  `create function early_release_of_version() returns trigger language plpgsql as $$
   begin
     insert into early_release (release_id, operator_id)
       select v.release_id, v.operator_id from package_version v
       where v.package_id = new.package_id and v.version = new.version and ${WHOLLY_ENDED}
       on conflict do nothing;
     return null;
   end $$`,
  `create trigger early_release after insert or update of release_id, cve_tags on package_version
     for each row when (new.release_id is not null and cardinality(new.cve_tags) > 0) execute function early_release_of_version()`,
]
