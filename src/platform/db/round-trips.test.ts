import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sql } from 'kysely'
import { system, type OperatorActor } from '#platform/auth/actor.ts'
import { openDatabase, type Database, type Tx } from '#platform/db/database.ts'
import type { OperatorId, PersonId } from '#platform/ids.ts'
import { freshDatabase, type TestDatabase } from '#test/harness/database.ts'

const INSERT = 'insert into operator (id, name, created_at) values (gen_random_uuid(), $1, now())'

const operator = (n: number): OperatorActor => ({
  kind: 'operator',
  person: `00000000-0000-7000-8000-00000000010${n}` as PersonId,
  operator: `00000000-0000-7000-8000-00000000000${n}` as OperatorId,
  roles: ['author'],
  credential: { kind: 'session', id: '00000000-0000-7000-8000-000000000009' as never, method: 'passkey' },
})

describe('messages to the database', () => {
  let fresh: TestDatabase
  let db: Database
  let answers = 0

  beforeAll(async () => {
    fresh = await freshDatabase()
    db = openDatabase({ ...fresh.app, max: 4 }, () => undefined)
    for (const pool of Object.values(db.lanes)) {
      pool.on('connect', (client) => {
        const { connection } = client as unknown as { connection: NodeJS.EventEmitter }
        connection.on('readyForQuery', () => answers++)
      })
    }
    await db.transaction(system('test'), async (tx) => {
      for (const n of [1, 2]) await insert(tx, n)
    })
    await db.read(operator(1), names)
  })
  beforeEach(() => {
    answers = 0
  })
  afterAll(async () => {
    await db.close()
    await fresh.drop()
  })

  const insert = (tx: Tx, n: number) =>
    tx.db
      .insertInto('operator')
      .values({ id: `00000000-0000-7000-8000-00000000000${n}`, name: `Operator ${n}`, created_at: new Date() })
      .execute()
  const names = async (tx: Tx) => (await tx.db.selectFrom('operator').select('name').orderBy('name').execute()).map(({ name }) => name)

  it('are two for a transaction of one statement, which runs in the name of its actor', async () => {
    expect(await db.read(operator(1), names)).toEqual(['Operator 1'])
    expect(answers).toBe(2)
    expect(await db.snapshot(operator(2), names)).toEqual(['Operator 2'])
    expect(answers).toBe(4)
    await db.transaction(system('test'), (tx) => insert(tx, 3))
    expect(answers).toBe(6)
  })

  it('are none for a transaction in which nothing is asked, and the next one is whole', async () => {
    await db.read(operator(1), async () => undefined)
    await expect(db.transaction(operator(1), () => Promise.reject(new Error('changed its mind')))).rejects.toThrow('changed its mind')
    expect(answers).toBe(0)
    expect(await db.read(operator(2), names)).toEqual(['Operator 2'])
  })

  it('are one for a single question, whose actor is forgotten after it, and which may change nothing', async () => {
    const text = 'select name, current_operator() as operator from operator where name <> $1'
    for (let n = 0; n < 3; n++) expect(await db.ask(operator(1), text, [''])).toEqual([{ name: 'Operator 1', operator: operator(1).operator }])
    expect(answers).toBe(3)
    const { rows } = await db.pool.query('select count(*)::int as n from operator')
    expect(rows).toEqual([{ n: 0 }])
    for (let n = 0; n < 3; n++) await expect(db.ask(system('test'), INSERT, ['x'])).rejects.toThrow(/read-only transaction/)
    expect(await db.ask(operator(1), text, [''])).toHaveLength(1)
  })

  it('keep a step as system apart from what comes before and after it', async () => {
    const seen = await db.read(operator(1), async (tx) => [
      await tx.asSystem(async (inner) => (await inner.selectFrom('operator').select('id').execute()).length),
      await names(tx),
      await tx.asSystem(async () => undefined),
      await names(tx),
    ])
    expect(seen).toEqual([3, ['Operator 1'], undefined, ['Operator 1']])
  })

  it('end a transaction whose first statement fails, and leave its connection good', async () => {
    for (let n = 0; n < 3; n++) {
      await expect(db.transaction(system('test'), (tx) => insert(tx, 1))).rejects.toMatchObject({ code: 'CONFLICT' })
      await expect(db.read(operator(1), (tx) => sql`select ${1}::int / 0`.execute(tx.db))).rejects.toThrow('division by zero')
      await expect(db.read(operator(1), (tx) => sql`select nothing`.execute(tx.db))).rejects.toThrow('does not exist')
    }
    expect(await db.read(operator(1), names)).toEqual(['Operator 1'])
  })

  it('begin a transaction also before a cursor and before several statements in one text', async () => {
    await db.transaction(operator(1), async (tx) => {
      const found: string[] = []
      for await (const { name } of tx.db.selectFrom('operator').select('name').stream(1)) found.push(name)
      expect(found).toEqual(['Operator 1'])
    })
    await expect(
      db.transaction(system('test'), async (tx) => {
        await sql.raw(`${INSERT.replace('$1', `'Operator 4'`)}; ${INSERT.replace('$1', `'Operator 5'`)}`).execute(tx.db)
        expect(await names(tx)).toHaveLength(5)
        throw new Error('undone')
      }),
    ).rejects.toThrow('undone')
    expect(await db.read(system('test'), names)).toEqual(['Operator 1', 'Operator 2', 'Operator 3'])
  })
})
