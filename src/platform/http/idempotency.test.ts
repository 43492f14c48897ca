import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { rule } from '#platform/auth/rule.ts'
import { system } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { jobs } from '#platform/http/jobs.ts'
import { route, type Route } from '#platform/http/route.ts'
import { openDatabase } from '#platform/db/database.ts'
import { BEARER, testFloor, type TestFloor } from '#test/harness/http.ts'

const MINUTE = 60_000
const access = rule('thing.create', { operator: 'any', scope: 'account:read' })

/** Lets a test hold an execution open in the middle of its transaction. */
let gate: Promise<void> | undefined
let inside: (() => void) | undefined

const Body = z.object({ name: z.string(), fail: z.enum(['before', 'inside', 'after']).optional() })

function thingRoutes(floor: TestFloor): Route[] {
  const write = async (tx: Tx, name: string) => {
    const id = floor.app.ids.next<'operator'>()
    await tx.db.insertInto('operator').values({ id, name, created_at: floor.clock.now() }).execute()
    return id
  }
  const handle = async ({ body }: { body: z.output<typeof Body> }) => {
    if (body.fail === 'before') throw new Problem('CONFLICT')
    const id = await floor.app.db.transaction(system('test'), async (tx) => {
      const made = await write(tx, body.name)
      inside?.()
      await gate
      if (body.fail === 'inside') throw new Error('disk on fire')
      return made
    })
    if (body.fail === 'after') throw new Error('lost on the way')
    return { id, secret: 'one-time-secret' }
  }
  const common = {
    method: 'POST',
    summary: 'Creates.',
    tag: 'test',
    access,
    status: 201,
    body: Body,
    response: z.object({ id: z.string(), secret: z.string() }),
  } as const
  return [
    route({ ...common, url: '/api/things', creates: true, secret: true, handle }),
    route({ ...common, url: '/api/others', creates: true, handle }),
    route({ ...common, url: '/api/unkeyed', handle }),
  ]
}

let floor: TestFloor
/** Two servers on one database, as two processes are. */
let server: FastifyInstance
let second: FastifyInstance

beforeAll(async () => {
  floor = await testFloor()
  const routes = thingRoutes(floor)
  server = await floor.serve(routes)
  second = await floor.serve(routes)
})
beforeEach(() => {
  gate = undefined
  inside = undefined
})
afterAll(() => floor[Symbol.asyncDispose]())

let keys = 0
const freshKey = () => `key-${keys++}`
const send = (
  key: string | undefined,
  body: z.input<typeof Body>,
  { url = '/api/things', on = server, headers = BEARER }: { url?: string; on?: FastifyInstance; headers?: Record<string, string> } = {},
) => on.inject({ method: 'POST', url, payload: body, headers: { ...headers, ...(key === undefined ? {} : { 'idempotency-key': key }) } })
const codeOf = async (reply: ReturnType<typeof send>) => ((await reply).json() as { code?: string }).code

async function count(name: string): Promise<number> {
  const { rows } = await floor.database.superuser.query<{ n: string }>('select count(*) as n from operator where name = $1', [name])
  return Number(rows[0]!.n)
}

/** Holds the next execution inside its transaction until `open` is called. */
function hold(): { reached: Promise<void>; open: () => void } {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>()
  const { promise: reached, resolve } = Promise.withResolvers<void>()
  gate = opened
  inside = resolve
  return { reached, open }
}

describe('a key', () => {
  it('gives the same answer again, from any server, and the act is done once', async () => {
    const key = freshKey()
    const first = await send(key, { name: 'once' })
    expect([first.statusCode, first.headers['idempotency-replayed']]).toEqual([201, undefined])
    for (const on of [server, second]) {
      const again = await send(key, { name: 'once' }, { on })
      expect([again.statusCode, again.body, again.headers['idempotency-replayed'], again.headers['content-type']]).toEqual([
        201,
        first.body,
        'true',
        first.headers['content-type'],
      ])
    }
    expect(await count('once')).toBe(1)
  })

  it('is what makes it so: without one, or on a route that keeps none, each request is done', async () => {
    await send(undefined, { name: 'control' })
    await send(undefined, { name: 'control' })
    const key = freshKey()
    await send(key, { name: 'control' }, { url: '/api/unkeyed' })
    await send(key, { name: 'control' }, { url: '/api/unkeyed' })
    expect(await count('control')).toBe(4)
  })

  it('is refused with another body or on another route', async () => {
    const key = freshKey()
    await send(key, { name: 'mine' })
    expect(await codeOf(send(key, { name: 'other' }))).toBe('IDEMPOTENCY_KEY_REUSED')
    expect(await codeOf(send(key, { name: 'mine' }, { url: '/api/others' }))).toBe('IDEMPOTENCY_KEY_REUSED')
    expect([await count('mine'), await count('other')]).toEqual([1, 0])
  })

  it('belongs to one person', async () => {
    const key = freshKey()
    await send(key, { name: 'personal' })
    expect(await codeOf(send(key, { name: 'personal' }, { headers: {} }))).toBe('NOT_SIGNED_IN')
  })

  it.each(['', 'a b', 'é', 'x'.repeat(201), 'a\tb'])('is refused when it is %j', async (key) => {
    expect(await codeOf(send(key, { name: 'bad' }))).toBe('VALIDATION_FAILED')
    expect(await count('bad')).toBe(0)
  })

  it('answers the same for a day and is new after it', async () => {
    const key = freshKey()
    await send(key, { name: 'daily' })
    floor.clock.advance(24 * 60 * MINUTE - 1)
    expect((await send(key, { name: 'daily' })).headers['idempotency-replayed']).toBe('true')
    floor.clock.advance(1)
    expect((await send(key, { name: 'daily' })).headers['idempotency-replayed']).toBeUndefined()
    expect(await count('daily')).toBe(2)
  })

  it('is forgotten by the hourly job once it is a day old', async () => {
    await send(freshKey(), { name: 'old' })
    floor.clock.advance(24 * 60 * MINUTE)
    await send(freshKey(), { name: 'new' })
    await jobs[0]!.run(floor.app, undefined as never, new AbortController().signal)
    const { rows } = await floor.database.superuser.query('select 1 from idempotency')
    expect(rows).toHaveLength(1)
  })
})

