import { fc, test as property } from '@fast-check/vitest'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ANONYMOUS, system, type Actor, type OperatorActor } from '#platform/auth/actor.ts'
import { openDatabase, type Database } from '#platform/db/database.ts'
import { connectionsPerLane, FEWEST_CONNECTIONS, laneOf } from '#platform/db/lanes.ts'
import { freshDatabase, type TestDatabase } from '#test/harness/database.ts'

const signedIn: OperatorActor = {
  kind: 'operator',
  person: '00000000-0000-7000-8000-000000000001' as never,
  operator: '00000000-0000-7000-8000-000000000002' as never,
  roles: ['author'],
  credential: { kind: 'session', id: '00000000-0000-7000-8000-000000000003' as never, method: 'passkey' },
}
const stranger = system('sign-in')
const CONNECTIONS = 6

describe('the lanes of the database', () => {
  let fresh: TestDatabase
  let db: Database
  let ends: (() => void)[] = []

  beforeAll(async () => {
    fresh = await freshDatabase()
  })
  afterAll(() => fresh.drop())
  beforeEach(() => {
    db = openDatabase({ ...fresh.app, max: CONNECTIONS, connectionTimeoutMillis: 300 }, () => undefined)
  })
  afterEach(async () => {
    for (const end of ends) end()
    ends = []
    await db.close()
  })

  const ask = (actor: Actor) => db.read(actor, async (tx) => (await sql`select 1`.execute(tx.db)).rows.length)
  /** Holds connections of an actor's lane until the test ends. */
  const hold = async (actor: Actor, count: number) => {
    for (let n = 0; n < count; n++) {
      const begun = Promise.withResolvers<void>()
      const held = new Promise<void>((resolve) => ends.push(resolve))
      void db.read(actor, async () => {
        begun.resolve()
        await held
      })
      await begun.promise
    }
  }

  it('lets nobody who is signed in, and no comparison of the clocks, wait for strangers', async () => {
    await hold(stranger, connectionsPerLane(CONNECTIONS).outside)
    for (const actor of [signedIn, system('worker'), system('identify'), system('clock')]) expect(await ask(actor)).toBe(1)
    for (const actor of [stranger, ANONYMOUS]) await expect(ask(actor)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', status: 503, cause: undefined })
    ends.pop()!()
    expect(await ask(ANONYMOUS), 'once there is room').toBe(1)
  })

  it('lets whoever is known be served while made-up credentials are looked up', async () => {
    await hold(system('identify'), connectionsPerLane(CONNECTIONS).identity)
    await expect(ask(system('identify'))).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
    for (const actor of [signedIn, stranger, system('worker'), system('clock')]) expect(await ask(actor)).toBe(1)
  })

  it('lets the clocks be compared while everybody else waits', async () => {
    await hold(signedIn, connectionsPerLane(CONNECTIONS).inside)
    await expect(ask(signedIn)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
    expect(await ask(system('clock'))).toBe(1)
    expect(await ask(stranger), 'the other way round too').toBe(1)
  })

  it('opens no more connections than it was given', async () => {
    await Promise.allSettled(Array.from({ length: CONNECTIONS * 5 }, (_, n) => ask([signedIn, stranger, system('clock')][n % 3]!)))
    const { rows } = await fresh.superuser.query<{ open: number }>(
      `select count(*)::int as open from pg_stat_activity where datname = current_database() and usename <> current_user`,
    )
    expect(rows[0]!.open).toBeGreaterThan(2)
    expect(rows[0]!.open).toBeLessThanOrEqual(CONNECTIONS)
  })

  it.each([
    [ANONYMOUS, 'outside'],
    [system('sign-in'), 'outside'],
    [system('calendar-feed.read'), 'outside'],
    [system('clock'), 'clock'],
    [system('identify'), 'identity'],
    [system('worker'), 'inside'],
    [system('constructor'), 'inside'],
    [signedIn, 'inside'],
  ] as const)('sends %j %s', (actor, lane) => {
    expect(laneOf(actor)).toBe(lane)
  })

  property.prop([fc.integer({ min: FEWEST_CONNECTIONS, max: 200 })])('have a connection each and together the total', (total) => {
    const { inside, identity, outside, clock } = connectionsPerLane(total)
    expect([inside + identity + outside + clock, Math.min(inside, identity, outside, clock) > 0, inside >= outside]).toEqual([total, true, true])
  })
})
