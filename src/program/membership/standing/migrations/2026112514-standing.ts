import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/**
 * Changes of standing and who decided them, which reinstatements give back what opened meanwhile, the policies of jurisdictions as
 * data, which lapses were announced, and the second wall as the history asks for it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  // before and after: tier, state, until and jurisdiction; null in after is what the change leaves as it is.
  `create table membership_change (
     id uuid primary key,
     operator_id uuid not null references operator,
     organisation_id uuid not null references organisation,
     kind text not null check (kind in ('tier', 'suspend', 'reinstate', 'terminate', 'jurisdiction', 'renew', 'review', 'review-decision')),
     before jsonb not null,
     after jsonb not null,
     reason bytea not null,
     evidence bytea,
     back_access boolean not null default false,
     cause text check (cause in ('acquisition', 'reach', 'attack-tools')),
     review_id uuid references membership_change,
     successor_id uuid references organisation,
     proposed_by uuid not null references person,
     proposed_at timestamptz not null,
     expires_at timestamptz not null,
     needs_second boolean not null,
     approved_by uuid references person,
     approved_at timestamptz,
     done_at timestamptz,
     closed_by uuid references person,
     closed_at timestamptz,
     check (approved_by <> proposed_by),
     check ((approved_by is null) = (approved_at is null)),
     check ((closed_by is null) = (closed_at is null)),
     check (done_at is null or closed_at is null),
     check (done_at is null or not needs_second or approved_at = done_at),
     check (not back_access or needs_second and kind in ('reinstate', 'review-decision')),
     check ((kind = 'review') = (cause is not null)),
     check ((kind = 'review-decision') = (review_id is not null)))`,
  `create index membership_change_member on membership_change (organisation_id, operator_id, id)`,
  // One proposal of a kind waits at a time.
  `create unique index membership_change_waits on membership_change (organisation_id, operator_id, kind) where done_at is null and closed_at is null`,
  // A standing that begins by a reinstatement with back-access.
  `create table membership_bridge (
     position bigint primary key references membership_history,
     organisation_id uuid not null references organisation,
     operator_id uuid not null references operator,
     change_id uuid not null references membership_change)`,
  // Without an operator: shipped with the program, for everybody.
  `create table jurisdiction_policy (
     id uuid primary key,
     operator_id uuid references operator,
     name text not null check (name ~ '^[a-z0-9][a-z0-9-]{0,79}$'),
     version integer not null check (version > 0),
     jurisdictions text[] not null,
     basis text not null check (length(basis) between 1 and 4000),
     duty_to_report boolean not null,
     parts text[] not null check ('existence' = any(parts)),
     not_before text not null check (not_before in ('window', 'release')),
     valid_from timestamptz not null,
     proposed_by uuid references person,
     proposed_at timestamptz not null,
     approved_by uuid references person,
     approved_at timestamptz,
     closed_by uuid references person,
     closed_at timestamptz,
     check (approved_by <> proposed_by),
     check (operator_id is null or (approved_by is null) = (approved_at is null)),
     check (operator_id is null or proposed_by is not null),
     check ((closed_by is null) = (closed_at is null)),
     check (approved_at is null or closed_at is null),
     check (not_before = 'window' or not 'proof-of-concept' = any(parts)))`,
  `create unique index jurisdiction_policy_name on jurisdiction_policy (operator_id, name, version) nulls not distinct where closed_at is null`,
  `insert into jurisdiction_policy (id, operator_id, name, version, jurisdictions, basis, duty_to_report, parts, not_before, valid_from, proposed_at, approved_at) values
     ('00000000-0000-7000-8000-000000000001', null, 'unrestricted', 1, '{}', 'No duty to report vulnerabilities to a government before they are published is known for this place.',
      false, '{existence,description,bulletin,guidance,attachments,proof-of-concept}', 'window', '2000-01-01T00:00:00Z', '2000-01-01T00:00:00Z', '2000-01-01T00:00:00Z'),
     ('00000000-0000-7000-8000-000000000002', null, 'duty-to-report', 1, '{CN}',
      'The law of this place makes companies report vulnerabilities to a government within 48 hours of learning of them (RMSV 2021, article 7).',
      true, '{existence,description}', 'release', '2000-01-01T00:00:00Z', '2000-01-01T00:00:00Z', '2000-01-01T00:00:00Z')`,
  // Lapses that were announced, so that each is announced once.
  `create table lapse_notice (
     organisation_id uuid not null references organisation,
     operator_id uuid not null references operator,
     what text not null check (what in ('due', 'until')),
     instant timestamptz not null,
     days integer not null,
     sent_at timestamptz not null,
     primary key (organisation_id, operator_id, what, instant, days))`,

  ...secure('membership_change', 'select, insert, update (approved_by, approved_at, done_at, closed_by, closed_at)', {
    all: 'is_system() or operator_id = current_operator()',
  }),
  ...secure('membership_bridge', 'select, insert', {
    all: 'is_system() or operator_id = current_operator()',
    select: 'organisation_id = current_organisation()',
  }),
  ...secure('jurisdiction_policy', 'select, insert, update (approved_by, approved_at, closed_by, closed_at)', {
    all: 'is_system() or operator_id = current_operator()',
    select: `operator_id is null or approved_at is not null and exists (select from membership m where m.operator_id = jurisdiction_policy.operator_id
      and m.organisation_id = current_organisation() and m.state <> 'terminated')`,
  }),
  ...secure('lapse_notice', 'select, insert', { all: 'is_system() or operator_id = current_operator()' }),

  // The second wall: besides what the present standing does not read yet, a release that was over before the member's history
  // began, or at which the member was not active unless a reinstatement since bridges it; and a person without a key in force.
  `drop policy release_select on release`,
  `create policy release_select on release for select using ((kind = 'rule' or confirmed_at is not null) and exists (select from membership m
      join clearance c on c.operator_id = m.operator_id and c.person_id = current_person()
      where m.operator_id = release.operator_id and m.organisation_id = current_organisation() and m.state = 'active'
      and m.created_at <= current_instant() and (m.until is null or current_instant() < m.until)
      and current_instant() >= case m.tier when 'validate' then validate_at when 'advance' then advance_at when 'entry' then entry_at end)
    and exists (select from contact_key k where k.person_id = current_person() and k.revoked_at is null and current_instant() < k.expires_at)
    and exists (select from membership_history h where h.operator_id = release.operator_id and h.organisation_id = current_organisation()
      and least(h.since, current_instant()) <= release.instant
      and not exists (select from membership_history later where later.operator_id = h.operator_id and later.organisation_id = h.organisation_id
        and later.position > h.position and least(later.since, current_instant()) <= release.instant)
      and (h.state = 'active' or exists (select from membership_bridge b where b.operator_id = h.operator_id and b.organisation_id = h.organisation_id
        and b.position > h.position))))`,

  // A paused member comes in and uses the exchange (program.md, E28).
  `drop policy operator_select on operator`,
  `create policy operator_select on operator for select using (is_system() or id = current_operator() or exists (select from membership m
      where m.operator_id = operator.id and m.organisation_id = current_organisation() and m.state in ('active', 'paused')))`,
  `drop policy collection_right_select on collection_right`,
  `create policy collection_right_select on collection_right for select using (organisation_id = current_organisation() and exists (select from membership m
      where m.organisation_id = collection_right.organisation_id and m.operator_id = collection_right.operator_id and m.state in ('active', 'paused')))`,
  `drop policy sighting_insert on sighting`,
  `create policy sighting_insert on sighting for insert with check (organisation_id = current_organisation() and exists (select from membership m
      where m.organisation_id = sighting.organisation_id and m.operator_id = sighting.operator_id and m.state in ('active', 'paused')))`,
]
