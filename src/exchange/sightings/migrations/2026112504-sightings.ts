import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** Who saw which indicator, how often and when. A sighting belongs to one contribution of the indicator in one collection, never to its id alone. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  `create table sighting (
     id uuid primary key,
     operator_id uuid not null references operator,
     organisation_id uuid not null references organisation,
     collection_id uuid not null references collection,
     contribution_id uuid not null references stix_contribution,
     indicator text not null,
     stix_id text,
     counted boolean not null,
     count bigint not null check (count between 1 and 1000000000),
     first_seen timestamptz not null,
     last_seen timestamptz not null,
     reported_at timestamptz not null,
     replaced_at timestamptz,
     check (first_seen <= last_seen and last_seen <= reported_at))`,
  // What was reported in so many words is known by them; an object of STIX by its id, of which one version stands.
  `create unique index sighting_once on sighting (collection_id, indicator, organisation_id, first_seen, last_seen, count) where stix_id is null`,
  `create unique index sighting_object on sighting (collection_id, organisation_id, stix_id) where stix_id is not null and replaced_at is null`,
  `create index sighting_indicator on sighting (collection_id, indicator, organisation_id) where replaced_at is null`,
  `create index sighting_contribution on sighting (contribution_id)`,
  `create index sighting_organisation on sighting (organisation_id, id desc)`,
  `create index sighting_operator on sighting (operator_id, id desc)`,
  `alter table sighting set (autovacuum_analyze_scale_factor = 0.02, autovacuum_analyze_threshold = 500)`,
  ...secure('sighting', 'select, insert, update (replaced_at)', {
    all: 'is_system()',
    select: 'operator_id = current_operator() or organisation_id = current_organisation()',
    insert: `organisation_id = current_organisation() and exists (select from membership m
      where m.organisation_id = sighting.organisation_id and m.operator_id = sighting.operator_id and m.state = 'active')`,
  }),
]
