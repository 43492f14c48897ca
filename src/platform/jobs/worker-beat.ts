import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { system } from '#platform/auth/actor.ts'
import { repeat } from '#platform/clock/clock.ts'
import type { Database } from '#platform/db/database.ts'
import { describeFailure } from '#platform/jobs/engine.ts'
import type { Log } from '#platform/log.ts'

const BEAT_EVERY_MS = 3_000
const ACTOR = system('worker')

/** Says every three seconds, on the database's clock, that this worker lives. Resolves after the first beat. */
export async function startBeat(db: Database, log: Log): Promise<{ stop(): Promise<void>; heard(): boolean }> {
  const id = randomUUID()
  let heard = true
  const beat = () =>
    db.transaction(ACTOR, async (tx) => {
      await sql`insert into worker_beat (id) values (${id}) on conflict (id) do update set beat_at = clock_timestamp()`.execute(tx.db)
    })
  await beat()
  const end = repeat(BEAT_EVERY_MS, async () => {
    try {
      await beat()
      heard = true
    } catch (error) {
      heard = false
      log.error({ failure: describeFailure(error) }, 'the worker could not say that it lives')
    }
  })
  return {
    heard: () => heard,
    stop: async () => {
      await end()
      await db.transaction(ACTOR, async (tx) => {
        await tx.db.deleteFrom('worker_beat').where('id', '=', id).execute()
      })
    },
  }
}

/** Whether any worker of this instance has said within fifteen seconds that it lives. */
export async function workerAlive(db: Database): Promise<boolean> {
  return db.read(ACTOR, async (tx) => {
    const { rows } = await sql<{ alive: boolean }>`
      select exists (select from worker_beat where beat_at > clock_timestamp() - interval '15 seconds') as alive`.execute(tx.db)
    return rows[0]!.alive
  })
}
