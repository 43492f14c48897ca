import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/**
 * What two people decide about a version, what holders acknowledged, what they destroyed after a pull, which vulnerabilities left a
 * package before its release, and which releases could not be written down.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  // reason and cves are sealed. A decision is closed when its version is not any more what it was proposed about.
  `create table package_decision (
     id uuid primary key,
     operator_id uuid not null references operator,
     package_id uuid not null,
     version integer not null,
     act text not null check (act in ('defer', 'pull', 'withdraw', 'defer-cves')),
     content_hash bytea not null check (length(content_hash) = 32),
     release_id uuid references release,
     reason bytea not null,
     cves bytea,
     proposed_by uuid not null references person,
     proposed_at timestamptz not null,
     confirmed_by uuid references person,
     confirmed_at timestamptz,
     withdrawn_by uuid references person,
     withdrawn_at timestamptz,
     closed_at timestamptz,
     foreign key (package_id, version) references package_version,
     check (confirmed_by <> proposed_by),
     check ((confirmed_by is null) = (confirmed_at is null)),
     check ((withdrawn_by is null) = (withdrawn_at is null)),
     check (num_nonnulls(confirmed_at, withdrawn_at, closed_at) <= 1),
     check ((act = 'defer-cves') = (cves is not null)))`,
  `create unique index package_decision_waits on package_decision (package_id, version)
     where confirmed_at is null and withdrawn_at is null and closed_at is null`,
  `create index package_decision_operator on package_decision (operator_id, id)`,

  // One duty of one member: kind version is done by a receipt of that version, the others by somebody who says so. subject: what moved.
  `create table acknowledgement (
     id uuid primary key,
     operator_id uuid not null references operator,
     package_id uuid not null,
     version integer not null,
     kind text not null check (kind in ('version', 'terms', 'slip')),
     subject uuid,
     organisation_id uuid not null references organisation,
     asked_at timestamptz not null,
     acknowledged_by uuid references person,
     acknowledged_at timestamptz,
     foreign key (package_id, version) references package_version,
     check ((kind = 'slip') = (subject is not null)),
     check ((acknowledged_by is null) = (acknowledged_at is null)),
     unique nulls not distinct (package_id, version, kind, subject, organisation_id))`,
  `create index acknowledgement_waits on acknowledgement (organisation_id) where acknowledged_at is null`,

  // text is sealed: what of a pulled package was destroyed, and how.
  `create table destruction_attestation (
     id uuid primary key,
     operator_id uuid not null references operator,
     package_id uuid not null references package,
     organisation_id uuid not null references organisation,
     person_id uuid not null references person,
     text bytea not null,
     destroyed_at timestamptz not null,
     attested_at timestamptz not null,
     check (destroyed_at <= attested_at),
     unique (package_id, organisation_id, person_id))`,

  // cve_tag: keyed digest of the CVE id; cve: sealed. version is the first without it; continued_in the package that goes on with it.
  `create table deferred_cve (
     id uuid primary key,
     operator_id uuid not null references operator,
     package_id uuid not null,
     version integer not null,
     cve_tag bytea not null check (length(cve_tag) = 16),
     cve bytea not null,
     decision_id uuid not null references package_decision,
     deferred_at timestamptz not null,
     continued_in uuid references package,
     foreign key (package_id, version) references package_version,
     unique (package_id, version, cve_tag))`,

  // A release of which it could not be written down that its instant was reached: it is tried again, and nobody waits for it.
  `create table release_fault (
     release_id uuid primary key references release,
     operator_id uuid not null references operator,
     since timestamptz not null,
     mended_at timestamptz)`,

  ...secure('package_decision', 'select, insert, update (confirmed_by, confirmed_at, withdrawn_by, withdrawn_at, closed_at)', {
    all: 'is_system() or operator_id = current_operator()',
  }),
  ...secure('acknowledgement', 'select, insert, update (acknowledged_by, acknowledged_at)', {
    all: 'is_system() or operator_id = current_operator()',
    select: 'organisation_id = current_organisation()',
  }),
  ...secure('destruction_attestation', 'select, insert', {
    select: 'is_system() or operator_id = current_operator() or organisation_id = current_organisation()',
    insert: `organisation_id = current_organisation() and person_id = current_person() and exists (select from receipt r
      where r.package_id = destruction_attestation.package_id and r.operator_id = destruction_attestation.operator_id and r.person_id = current_person())`,
  }),
  ...secure('deferred_cve', 'select, insert, update (continued_in)', { all: 'is_system() or operator_id = current_operator()' }),
  ...secure('release_fault', 'select, insert, update (since, mended_at)', { all: 'is_system() or operator_id = current_operator()' }),
]