describe('two requests with one key at the same time', () => {
  it('are never both done: the second is refused while the first is at work', async () => {
    const key = freshKey()
    const { reached, open } = hold()
    const first = send(key, { name: 'pair' })
    await reached
    expect(await codeOf(send(key, { name: 'pair' }, { on: second }))).toBe('CONFLICT')
    open()
    expect((await first).statusCode).toBe(201)
    expect((await send(key, { name: 'pair' }, { on: second })).headers['idempotency-replayed']).toBe('true')
    expect(await count('pair')).toBe(1)
  })

  it('are done once in any order of arrival', async () => {
    for (let round = 0; round < 20; round++) {
      const key = freshKey()
      const name = `race-${round}`
      const replies = await Promise.all([server, second, server, second].map((on) => send(key, { name }, { on })))
      expect(replies.filter(({ statusCode }) => statusCode === 201).length).toBeGreaterThan(0)
      expect(replies.every(({ statusCode }) => statusCode === 201 || statusCode === 409)).toBe(true)
      expect(await count(name)).toBe(1)
    }
  })

  it('are both done without a key', async () => {
    await Promise.all([send(undefined, { name: 'no-key' }), send(undefined, { name: 'no-key' }, { on: second })])
    expect(await count('no-key')).toBe(2)
  })
})

describe('an attempt that fails', () => {
  it('gives the key back when nothing was committed', async () => {
    for (const fail of ['before', 'inside'] as const) {
      const key = freshKey()
      const name = `failed-${fail}`
      expect((await send(key, { name, fail })).statusCode).toBeGreaterThanOrEqual(400)
      expect((await send(key, { name })).statusCode).toBe(201)
      expect(await count(name)).toBe(1)
    }
  })

  it('after its commit is never done again: its answer is lost, and that is said', async () => {
    const key = freshKey()
    expect((await send(key, { name: 'lost', fail: 'after' })).statusCode).toBe(500)
    floor.clock.advance(10 * MINUTE)
    expect(await codeOf(send(key, { name: 'lost', fail: 'after' }))).toBe('CONFLICT')
    expect(await count('lost')).toBe(1)
  })

  it('by a crash before its commit leaves a claim that the next attempt takes over after two minutes, not before', async () => {
    const key = freshKey()
    const { reached, open } = hold()
    const slow = send(key, { name: 'taken-over' })
    await reached
    floor.clock.advance(2 * MINUTE - 1)
    expect(await codeOf(send(key, { name: 'taken-over' }, { on: second }))).toBe('CONFLICT')
    floor.clock.advance(1)
    gate = undefined
    expect((await send(key, { name: 'taken-over' }, { on: second })).statusCode).toBe(201)
    open()
    // The first was not dead but slow: what it did is rolled back, because its claim is another's now.
    expect(await codeOf(slow)).toBe('CONFLICT')
    expect(await count('taken-over')).toBe(1)
  })

  it('by a connection that breaks inside the act commits nothing and marks nothing', async () => {
    const own = openDatabase(floor.database.app, () => undefined)
    const broken = { ...floor.app, db: own }
    const routes = thingRoutes({ ...floor, app: broken })
    const server = await floor.serve(routes, { app: broken })
    const key = freshKey()
    const { reached, open } = hold()
    const attempt = send(key, { name: 'cut' }, { on: server })
    await reached
    await floor.database.superuser.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename <> current_user and state = 'idle in transaction'`,
    )
    open()
    expect((await attempt).statusCode).toBeGreaterThanOrEqual(500)
    gate = undefined
    floor.clock.advance(2 * MINUTE)
    expect((await send(key, { name: 'cut' }, { on: server })).statusCode).toBe(201)
    expect(await count('cut')).toBe(1)
    await own.close()
  })
})

describe('a kept answer', () => {
  it('is sealed: the secret it holds is nowhere in the table', async () => {
    const key = freshKey()
    const { secret } = (await send(key, { name: 'sealed' })).json() as { secret: string }
    const { rows } = await floor.database.superuser.query<{ sealed_response: Buffer }>('select * from idempotency where key = $1', [key])
    expect(JSON.stringify(rows)).not.toContain(secret)
    expect(rows[0]!.sealed_response.includes(secret)).toBe(false)
    expect(rows[0]!.sealed_response.length).toBeGreaterThan(secret.length)
  })

  it('does not open when it was altered, or put under another key', async () => {
    const [a, b] = [freshKey(), freshKey()]
    await send(a, { name: 'moved' })
    await send(b, { name: 'moved' })
    await floor.database.superuser.query(`update idempotency set sealed_response = (select sealed_response from idempotency where key = $1) where key = $2`, [
      a,
      b,
    ])
    expect((await send(b, { name: 'moved' })).statusCode).toBe(500)
    await floor.database.superuser.query(
      `update idempotency set sealed_response = set_byte(sealed_response, 20, get_byte(sealed_response, 20) # 1) where key = $1`,
      [a],
    )
    expect((await send(a, { name: 'moved' })).statusCode).toBe(500)
    expect(await count('moved')).toBe(2)
  })
})
