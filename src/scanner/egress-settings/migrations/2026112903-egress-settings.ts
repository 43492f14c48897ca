import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** What an operator settled about the way out of what is opened for it. The login of its proxy is sealed. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  `create table egress_setting (
     operator_id uuid primary key references operator,
     direct boolean not null,
     own_networks text[] not null,
     upstream_host text check (length(upstream_host) between 1 and 255),
     upstream_port integer check (upstream_port between 1 and 65535),
     sealed_login bytea,
     changed_by uuid not null references person,
     changed_at timestamptz not null,
     check ((upstream_host is null) = (upstream_port is null)),
     check (sealed_login is null or upstream_host is not null))`,
  ...secure('egress_setting', 'select, insert, update', { all: 'is_system() or operator_id = current_operator()' }),
]
