import { randomUUID } from 'node:crypto'
import { fc, test } from '@fast-check/vitest'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ANONYMOUS, system, type Actor } from '#platform/auth/actor.ts'
import type { OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import { checkJobData } from '#platform/jobs/job-data.ts'
import type { JobQueue } from '#platform/jobs/jobs.ts'
import { freshDatabase, type TestDatabase } from '#test/harness/database.ts'
import { openJobsApp, type JobsApp } from '#test/harness/jobs.ts'

const queue: JobQueue<{ id: string }> = { name: 'test.enqueue' }
const single: JobQueue<{ id: string }> = { name: 'test.single', single: true }

const credential = { kind: 'session', id: randomUUID() as never, method: 'passkey' } as const
const ACTORS: Actor[] = [
  system('test'),
  ANONYMOUS,
  { kind: 'operator', person: randomUUID() as PersonId, operator: randomUUID() as OperatorId, roles: [], credential },
  { kind: 'contact', person: randomUUID() as PersonId, organisation: randomUUID() as OrganisationId, organisationKind: 'vendor', roles: [], credential },
]

let database: TestDatabase
let app: JobsApp
beforeAll(async () => {
  database = await freshDatabase()
  app = await openJobsApp(database.app)
})
afterAll(async () => {
  await app?.close()
  await database?.drop()
})

const rows = async (id: string) => (await database.superuser.query('select * from jobs.job where id = $1', [id])).rows as Record<string, unknown>[]
const act = system('test')

describe('enqueueing', () => {
  for (const actor of ACTORS) {
    it(`leaves a job when the transaction of ${actor.kind} commits`, async () => {
      const data = { id: randomUUID() }
      const id = await app.db.transaction(actor, (tx) => app.jobs.send(tx, queue, data))
      expect(await rows(id)).toMatchObject([{ name: queue.name, data, state: 'created' }])
    })

    it(`leaves no job when the transaction of ${actor.kind} is rolled back`, async () => {
      let id = ''
      const refused = app.db.transaction(actor, async (tx) => {
        id = await app.jobs.send(tx, queue, { id: randomUUID() })
        throw new Error('no')
      })
      await expect(refused).rejects.toThrow('no')
      expect(id).not.toBe('')
      expect(await rows(id)).toEqual([])
    })
  }

  it('waits from the trusted instant on, on the clock of the database', async () => {
    const startAfter = new Date(app.clock.now().getTime() + 60_000)
    const id = await app.db.transaction(act, (tx) => app.jobs.send(tx, queue, { id: randomUUID() }, { startAfter }))
    const { rows: waits } = await database.superuser.query<{ seconds: number }>(
      'select round(extract(epoch from start_after - created_on))::int as seconds from jobs.job where id = $1',
      [id],
    )
    expect(waits).toEqual([{ seconds: 60 }])
  })

  it('keeps one waiting job of a single queue however often it is woken, and says so to who sends', async () => {
    const data = { id: randomUUID() }
    for (let time = 0; time < 3; time++) await app.db.transaction(act, (tx) => app.jobs.wake(tx, single, data))
    const { rowCount } = await database.superuser.query('select from jobs.job where name = $1', [single.name])
    expect(rowCount).toBe(1)
    await expect(app.db.transaction(act, (tx) => app.jobs.send(tx, single, data))).rejects.toThrow('wake')
  })

  it('cancels a waiting job, and only once', async () => {
    const id = await app.db.transaction(act, (tx) => app.jobs.send(tx, queue, { id: randomUUID() }))
    expect(await app.db.transaction(act, (tx) => app.jobs.cancel(tx, queue, id))).toBe(true)
    expect(await rows(id)).toMatchObject([{ state: 'cancelled' }])
    expect(await app.db.transaction(act, (tx) => app.jobs.cancel(tx, queue, id))).toBe(false)
  })

  it('brings a queue of an earlier version up to what the code says', async () => {
    const changed = { ...queue, retries: 9, heartbeatSeconds: 40 }
    const other = await openJobsApp(database.app)
    try {
      await other.db.transaction(act, (tx) => other.jobs.send(tx, changed, { id: randomUUID() }))
    } finally {
      await other.close()
    }
    const found = await database.superuser.query('select retry_limit, heartbeat_seconds from jobs.queue where name = $1', [queue.name])
    expect(found.rows).toEqual([{ retry_limit: 9, heartbeat_seconds: 40 }])
  })

  it('makes a new queue once when many send to it at the same time', async () => {
    const fresh: JobQueue<{ id: string }> = { name: 'test.at-once' }
    const others = await Promise.all([openJobsApp(database.app), openJobsApp(database.app)])
    const send = (from: JobsApp) => from.db.transaction(act, (tx) => from.jobs.send(tx, fresh, { id: randomUUID() }))
    const ids = await Promise.all([...others, app].flatMap((from) => [send(from), send(from), send(from)]))
    await Promise.all(others.map((other) => other.close()))
    expect(new Set(ids).size).toBe(9)
  })
})

describe('what a job may hold', () => {
  it('is refused when it is more than ids and short names', async () => {
    const sentence = { id: 'Heap overflow in the font parser' }
    await expect(app.db.transaction(act, (tx) => app.jobs.send(tx, queue, sentence))).rejects.toThrow(TypeError)
    for (const value of [{ deep: 1 }, 1.5, 'x'.repeat(129), 'a b', 'line\nbreak', '', undefined, Buffer.from('x')]) {
      expect(() => checkJobData('test', { value })).toThrow(TypeError)
    }
  })

  test.prop([fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.oneof(fc.uuid(), fc.maxSafeInteger(), fc.boolean(), fc.array(fc.uuid())), { maxKeys: 16 })])(
    'is accepted when it is ids, whole numbers and booleans',
    (data) => {
      expect(() => checkJobData('test', data)).not.toThrow()
    },
  )

  test.prop([fc.string().filter((text) => /[^A-Za-z0-9._:/-]/.test(text))])('is refused when a text has anything but the letters of a name', (text) => {
    expect(() => checkJobData('test', { text })).toThrow(TypeError)
  })
})
