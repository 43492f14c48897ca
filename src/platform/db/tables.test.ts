import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshDatabase, type TestDatabase } from '#test/harness/database.ts'

/** Tables without an operator id, each with the reason. A new table has one, or stands here. */
const WITHOUT_OPERATOR = {
  instance: 'one row for the whole instance',
  operator: 'is the operator',
  organisation: 'may be a member of several operators; membership carries the operator',
  role_grant: 'belongs to a person',
  passkey: 'belongs to a person',
  contact_key: 'belongs to a person',
  contact_function: 'belongs to a person',
  organisation_address: 'belongs to an organisation, whichever operators it is a member of',
  ceremony: 'belongs to a person, or to nobody yet',
  session: 'belongs to a person',
  api_token: 'belongs to a person',
  client_certificate: 'belongs to a person',
  notice: 'belongs to a person',
  idempotency: 'belongs to a person',
  attempt: 'counts failures before anybody is known',
  audit_node: 'hashes of the one tree',
  audit_head: 'hashes of the one tree',
  audit_checkpoint: 'hashes of the one tree',
  sealed_object: 'belongs to the row that names it',
  clock_mark: 'time of the whole instance',
  clock_anchor: 'time of one machine',
  worker_beat: 'life of one process',
  sandbox_worker: 'life of one process with machines',
  event_delivery: 'belongs to an event',
  identity_provider: 'belongs to an organisation, which may be a member of several operators',
  external_identity: 'belongs to a person',
  oidc_flow: 'belongs to a browser on its way',
  scim_user: 'belongs to a person',
  notice_mail_choice: 'belongs to a person',
  calendar_feed: 'belongs to a person',
  object_word: 'belongs to a version, in a table that is kept as narrow as it can be',
} satisfies Record<string, string>

describe('every table', () => {
  let fresh: TestDatabase
  beforeAll(async () => {
    fresh = await freshDatabase()
  })
  afterAll(() => fresh.drop())

  it('carries an operator id, or has a reason not to', async () => {
    const { rows } = await fresh.superuser.query<{ name: string; operator: boolean }>(
      `select c.relname as name, exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'operator_id') as operator
       from pg_class c where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace and c.relname not like 'kysely_%'`,
    )
    const without = rows.filter(({ operator }) => !operator).map(({ name }) => name)
    expect(without.filter((name) => !(name in WITHOUT_OPERATOR))).toEqual([])
    expect(Object.keys(WITHOUT_OPERATOR).filter((name) => !without.includes(name))).toEqual([])
  })

  it('is reached as a whole: the application holds no right on a part of a table, which its policies would not guard', async () => {
    const { rows } = await fresh.superuser.query<{ parts: number; granted: number }>(
      `select count(*)::int as parts, count(*) filter (where has_table_privilege('vedette_app', c.oid, 'select, insert, update, delete'))::int as granted
       from pg_class c where c.relispartition and c.relkind = 'r' and c.relnamespace = 'public'::regnamespace`,
    )
    expect(rows[0]!.parts).toBeGreaterThan(0)
    expect(rows[0]!.granted).toBe(0)
  })

  it('has a policy for reading, so that nobody is shown everything by omission', async () => {
    const { rows } = await fresh.superuser.query<{ name: string }>(
      `select c.relname as name from pg_class c where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace and c.relname not like 'kysely_%'
       and not exists (select from pg_policy p where p.polrelid = c.oid and p.polcmd in ('r', '*'))`,
    )
    expect(rows).toEqual([])
  })

  it('gives the application no more than it needs on the audit log', async () => {
    const { rows } = await fresh.superuser.query<{ table: string; privileges: string[] }>(
      `select table_name as table, array_agg(privilege_type::text order by privilege_type) as privileges from information_schema.role_table_grants
       where grantee = 'vedette_app' and table_name like 'audit_%' group by table_name order by table_name`,
    )
    expect(rows).toEqual([
      { table: 'audit_checkpoint', privileges: ['INSERT', 'SELECT'] },
      { table: 'audit_head', privileges: ['INSERT', 'SELECT', 'UPDATE'] },
      { table: 'audit_leaf', privileges: ['INSERT', 'SELECT'] },
      { table: 'audit_node', privileges: ['INSERT', 'SELECT'] },
    ])
  })
})
