import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** Who saw which indicator, how often and when. A sighting belongs to one contribution of the indicator, never to its id alone. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  `create table sighting (
     id uuid primary key,
     operator_id uuid not null references operator,
     organisation_id uuid not null references organisation,
     contribution_id uuid not null,
     indicator text not null,
     count bigint not null check (count between 1 and 1000000000),
     first_seen timestamptz not null,
     last_seen timestamptz not null,
     reported_at timestamptz not null,
     check (first_seen <= last_seen and last_seen <= reported_at))`,
  `create unique index sighting_once on sighting (contribution_id, organisation_id, first_seen, last_seen, count)`,
  `create index sighting_organisation on sighting (organisation_id, id desc)`,
  `create index sighting_operator on sighting (operator_id, id desc)`,
  ...secure('sighting', 'select, insert', {
    select: 'is_system() or operator_id = current_operator() or organisation_id = current_organisation()',
    insert: `is_system() or organisation_id = current_organisation() and exists (select from membership m
      where m.organisation_id = sighting.organisation_id and m.operator_id = sighting.operator_id and m.state = 'active')`,
  }),
]
