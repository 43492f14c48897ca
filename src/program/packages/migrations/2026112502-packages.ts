import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** Releases, packages with their versions, approvals and receipts. What a package says lies in sealed objects only. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  // One of the programme's rule is written down when the first package is put on it: its windows are frozen from then on.
  `create table release (
     id uuid primary key,
     operator_id uuid not null references operator,
     kind text not null check (kind in ('rule', 'out-of-band')),
     instant timestamptz not null,
     zone text not null,
     rule text not null,
     calendar text,
     validate_at timestamptz not null,
     advance_at timestamptz not null,
     entry_at timestamptz not null,
     reason bytea,
     proposed_by uuid references person,
     proposed_at timestamptz,
     confirmed_by uuid references person,
     confirmed_at timestamptz,
     withdrawn_at timestamptz,
     created_at timestamptz not null,
     check (validate_at <= advance_at and advance_at <= entry_at and entry_at <= instant),
     check ((kind = 'out-of-band') = (reason is not null and proposed_by is not null and proposed_at is not null)),
     check (kind = 'out-of-band' or (confirmed_at is null and withdrawn_at is null)),
     check ((confirmed_by is null) = (confirmed_at is null)),
     check (confirmed_by <> proposed_by),
     check (confirmed_at is null or withdrawn_at is null))`,
  `create unique index release_of_rule on release (operator_id, rule, instant) where kind = 'rule'`,
  `create index release_operator on release (operator_id, instant)`,
  `create table package (
     id uuid primary key,
     operator_id uuid not null references operator,
     created_by uuid not null references person,
     created_at timestamptz not null)`,
  `create index package_operator on package (operator_id, id)`,
  // product_tags: keyed digests of the names of the products, by which a clearance is found to cover the version or not.
  // summary: what lists show of the content, sealed for this row and this content.
  `create table package_version (
     package_id uuid not null references package,
     version integer not null check (version > 0),
     operator_id uuid not null references operator,
     state text not null check (state in ('draft', 'in-review', 'approved', 'scheduled', 'released', 'superseded', 'deferred', 'pulled', 'withdrawn')),
     content_object uuid not null references sealed_object,
     content_hash bytea not null check (length(content_hash) = 32),
     product_tags bytea[] not null,
     summary bytea not null,
     contributors uuid[] not null check (cardinality(contributors) > 0),
     source_object uuid references sealed_object,
     source bytea,
     submitted_by uuid references person,
     submitted_at timestamptz,
     approval_id uuid,
     release_id uuid references release,
     scheduled_by uuid references person,
     scheduled_at timestamptz,
     created_at timestamptz not null,
     updated_at timestamptz not null,
     primary key (package_id, version),
     check ((source_object is null) = (source is null)),
     check ((submitted_by is null) = (submitted_at is null)),
     check (state <> 'in-review' or submitted_by is not null),
     check ((state in ('draft', 'in-review')) = (approval_id is null)),
     check ((release_id is null) = (scheduled_by is null) and (release_id is null) = (scheduled_at is null)),
     check ((state in ('draft', 'in-review', 'approved')) = (release_id is null)))`,
  `create index package_version_release on package_version (release_id)`,
  `create table approval (
     id uuid primary key,
     operator_id uuid not null references operator,
     package_id uuid not null,
     version integer not null,
     content_hash bytea not null check (length(content_hash) = 32),
     approved_by uuid not null references person,
     approved_at timestamptz not null,
     foreign key (package_id, version) references package_version)`,
  `create index approval_package on approval (package_id, version)`,
  `alter table package_version add foreign key (approval_id) references approval`,
  // What two publishers decided that an out-of-band release is for: these contents and no other.
  `create table release_package (
     release_id uuid not null references release,
     package_id uuid not null,
     version integer not null,
     operator_id uuid not null references operator,
     content_hash bytea not null check (length(content_hash) = 32),
     primary key (release_id, package_id, version),
     foreign key (package_id, version) references package_version)`,
  // One for each person, version and set of parts for the content, and one for each file of it: when more may be read, it takes another.
  `create table receipt (
     id uuid primary key,
     operator_id uuid not null references operator,
     package_id uuid not null,
     version integer not null,
     part text not null check (part in ('content', 'attachment')),
     parts text[] not null check (cardinality(parts) > 0),
     object_id uuid,
     file_sha256 bytea check (length(file_sha256) = 32),
     organisation_id uuid not null references organisation,
     person_id uuid not null references person,
     content_hash bytea not null check (length(content_hash) = 32),
     received_at timestamptz not null,
     foreign key (package_id, version) references package_version,
     check ((part = 'attachment') = (object_id is not null) and (object_id is null) = (file_sha256 is null)),
     unique nulls not distinct (person_id, package_id, version, part, object_id, parts))`,
  `create index receipt_package on receipt (package_id, id)`,
  `create index receipt_organisation on receipt (organisation_id, package_id, version)`,

  // A second wall behind the predicate, on the same trusted instant: to a contact, what its tier does not read yet is not there.
  ...secure('release', 'select, insert, update (confirmed_by, confirmed_at, withdrawn_at)', {
    all: 'is_system() or operator_id = current_operator()',
    select: `(kind = 'rule' or confirmed_at is not null) and exists (select from membership m
      join clearance c on c.operator_id = m.operator_id and c.person_id = current_person()
      where m.operator_id = release.operator_id and m.organisation_id = current_organisation() and m.state = 'active'
      and m.created_at <= current_instant() and (m.until is null or current_instant() < m.until)
      and current_instant() >= case m.tier when 'validate' then validate_at when 'advance' then advance_at when 'entry' then entry_at end)`,
  }),
  ...secure('package_version', 'select, insert, update', {
    all: 'is_system() or operator_id = current_operator()',
    select: `state in ('scheduled', 'released', 'superseded', 'withdrawn') and scheduled_at <= current_instant()
      and current_organisation() is not null and exists (select from release r where r.id = package_version.release_id)
      and exists (select from clearance c where c.operator_id = package_version.operator_id and c.person_id = current_person())`,
  }),
  ...secure('package', 'select, insert', {
    all: 'is_system() or operator_id = current_operator()',
    select: 'current_organisation() is not null and exists (select from package_version v where v.package_id = package.id)',
  }),
  ...secure('approval', 'select, insert', {
    all: 'is_system() or operator_id = current_operator()',
    select: 'current_organisation() is not null and exists (select from package_version v where v.approval_id = approval.id)',
  }),
  ...secure('release_package', 'select, insert', { all: 'is_system() or operator_id = current_operator()' }),
  ...secure('receipt', 'select, insert', {
    select: 'is_system() or operator_id = current_operator() or organisation_id = current_organisation()',
    insert: `organisation_id = current_organisation() and person_id = current_person() and exists (select from package_version v
      where v.package_id = receipt.package_id and v.version = receipt.version and v.operator_id = receipt.operator_id)`,
  }),
]
