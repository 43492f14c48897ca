import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** Protections that vendors shipped, as they reported them to the operator of whom they are a member. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  `create table protection (
     id uuid primary key,
     operator_id uuid not null references operator,
     organisation_id uuid not null references organisation,
     reported_by uuid not null references person,
     product text not null check (length(product) between 1 and 200),
     sensor text not null check (sensor in ('file', 'network', 'host', 'memory', 'cloud-log')),
     mode text not null check (mode in ('detect', 'block')),
     cves text[] not null,
     indicators text[] not null,
     shipped_at timestamptz not null,
     check (cardinality(cves) + cardinality(indicators) > 0))`,
  `create index protection_operator on protection (operator_id, id)`,
  `create index protection_organisation on protection (organisation_id, id)`,
  ...secure('protection', 'select, insert', {
    select: 'is_system() or operator_id = current_operator() or organisation_id = current_organisation()',
    insert: `organisation_id = current_organisation() and reported_by = current_person() and exists (select from membership m
      where m.operator_id = protection.operator_id and m.organisation_id = protection.organisation_id and m.state = 'active'
      and m.created_at <= current_instant() and (m.until is null or current_instant() < m.until))`,
  }),
]
