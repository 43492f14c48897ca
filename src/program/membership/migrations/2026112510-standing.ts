import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/**
 * What a member was entitled to at any instant: every change of a membership or a clearance leaves a row of history, written by
 * the database itself, so that no path can forget it. With them the facts that entitle: until when an agreement may still be
 * signed, when it was countersigned, the keys of a contact, and whether a contact's address takes mail.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  // paused: a review is open; people come in and use the exchange, and read nothing of a package (program.md, E28).
  `alter table membership drop constraint membership_state_check,
     add check (state in ('active', 'paused', 'suspended', 'terminated'))`,
  // position orders what happened at one instant.
  `create table membership_history (
     position bigint generated always as identity primary key,
     organisation_id uuid not null references organisation,
     operator_id uuid not null references operator,
     since timestamptz not null,
     tier text not null,
     state text not null,
     until timestamptz,
     jurisdiction text)`,
  `create index membership_history_member on membership_history (organisation_id, operator_id, position)`,
  `create table clearance_history (
     position bigint generated always as identity primary key,
     person_id uuid not null references person,
     operator_id uuid not null references operator,
     since timestamptz not null,
     products text[] not null,
     proof_of_concept boolean not null,
     jurisdiction text)`,
  `create index clearance_history_person on clearance_history (person_id, operator_id, position)`,
  `insert into membership_history (organisation_id, operator_id, since, tier, state, until, jurisdiction)
     select organisation_id, operator_id, created_at, tier, state, until, jurisdiction from membership`,
  `insert into clearance_history (person_id, operator_id, since, products, proof_of_concept, jurisdiction)
     select person_id, operator_id, granted_at, products, proof_of_concept, jurisdiction from clearance`,
  `create function keep_membership() returns trigger language plpgsql as $$ begin
     insert into membership_history (organisation_id, operator_id, since, tier, state, until, jurisdiction) values (new.organisation_id,
       new.operator_id, case tg_op when 'INSERT' then new.created_at else coalesce(current_instant(), clock_timestamp()) end,
       new.tier, new.state, new.until, new.jurisdiction);
     return null;
   end $$`,
  `create trigger membership_kept after insert or update on membership for each row execute function keep_membership()`,
  `create function keep_clearance() returns trigger language plpgsql as $$ begin
     insert into clearance_history (person_id, operator_id, since, products, proof_of_concept, jurisdiction) values (new.person_id,
       new.operator_id, case tg_op when 'INSERT' then new.granted_at else coalesce(current_instant(), clock_timestamp()) end,
       new.products, new.proof_of_concept, new.jurisdiction);
     return null;
   end $$`,
  `create trigger clearance_kept after insert or update on clearance for each row execute function keep_clearance()`,
  // A clearance that ends is one of no products: the row stays, and its end is in the history.
  `revoke delete on clearance from vedette_app`,

  // After accept_by the newest such text is the only one that entitles; until then the one before it does too.
  `alter table agreement add column accept_by timestamptz`,
  `update agreement set accept_by = created_at`,
  `alter table agreement alter column accept_by set not null`,
  // Signed by the member and not yet by the operator, an acceptance entitles to nothing.
  `alter table agreement_acceptance
     add column countersigned_by uuid references person,
     add column countersigned_at timestamptz`,
  `update agreement_acceptance set countersigned_at = accepted_at`,

  // Public keys for what is delivered to one person; without one in force a contact reads nothing of a package.
  `create table contact_key (
     id uuid primary key,
     person_id uuid not null references person,
     kind text not null check (kind in ('age', 'openpgp')),
     fingerprint text not null check (length(fingerprint) between 8 and 200),
     public_key text not null check (length(public_key) between 1 and 100000),
     added_at timestamptz not null,
     expires_at timestamptz not null,
     revoked_at timestamptz,
     check (expires_at > added_at))`,
  `create index contact_key_person on contact_key (person_id)`,
  `create unique index contact_key_once on contact_key (person_id, fingerprint) where revoked_at is null`,
  `alter table person add column bounced_at timestamptz`,

  ...secure('membership_history', 'select, insert', {
    all: 'is_system() or operator_id = current_operator()',
    select: 'organisation_id = current_organisation()',
  }),
  ...secure('clearance_history', 'select, insert', {
    all: 'is_system() or operator_id = current_operator()',
    select: 'person_id = current_person()',
  }),
  ...secure('contact_key', 'select, insert, update (revoked_at)', {
    all: 'is_system() or person_id = current_person()',
    select: `exists (select from person p join membership m on m.organisation_id = p.organisation_id
      where p.id = contact_key.person_id and m.operator_id = current_operator() and m.state <> 'terminated')`,
  }),
]
