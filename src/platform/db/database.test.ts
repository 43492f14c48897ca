import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from 'kysely'
import { system, type ContactActor, type OperatorActor } from '#platform/auth/actor.ts'
import { pause } from '#platform/clock/clock.ts'
import { openDatabase, type Database, type Tx } from '#platform/db/database.ts'
import type { OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import { freshDatabase, type TestDatabase } from '#test/harness/database.ts'

const id = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`
const operator = (n: number): OperatorActor => ({
  kind: 'operator',
  person: id(100 + n) as PersonId,
  operator: id(n) as OperatorId,
  roles: ['author'],
  credential: { kind: 'session', id: id(9) as never, method: 'passkey' },
})
const contact = (organisation: number): ContactActor => ({
  kind: 'contact',
  person: id(200) as PersonId,
  organisation: id(organisation) as OrganisationId,
  organisationKind: 'vendor',
  roles: ['admin'],
  credential: { kind: 'session', id: id(9) as never, method: 'passkey' },
})

describe('the database', () => {
  let fresh: TestDatabase
  let db: Database

  beforeAll(async () => {
    fresh = await freshDatabase()
    db = openDatabase(fresh.app, () => undefined)
    const at = new Date()
    await db.transaction(system('test'), async (tx) => {
      await tx.db
        .insertInto('operator')
        .values([1, 2].map((n) => ({ id: id(n), name: `Operator ${n}`, created_at: at })))
        .execute()
      await tx.db
        .insertInto('organisation')
        .values([11, 12].map((n) => ({ id: id(n), name: `Vendor ${n}`, kind: 'vendor', created_at: at })))
        .execute()
      await tx.db
        .insertInto('membership')
        .values([
          { organisation_id: id(11), operator_id: id(1), tier: 'advance', state: 'active', created_at: at },
          { organisation_id: id(12), operator_id: id(2), tier: 'entry', state: 'active', created_at: at },
        ])
        .execute()
    })
  })
  afterAll(async () => {
    await db.close()
    await fresh.drop()
  })

  const names = (table: 'operator' | 'organisation') => async (tx: Tx) =>
    (await tx.db.selectFrom(table).select('name').orderBy('name').execute()).map((row) => row.name)

  it('knows no instant until it is told one, and then the one at which a transaction began, whoever asks in it', async () => {
    const own = openDatabase(fresh.app, () => undefined)
    const instant = async (tx: Tx) => (await sql<{ now: Date | null }>`select current_instant() as now`.execute(tx.db)).rows[0]!.now
    try {
      expect(await own.read(contact(12), instant)).toBe(null)
      let now = new Date('2026-12-03T18:00:00.000Z')
      own.keepTime(() => now)
      await own.transaction(contact(12), async (tx) => {
        const began = now
        now = new Date('2026-12-03T18:00:00.001Z')
        expect(await instant(tx)).toEqual(began)
        await tx.asSystem(async () => undefined)
        expect(await instant(tx)).toEqual(began)
      })
      expect(await own.read(contact(12), instant)).toEqual(now)
    } finally {
      await own.close()
    }
  })

  it('shows an operator only its own members', async () => {
    expect(await db.read(operator(1), names('organisation'))).toEqual(['Vendor 11'])
    expect(await db.read(operator(2), names('organisation'))).toEqual(['Vendor 12'])
  })

  it('shows a contact only its own organisation and the operators it belongs to', async () => {
    expect(await db.read(contact(12), names('organisation'))).toEqual(['Vendor 12'])
    expect(await db.read(contact(12), names('operator'))).toEqual(['Operator 2'])
  })

  it('ends with the membership: a contact no longer sees the operator, the operator no longer sees the contact', async () => {
    const person = { id: id(300), organisation_id: id(12), name: 'Contact', created_at: new Date() }
    const people = async (tx: Tx) => (await tx.db.selectFrom('person').select('name').execute()).length
    await db.transaction(system('test'), (tx) => tx.db.insertInto('person').values(person).execute())
    for (const [state, seen, known] of [
      ['active', ['Operator 2'], 1],
      ['suspended', [], 1],
      ['terminated', [], 0],
    ] as const) {
      await db.transaction(system('test'), (tx) => tx.db.updateTable('membership').set({ state }).where('organisation_id', '=', id(12)).execute())
      expect(await db.read(contact(12), names('operator'))).toEqual(seen)
      expect(await db.read(operator(2), people)).toBe(known)
    }
    await db.transaction(system('test'), (tx) => tx.db.updateTable('membership').set({ state: 'active' }).where('organisation_id', '=', id(12)).execute())
  })

  it('shows nothing to nobody', async () => {
    expect(await db.read({ kind: 'anonymous' }, names('organisation'))).toEqual([])
  })

  it('refuses a membership written for another operator', async () => {
    const write = db.transaction(operator(1), (tx) =>
      tx.db
        .insertInto('membership')
        .values({ organisation_id: id(11), operator_id: id(2), tier: 'entry', state: 'active', created_at: new Date() })
        .execute(),
    )
    await expect(write).rejects.toThrow(/row-level security/)
  })

  it('returns to the actor after a step as system, even when that step fails', async () => {
    await db.read(operator(1), async (tx) => {
      expect(await tx.asSystem(async (inner) => (await inner.selectFrom('organisation').select('id').execute()).length)).toBe(2)
      await expect(tx.asSystem(async () => Promise.reject(new Error('step failed')))).rejects.toThrow('step failed')
      expect(await names('organisation')(tx)).toEqual(['Vendor 11'])
    })
  })

  it('forgets who asked when the connection goes back to the pool', async () => {
    await db.read(system('test'), names('organisation'))
    const { rows } = await db.pool.query('select count(*)::int as n from organisation')
    expect(rows[0]).toEqual({ n: 0 })
  })

  it('forces row-level security on every table and gives the application ownership of none', async () => {
    const { rows } = await fresh.superuser.query<{ name: string; forced: boolean; owner: string }>(
      `select relname as name, relrowsecurity and relforcerowsecurity as forced, pg_get_userbyid(relowner) as owner
       from pg_class where relkind in ('r', 'p') and not relispartition and relnamespace = 'public'::regnamespace and relname not like 'kysely_%'`,
    )
    expect(rows.length).toBeGreaterThan(20)
    expect(rows.filter((row) => !row.forced || row.owner !== 'vedette_owner')).toEqual([])
  })

  it('runs before-commit steps last and rolls everything back when one fails', async () => {
    const attempt = db.transaction(system('test'), async (tx) => {
      tx.beforeCommit(() => Promise.reject(new Error('no record')))
      await tx.db
        .insertInto('operator')
        .values({ id: id(3), name: 'Operator 3', created_at: new Date() })
        .execute()
    })
    await expect(attempt).rejects.toThrow('no record')
    expect(await db.read(system('test'), names('operator'))).toEqual(['Operator 1', 'Operator 2'])
  })

  it('calls a row that somebody else wrote first a conflict, whoever of two was quicker, and undoes the whole transaction', async () => {
    const insert = (own: number) =>
      db.transaction(system('test'), async (tx) => {
        for (const n of [own, 77])
          await tx.db
            .insertInto('operator')
            .values({ id: id(n), name: `Of ${own}`, created_at: new Date() })
            .execute()
      })
    const done = await Promise.allSettled([insert(78), insert(79)])
    expect(done.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(done.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'CONFLICT', cause: { code: '23505' } } })
    const { rows } = await fresh.superuser.query('delete from operator where id = any($1) returning name', [[77, 78, 79].map(id)])
    expect([rows.length, new Set(rows.map(({ name }: { name: string }) => name)).size]).toEqual([2, 1])
  })

  it('leaves an injected statement no way around row-level security but to claim to be the system', async () => {
    const attempt = (statement: string) => db.pool.query(statement)
    for (const statement of [
      'create temp table session (id uuid)',
      'create table stray (id uuid)',
      'select lo_create(0)',
      `select lo_from_bytea(0, '\\x00')`,
      `copy operator to '/tmp/stolen'`,
      `select pg_read_file('/etc/passwd')`,
      'alter table operator disable row level security',
      'delete from audit_leaf',
      'update audit_leaf set action = action',
      'truncate audit_leaf',
    ]) {
      await expect(attempt(statement), statement).rejects.toMatchObject({ code: '42501' })
    }
  })

  it('cannot be talked into another role', async () => {
    await expect(db.read(operator(1), (tx) => sql`set role vedette_owner`.execute(tx.db))).rejects.toThrow(/permission denied/)
  })

  it('tells whoever uses a connection that is lost, and goes on living', async () => {
    const using = db.transaction(system('test'), async (tx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx.db)
      await fresh.superuser.query('select pg_terminate_backend($1)', [rows[0]!.pid])
      await pause(100)
      await sql`select 1`.execute(tx.db)
    })
    await expect(using).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
    expect(await db.read(system('test'), names('operator'))).toEqual(['Operator 1', 'Operator 2'])
  })
})
