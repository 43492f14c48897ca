import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { App } from '#platform/app.ts'
import { ANONYMOUS, type Actor, type OperatorActor } from '#platform/auth/actor.ts'
import { readConfig } from '#platform/config.ts'
import { openDatabase } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { createServer, type Readiness } from '#platform/http/server.ts'
import type { Route } from '#platform/http/route.ts'
import { createIds, type OperatorId, type PersonId } from '#platform/ids.ts'
import { createLog } from '#platform/log.ts'
import { TestClock } from '#test/harness/clock.ts'
import { freshDatabase, type TestDatabase } from '#test/harness/database.ts'

export interface TestFloor extends AsyncDisposable {
  readonly app: App
  readonly clock: TestClock
  readonly database: TestDatabase
  /** A person of the one operator that the database holds, in a session or with a token. */
  readonly session: OperatorActor
  readonly token: OperatorActor
  /** A server over routes of the test's own; several may run on one floor. */
  serve(routes: readonly Route[], options?: { consoleDir?: string; ready?: () => Promise<Readiness>; app?: App }): Promise<FastifyInstance>
}

export const ALL_READY: Readiness = { database: true, objects: true, log: true, worker: true, demonstration: true }

/**
 * What a server stands on, for tests of the web layer alone: real database, keys, ids, a clock that
 * tests move. `authorization: Bearer token` is the person's token, `cookie: vedette=session` the session.
 */
export async function testFloor(env: NodeJS.ProcessEnv = {}): Promise<TestFloor> {
  const dataDir = mkdtempSync(join(tmpdir(), 'vedette-http-'))
  const config = readConfig('live', { VEDETTE_DATA: dataDir, VEDETTE_LOG_LEVEL: 'silent', VEDETTE_RATE_LIMIT: '1000000', ...env })
  const log = createLog('test', config.logLevel)
  const database = await freshDatabase()
  const db = openDatabase(database.app, (error) => log.error({ err: error }, 'database'))
  const clock = new TestClock()
  const ids = createIds(() => clock.now().getTime())
  const keys = { master: randomBytes(32), masterId: 'test' } as App['keys']
  const app = { config, log, clock, ids, db, keys } as unknown as App
  const { session, token } = await seedPerson(database, ids)
  const servers: FastifyInstance[] = []
  const identify = async ({ headers }: FastifyRequest): Promise<Actor> => {
    if (headers.authorization === 'Bearer token') return token
    if (headers.authorization !== undefined) throw new Problem('NOT_SIGNED_IN')
    return headers.cookie === 'vedette=session' ? session : ANONYMOUS
  }
  return {
    app,
    clock,
    database,
    session,
    token,
    async serve(routes, options = {}) {
      const ready = options.ready ?? (async () => ALL_READY)
      const server = await createServer(options.app ?? app, { routes, identify, ready, ...(options.consoleDir ? { consoleDir: options.consoleDir } : {}) })
      servers.push(server)
      await server.ready()
      return server
    },
    async [Symbol.asyncDispose]() {
      for (const server of servers) await server.close()
      await db.close()
      await database.drop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

async function seedPerson(database: TestDatabase, ids: App['ids']): Promise<{ session: OperatorActor; token: OperatorActor }> {
  const operator = ids.next<'operator'>() as OperatorId
  const person = ids.next<'person'>() as PersonId
  await database.superuser.query(`insert into operator (id, name, created_at) values ($1, 'Operator', now())`, [operator])
  await database.superuser.query(`insert into person (id, operator_id, name, created_at) values ($1, $2, 'Operator analyst', now())`, [person, operator])
  const actor = { kind: 'operator', person, operator, roles: ['analyst'] } as const
  return {
    session: { ...actor, credential: { kind: 'session', id: ids.next<'session'>(), method: 'passkey' } },
    token: { ...actor, credential: { kind: 'token', id: ids.next<'api-token'>(), scopes: ['account:read', 'people:write'] } },
  }
}

export const BEARER = { authorization: 'Bearer token' }
