import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { keepPlans } from '#platform/db/keep-plans.ts'
import { freshDatabase, type TestDatabase } from '#test/harness/database.ts'

let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await freshDatabase()
  await database.superuser.query('create table thing (id int, name text)')
  await database.superuser.query(`insert into thing values (1, 'one'), (2, 'two')`)
})
beforeEach(async () => {
  await client?.end()
  client = new pg.Client(database.superuser.options)
  await client.connect()
  keepPlans(client)
})
afterAll(async () => {
  await client.end()
  await database.drop()
})

const kept = async () => (await client.query<{ statement: string }>('select statement from pg_prepared_statements')).rows.map(({ statement }) => statement)

describe('a connection', () => {
  it('keeps what it is given a second time, and answers by the values each time', async () => {
    const text = 'select name from thing where id = $1'
    const names: unknown[] = []
    for (const id of [1, 2, 3, 1, 2, 1, 2, 1]) {
      names.push((await client.query(text, [id])).rows[0]?.name)
      if (names.length === 1) expect(await kept()).toEqual([])
    }
    expect(names).toEqual(['one', 'two', undefined, 'one', 'two', 'one', 'two', 'one'])
    expect(await kept()).toEqual([text])
  })

  it('keeps nothing without values, and no more than a hundred statements', async () => {
    for (let n = 0; n < 3; n++) await client.query('select 1')
    for (let n = 0; n < 150; n++)
      for (let again = 0; again < 2; again++) expect((await client.query(`select $1::int + ${n} as sum`, [1])).rows[0].sum).toBe(1 + n)
    expect(await kept()).toHaveLength(100)
  })

  it('goes on with a table that was altered meanwhile, after one refusal', async () => {
    const all = () => client.query('select * from thing where id = $1', [1])
    for (let n = 0; n < 3; n++) await all()
    await database.superuser.query('alter table thing add column more int')
    await expect(all()).rejects.toThrow('cached plan must not change result type')
    for (let n = 0; n < 3; n++) expect((await all()).rows).toEqual([{ id: 1, name: 'one', more: null }])
  })

  it('asks row-level security anew each time, whatever was said when the plan was made', async () => {
    await database.superuser.query(`create table own (owner text); insert into own values ('a'), ('b');
      create function current_owner() returns text language sql stable as $$ select nullif(current_setting('test.owner', true), '') $$;
      alter table own enable row level security; alter table own force row level security;
      create policy own_all on own using (owner = current_owner()); grant select on own to public; create role reader;`)
    await client.query('set role reader')
    const seenBy = async (owner: string) => {
      await client.query('begin')
      await client.query(`select set_config('test.owner', $1, true)`, [owner])
      const { rows } = await client.query<{ owner: string }>('select owner from own where owner <> $1 order by owner', ['c'])
      await client.query('commit')
      return rows.map((row) => row.owner)
    }
    for (const mode of ['auto', 'force_generic_plan', 'force_custom_plan']) {
      await client.query(`set plan_cache_mode = ${mode}`)
      for (const owner of ['a', 'b', '', 'a', 'b', '', 'a', 'b', 'c']) expect(await seenBy(owner), mode).toEqual(['a', 'b'].filter((one) => one === owner))
    }
    const { rows } = await client.query<{ generic: string }>('select sum(generic_plans) as generic from pg_prepared_statements')
    expect(Number(rows[0]!.generic)).toBeGreaterThan(0)
    await client.query('reset role; drop owned by reader; drop role reader')
  })

  it('says what is wrong with a statement, kept or not', async () => {
    for (let n = 0; n < 3; n++) await expect(client.query('select $1::int / 0', [1])).rejects.toThrow('division by zero')
    for (let n = 0; n < 3; n++) await expect(client.query('select nothing($1)', [1])).rejects.toThrow('does not exist')
    expect((await client.query('select $1::int as one', [1])).rows).toEqual([{ one: 1 }])
  })
})
