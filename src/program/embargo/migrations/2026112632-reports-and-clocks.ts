import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** What is said of an embargo, alarms, related packages, breach reports, and regulatory clocks. What they say is sealed. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const OWN = 'is_system() or operator_id = current_operator()'
/** A contact reports in the name of its organisation, and sees what it reported. */
const REPORTING = {
  all: OWN,
  select: 'organisation_id = current_organisation()',
  insert: `organisation_id = current_organisation() and reported_by = current_person() and exists (select from membership m
    where m.operator_id = %.operator_id and m.organisation_id = current_organisation())`,
}
const reporting = (table: string) => ({ ...REPORTING, insert: REPORTING.insert.replace('%', table) })

const STATEMENTS = [
  `alter table embargo_end add column basis text check (basis in ('known-exploited', 'own-telemetry', 'member-telemetry', 'analysis')),
     add check ((cause = 'exploitation') = (basis is not null))`,
  // organisation_id: null for what the operator's own staff reports.
  `create table embargo_report (
     id uuid primary key,
     operator_id uuid not null references operator,
     package_id uuid not null references package,
     organisation_id uuid references organisation,
     reported_by uuid not null references person,
     reported_at timestamptz not null,
     cause text not null check (cause in ('third-party', 'member', 'finder', 'own-slip', 'fix-public', 'exploitation')),
     said bytea not null,
     handled_by uuid references person,
     handled_at timestamptz,
     check ((handled_by is null) = (handled_at is null)))`,
  `create index embargo_report_operator on embargo_report (operator_id, id)`,
  `alter table embargo_end add foreign key (report_id) references embargo_report`,
  // shared-cve: another package made public what this one is about. not-published: the release instant passed and nobody published.
  `create table embargo_alarm (
     id uuid primary key,
     operator_id uuid not null references operator,
     package_id uuid not null,
     version integer not null,
     kind text not null check (kind in ('shared-cve', 'not-published')),
     cve_tag bytea,
     raised_at timestamptz not null,
     settled_by uuid references person,
     settled_at timestamptz,
     foreign key (package_id, version) references package_version,
     check ((kind = 'shared-cve') = (cve_tag is not null)),
     check ((settled_by is null) = (settled_at is null)),
     unique nulls not distinct (package_id, version, kind, cve_tag))`,
  `create index embargo_alarm_operator on embargo_alarm (operator_id, id)`,
  // merge: both are one case now. split: package_id came out of other_id; assessed: what that means for those left behind.
  `create table package_relation (
     id uuid primary key,
     operator_id uuid not null references operator,
     kind text not null check (kind in ('merge', 'split')),
     package_id uuid not null references package,
     other_id uuid not null references package,
     reason bytea not null,
     recorded_by uuid not null references person,
     recorded_at timestamptz not null,
     assessment bytea,
     assessed_by uuid references person,
     assessed_at timestamptz,
     check (package_id <> other_id),
     check ((assessment is null) = (assessed_by is null) and (assessment is null) = (assessed_at is null)),
     check (kind = 'split' or assessment is null),
     unique (package_id, other_id))`,
  `create index package_relation_other on package_relation (other_id)`,

  // accused_id: the member that it is about, if any; nobody but the operator is told before the decision.
  `create table breach_report (
     id uuid primary key,
     operator_id uuid not null references operator,
     package_id uuid references package,
     organisation_id uuid references organisation,
     reported_by uuid not null references person,
     reported_at timestamptz not null,
     since timestamptz not null,
     said bytea not null,
     accused_id uuid references organisation,
     state text not null check (state in ('reported', 'in-triage', 'decision-proposed', 'decided')),
     triaged_by uuid references person,
     triaged_at timestamptz,
     outcome text check (outcome in ('breach', 'no-breach', 'unproven')),
     names_accused boolean,
     reasons bytea,
     proposed_by uuid references person,
     proposed_at timestamptz,
     decided_by uuid references person,
     decided_at timestamptz,
     end_id uuid references embargo_end,
     check ((triaged_by is null) = (triaged_at is null)),
     check ((state in ('decision-proposed', 'decided')) = (outcome is not null)),
     check ((outcome is null) = (reasons is null) and (outcome is null) = (proposed_by is null) and (outcome is null) = (proposed_at is null)
       and (outcome is null) = (names_accused is null)),
     check ((state = 'decided') = (decided_by is not null) and (decided_by is null) = (decided_at is null)),
     check (decided_by <> proposed_by))`,
  `create index breach_report_operator on breach_report (operator_id, id)`,
  // What members are told, exactly in these words.
  `create table breach_message (
     id uuid primary key,
     breach_id uuid not null references breach_report,
     operator_id uuid not null references operator,
     body bytea not null,
     sent_by uuid not null references person,
     sent_at timestamptz not null)`,
  `create table breach_reader (
     message_id uuid not null references breach_message,
     organisation_id uuid not null references organisation,
     operator_id uuid not null references operator,
     primary key (message_id, organisation_id))`,
  `create index breach_reader_organisation on breach_reader (organisation_id)`,

  // awareness_at: when the operator became aware that it is exploited; every deadline is counted from it.
  `create table regulatory_clock (
     id uuid primary key,
     operator_id uuid not null references operator,
     cve_tag bytea not null check (length(cve_tag) = 16),
     cve bytea not null,
     basis text not null check (basis in ('known-exploited', 'own-telemetry', 'member-telemetry', 'analysis')),
     evidence bytea not null,
     awareness_at timestamptz not null,
     final_days integer not null check (final_days between 1 and 90),
     final_from text not null check (final_from in ('corrective-measure', 'awareness', 'notification')),
     corrective_at timestamptz,
     started_by uuid not null references person,
     started_at timestamptz not null,
     closed_at timestamptz,
     unique (operator_id, cve_tag))`,
  `create table awareness_correction (
     id uuid primary key,
     clock_id uuid not null references regulatory_clock,
     operator_id uuid not null references operator,
     was_at timestamptz not null,
     awareness_at timestamptz not null,
     reason bytea not null,
     proposed_by uuid not null references person,
     proposed_at timestamptz not null,
     confirmed_by uuid references person,
     confirmed_at timestamptz,
     refused_at timestamptz,
     check ((confirmed_by is null) = (confirmed_at is null)),
     check (confirmed_by <> proposed_by),
     check (confirmed_at is null or refused_at is null))`,
  `create unique index awareness_correction_waits on awareness_correction (clock_id) where confirmed_at is null and refused_at is null`,
  // A filing is a disclosure outside the membership: whoever it went to holds what it says.
  `create table regulatory_filing (
     id uuid primary key,
     clock_id uuid not null references regulatory_clock,
     operator_id uuid not null references operator,
     step text not null check (step in ('early-warning', 'notification', 'final-report', 'delay-request')),
     recipient text not null check (recipient in ('enisa-platform', 'national-csirt')),
     filed_at timestamptz not null,
     reference bytea not null,
     said bytea not null,
     recorded_by uuid not null references person,
     recorded_at timestamptz not null,
     unique (clock_id, step, recipient))`,
  `create table regulatory_reminder (
     clock_id uuid not null references regulatory_clock,
     operator_id uuid not null references operator,
     step text not null,
     due_at timestamptz not null,
     hours integer not null,
     sent_at timestamptz not null,
     primary key (clock_id, step, due_at, hours))`,

  ...secure('embargo_report', 'select, insert, update (handled_by, handled_at)', reporting('embargo_report')),
  ...secure('embargo_alarm', 'select, insert, update (settled_by, settled_at)', { all: OWN }),
  ...secure('package_relation', 'select, insert, update (assessment, assessed_by, assessed_at)', { all: OWN }),
  ...secure('breach_report', 'select, insert, update', reporting('breach_report')),
  ...secure('breach_message', 'select, insert', {
    all: OWN,
    select: 'exists (select from breach_reader r where r.message_id = breach_message.id and r.organisation_id = current_organisation())',
  }),
  ...secure('breach_reader', 'select, insert', { all: OWN, select: 'organisation_id = current_organisation()' }),
  ...secure('regulatory_clock', 'select, insert, update (awareness_at, corrective_at, closed_at)', { all: OWN }),
  ...secure('awareness_correction', 'select, insert, update (confirmed_by, confirmed_at, refused_at)', { all: OWN }),
  ...secure('regulatory_filing', 'select, insert', { all: OWN }),
  ...secure('regulatory_reminder', 'select, insert', { all: OWN }),
]
