import { sql, type Kysely } from 'kysely'

/**
 * A membership that lapsed denies the exchange and the scanner as one that is suspended does (program.md, E30), what narrows does not
 * wait for what waits, and a proposal of a jurisdiction's policy waits no longer than any other.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const isLasting = `(m.until is null or current_instant() < m.until)`

const STATEMENTS = [
  `drop policy collection_right_select on collection_right`,
  `create policy collection_right_select on collection_right for select using (organisation_id = current_organisation() and exists (select from membership m
      where m.organisation_id = collection_right.organisation_id and m.operator_id = collection_right.operator_id and m.state in ('active', 'paused')
      and ${isLasting}))`,
  `drop policy sighting_insert on sighting`,
  `create policy sighting_insert on sighting for insert with check (organisation_id = current_organisation() and exists (select from membership m
      where m.organisation_id = sighting.organisation_id and m.operator_id = sighting.operator_id and m.state in ('active', 'paused') and ${isLasting}))`,
  // Besides the policy that says whose rows they are: what was handed in stays its member's, and nothing new comes.
  `create policy submission_standing on submission as restrictive for insert with check (is_system() or organisation_id is null or exists (select from membership m
      where m.organisation_id = submission.organisation_id and m.operator_id = submission.operator_id and m.state = 'active' and ${isLasting}))`,

  // Only proposals wait: what narrows is done at once, whatever of its kind waits.
  `drop index membership_change_waits`,
  `create unique index membership_change_waits on membership_change (organisation_id, operator_id, kind) where needs_second and done_at is null
     and closed_at is null`,

  `alter table jurisdiction_policy add column expires_at timestamptz`,
  `update jurisdiction_policy set expires_at = proposed_at + interval '14 days' where operator_id is not null`,
  `alter table jurisdiction_policy add constraint jurisdiction_policy_expires check (operator_id is null or expires_at is not null)`,
]
