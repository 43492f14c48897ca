import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** What a programme shows in public: its texts, the members that agreed to be featured, statements of membership; and lists of members that are brought in. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const OWN = 'is_system() or operator_id = current_operator() or organisation_id = current_organisation()'

const STATEMENTS = [
  // The newest version is the one that is shown; an empty one takes the text off.
  `create table public_text (
     operator_id uuid not null references operator,
     slug text not null check (slug in ('programme', 'faq', 'contact')),
     version integer not null check (version > 0),
     markdown text not null check (length(markdown) <= 50000),
     published_by uuid not null references person,
     published_at timestamptz not null,
     primary key (operator_id, slug, version))`,
  // One row per change that a member proposed. It is public from approval until ended_at, while the membership is active.
  `create table listing (
     id uuid primary key,
     organisation_id uuid not null,
     operator_id uuid not null,
     name text not null check (length(name) between 1 and 200),
     link text check (length(link) <= 500),
     protects text not null check (length(protects) <= 500),
     logo bytea check (length(logo) = 32),
     proposed_by uuid not null references person,
     proposed_at timestamptz not null,
     decision text check (decision in ('approved', 'refused', 'withdrawn')),
     reason text check (length(reason) between 1 and 1000),
     decided_by uuid references person,
     decided_at timestamptz,
     ended_by uuid references person,
     ended_at timestamptz,
     foreign key (organisation_id, operator_id) references membership (organisation_id, operator_id),
     check ((decision is null) = (decided_at is null) and (decision is null) = (decided_by is null)),
     check (decision <> 'approved' or decided_by <> proposed_by),
     check ((ended_at is null) = (ended_by is null)),
     check (ended_at is null or decision = 'approved'))`,
  `create unique index listing_waiting on listing (organisation_id, operator_id) where decision is null`,
  `create unique index listing_public on listing (organisation_id, operator_id) where decision = 'approved' and ended_at is null`,
  `create index listing_operator on listing (operator_id, id)`,
  // digest: SHA-256 of the clean PNG that the object holds.
  `create table listing_logo (
     organisation_id uuid not null,
     operator_id uuid not null,
     digest bytea not null check (length(digest) = 32),
     object_id uuid not null references sealed_object,
     width integer not null check (width between 1 and 512),
     height integer not null check (height between 1 and 512),
     added_by uuid not null references person,
     added_at timestamptz not null,
     primary key (organisation_id, operator_id, digest),
     foreign key (organisation_id, operator_id) references membership (organisation_id, operator_id))`,
  `create index listing_logo_digest on listing_logo (digest)`,
  // id is random (version 4): it says neither who nor when.
  `create table membership_statement (
     id uuid primary key,
     organisation_id uuid not null,
     operator_id uuid not null,
     shows_tier boolean not null,
     switched_on_by uuid not null references person,
     switched_on_at timestamptz not null,
     switched_off_at timestamptz,
     foreign key (organisation_id, operator_id) references membership (organisation_id, operator_id))`,
  `create unique index membership_statement_on on membership_statement (organisation_id, operator_id) where switched_off_at is null`,
  // rows: what the file said of each member, sealed: names and addresses of people are in it.
  `create table member_import (
     id uuid primary key,
     operator_id uuid not null references operator,
     file_digest bytea not null check (length(file_digest) = 32),
     row_count integer not null check (row_count between 1 and 5000),
     rows bytea not null,
     proposed_by uuid not null references person,
     proposed_at timestamptz not null,
     expires_at timestamptz not null,
     approved_by uuid references person,
     approved_at timestamptz,
     closed_at timestamptz,
     check ((approved_by is null) = (approved_at is null)),
     check (approved_by <> proposed_by),
     check (approved_at is null or closed_at is null))`,
  `create index member_import_operator on member_import (operator_id, id)`,
  // What an imported list says of a member that nothing else keeps. role_address is sealed.
  `create table imported_member (
     organisation_id uuid not null,
     operator_id uuid not null,
     import_id uuid not null references member_import,
     member_since date,
     website text check (length(website) <= 500),
     role_address bytea,
     primary key (organisation_id, operator_id),
     foreign key (organisation_id, operator_id) references membership (organisation_id, operator_id))`,
  ...secure('public_text', 'select, insert', { all: 'is_system() or operator_id = current_operator()' }),
  ...secure('listing', 'select, insert, update (decision, reason, decided_by, decided_at, ended_by, ended_at)', { all: OWN }),
  ...secure('listing_logo', 'select, insert, delete', { all: OWN }),
  ...secure('membership_statement', 'select, insert, update (shows_tier, switched_off_at)', { all: OWN }),
  ...secure('member_import', 'select, insert, update (approved_by, approved_at, closed_at)', { all: 'is_system() or operator_id = current_operator()' }),
  ...secure('imported_member', 'select, insert', { all: OWN }),
]
