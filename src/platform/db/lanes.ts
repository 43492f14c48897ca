import pg from 'pg'
import type { Actor } from '#platform/auth/actor.ts'
import { keepPlans } from '#platform/db/keep-plans.ts'
import { joinMessages } from '#platform/db/round-trips.ts'

/**
 * The connections of a process, kept apart so that none of these waits for another: `inside` is the work of whoever is
 * signed in and of the program itself, `identity` finding out who that is (anybody can make up a cookie), `outside` what
 * may be asked for without being signed in, `clock` the comparison of the clocks, without which the trusted instant would
 * stand still.
 */
export const LANES = ['inside', 'identity', 'outside', 'clock'] as const
export type Lane = (typeof LANES)[number]

/** Fewest connections that fill every lane. */
export const FEWEST_CONNECTIONS = LANES.length

/** Connections of the lanes that strangers can fill, however many there are. */
const MOST_OUTSIDE = 2

/** How long a transaction waits for a connection before it is refused with DATABASE_UNAVAILABLE. */
const WAIT_MS: Readonly<Record<Lane, number>> = { inside: 5_000, identity: 5_000, outside: 1_000, clock: 5_000 }

/** Program parts that have a lane other than `inside`. */
const LANE_OF_SYSTEM: ReadonlyMap<string, Lane> = new Map([
  ['identify', 'identity'],
  ['sign-in', 'outside'],
  // What everybody may read: the public pages of a programme.
  ['directory', 'outside'],
  // Anybody can make up the address of a calendar file; whose it is does what follows as that person.
  ['calendar-feed.read', 'outside'],
  ['clock', 'clock'],
])

export function laneOf(actor: Actor): Lane {
  if (actor.kind === 'anonymous') return 'outside'
  return actor.kind === 'system' ? (LANE_OF_SYSTEM.get(actor.name) ?? 'inside') : 'inside'
}

/** How many connections each lane has of `total`; one each when there are fewer than lanes. */
export function connectionsPerLane(total: number): Readonly<Record<Lane, number>> {
  const clock = 1
  const outside = Math.max(1, Math.min(MOST_OUTSIDE, Math.floor(total / 4)))
  const identity = outside
  return { inside: Math.max(1, total - identity - outside - clock), identity, outside, clock }
}

/** One pool per lane; each opens a connection only once somebody needs it. `settings` are the statements that say who asks. */
export function openLanes(connection: pg.PoolConfig, settings: readonly string[], report: (error: Error) => void): Readonly<Record<Lane, pg.Pool>> {
  const sizes = connectionsPerLane(connection.max ?? 10)
  const open = (lane: Lane): pg.Pool => {
    const onConnect = (client: pg.ClientBase) => joinMessages(client, keepPlans(client), settings)
    const pool = new pg.Pool({ connectionTimeoutMillis: WAIT_MS[lane], ...connection, max: sizes[lane], onConnect })
    pool.on('error', report)
    // The pool listens only while a connection is idle. Lost in use, its error would end the process; whoever uses it is told by the query that fails.
    pool.on('connect', (client) => {
      client.on('error', () => undefined)
    })
    return pool
  }
  return { inside: open('inside'), identity: open('identity'), outside: open('outside'), clock: open('clock') }
}
