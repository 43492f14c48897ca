import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/**
 * Sign-in by a member's own identity provider (OpenID Connect) and provisioning of its contacts (SCIM 2): which provider
 * speaks for a member, which subject of an issuer is which person, sign-ins that are on their way, and what the member's
 * directory says of a contact.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  // Each configuration is a row of its own: proposed by one person, confirmed by another, ended by a third or by its successor.
  `create table identity_provider (
     id uuid primary key,
     organisation_id uuid not null references organisation,
     sign_in_name text not null check (sign_in_name ~ '^[0-9a-hjkmnp-tv-z]{12}$'),
     issuer text not null check (length(issuer) between 8 and 500),
     client_id text not null check (length(client_id) between 1 and 300),
     sealed_secret bytea not null,
     factors text not null check (factors in ('amr', 'acr', 'none')),
     accepted text[] not null check ((factors = 'none') = (cardinality(accepted) = 0)),
     subjects_by_scim boolean not null,
     proposed_by uuid not null references person,
     proposed_at timestamptz not null,
     expires_at timestamptz not null,
     confirmed_by uuid references person,
     confirmed_at timestamptz,
     ended_by uuid references person,
     ended_at timestamptz,
     check (confirmed_by is null or confirmed_by <> proposed_by),
     check ((confirmed_by is null) = (confirmed_at is null)))`,
  `create unique index identity_provider_waiting on identity_provider (organisation_id) where confirmed_at is null and ended_at is null`,
  `create unique index identity_provider_live on identity_provider (organisation_id) where confirmed_at is not null and ended_at is null`,
  `create unique index identity_provider_name on identity_provider (sign_in_name) where confirmed_at is not null and ended_at is null`,
  // A person has one identity at a time, and an identity one person, whatever mail addresses say.
  `create table external_identity (
     id uuid primary key,
     person_id uuid not null references person,
     issuer text not null,
     subject text not null check (length(subject) between 1 and 255),
     bound_by text not null check (bound_by in ('person', 'scim')),
     bound_at timestamptz not null,
     last_used_at timestamptz,
     ended_at timestamptz)`,
  `create unique index external_identity_subject on external_identity (issuer, subject) where ended_at is null`,
  `create unique index external_identity_person on external_identity (person_id) where ended_at is null`,
  // A browser on its way to a provider and back; taken once.
  `create table oidc_flow (
     state_hash bytea primary key check (length(state_hash) = 32),
     browser_hash bytea not null check (length(browser_hash) = 32),
     provider_id uuid not null references identity_provider,
     purpose text not null check (purpose in ('sign-in', 'connect', 'test')),
     person_id uuid references person,
     session_id uuid references session,
     sealed bytea not null,
     expires_at timestamptz not null,
     check ((person_id is null) = (session_id is null)),
     check (purpose = 'sign-in' or person_id is not null))`,
  `create index oidc_flow_expiry on oidc_flow (expires_at)`,
  `alter table session drop constraint session_method_check,
     add column external_identity_id uuid references external_identity,
     add column identity_provider_id uuid references identity_provider,
     add check (method in ('passkey', 'link', 'demonstration', 'oidc')),
     add check ((method = 'oidc') = (external_identity_id is not null)),
     add check ((method = 'oidc') = (identity_provider_id is not null))`,
  // What the member's directory calls a contact; without a row the contact was invited by a person.
  `create table scim_user (
     person_id uuid primary key references person,
     organisation_id uuid not null references organisation,
     user_name text not null check (length(user_name) between 1 and 320),
     external_id text check (length(external_id) between 1 and 255),
     given_name text check (length(given_name) between 1 and 200),
     family_name text check (length(family_name) between 1 and 200),
     created_at timestamptz not null,
     changed_at timestamptz not null,
     removed_at timestamptz)`,
  `create unique index scim_user_name on scim_user (organisation_id, lower(user_name)) where removed_at is null`,
  `create unique index scim_user_external on scim_user (organisation_id, external_id) where removed_at is null`,

  ...secure('identity_provider', 'select, insert, update (confirmed_by, confirmed_at, ended_by, ended_at)', {
    all: `is_system() or organisation_id = current_organisation()
      or exists (select from membership m where m.organisation_id = identity_provider.organisation_id and m.operator_id = current_operator() and m.state <> 'terminated')`,
  }),
  ...secure('external_identity', 'select, insert, update (last_used_at, ended_at)', { all: 'is_system() or person_id in (select id from person)' }),
  ...secure('oidc_flow', 'select, insert, delete', { all: 'is_system()' }),
  ...secure('scim_user', 'select, insert, update', { all: 'is_system() or organisation_id = current_organisation()' }),
]
