import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { withEachCommit, type Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { Answer } from '#platform/http/answer.ts'
import type { RouteLine } from '#platform/http/route-table.ts'
import { sealText, unsealText } from '#platform/crypto/seal-text.ts'
import type { Id } from '#platform/ids.ts'

/** How long a key answers the same. */
export const KEPT_MS = 24 * 60 * 60 * 1000

/** How long a claim of which nothing was committed is taken to be still at work. */
const AT_WORK_MS = 2 * 60 * 1000

interface Claim {
  readonly id: Id<'idempotency-claim'>
  readonly actor: PersonActor
  readonly key: string
  readonly route: string
  readonly digest: Buffer
}

const Kept = z.object({ status: z.number(), type: z.string(), headers: z.record(z.string(), z.string()), payload: z.string() })

/**
 * Executes a request at most once per person and Idempotency-Key, in any number of processes, and
 * answers a repetition with the same answer (`replayed`). Without the header it just executes.
 *
 * Three steps, each durable before the next. The claim is a row of its own, committed first. The act
 * then runs, and every transaction that it commits also marks the claim as executed in that same
 * transaction: either both happened or neither did, and a claim that was meanwhile given to another
 * attempt lets nothing commit. Last, the answer is kept, sealed, because it may hold a one-time secret.
 *
 * What a crash leaves: before the act's commit, a claim without a mark; nothing was done, and after
 * two minutes the next repetition executes. Between commit and the kept answer, a marked claim
 * without an answer: the act was done once and is never done again, and repetitions get CONFLICT for
 * 24 hours, because what it answered is lost. A refused or failed attempt gives the key back, unless
 * one of its transactions had committed.
 *
 * Throws IDEMPOTENCY_KEY_REUSED when the key came with another request, CONFLICT while the first
 * attempt is at work or when its answer was lost.
 */
export async function once(app: App, line: RouteLine, request: FastifyRequest, execute: () => Promise<Answer | undefined>): Promise<Answer | undefined> {
  const key = keyOf(request)
  if (key === undefined) return execute()
  const claim = describeClaim(app, line, request, key)
  const kept = await take(app, claim)
  if (kept) return { ...kept, headers: { ...kept.headers, 'idempotency-replayed': 'true' } }
  const answer = await withEachCommit((tx) => mark(app, tx, claim), execute).catch(async (error: unknown) => {
    await release(app, claim)
    throw error
  })
  if (answer) await keep(app, claim, answer)
  return answer
}

function keyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key === 'string' && /^[\x21-\x7e]{1,200}$/.test(key)) return key
  throw new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: '/headers/idempotency-key', message: '1 to 200 visible ASCII characters' }] })
}

function describeClaim(app: App, line: RouteLine, request: FastifyRequest, key: string): Claim {
  const digest = createHash('sha256').update(`${request.method} ${request.url}\n`)
  if (request.bodyDigest) digest.update(request.bodyDigest)
  return { id: app.ids.next(), actor: request.actor as PersonActor, key, route: `${line.method} ${line.url}`, digest: digest.digest() }
}

/** Takes the key for this attempt, or returns the answer that an earlier one kept. */
async function take(app: App, claim: Claim): Promise<Answer | undefined> {
  const now = app.clock.now()
  return app.db.transaction(claim.actor, async (tx) => {
    const { person } = claim.actor
    const inserted = await insertClaim(tx, claim, now)
    if (inserted) return undefined
    const row = await tx.db.selectFrom('idempotency').selectAll().where('person_id', '=', person).where('key', '=', claim.key).forUpdate().executeTakeFirst()
    if (!row) throw new Problem('CONFLICT', 'Another attempt with this key has just ended; send it again.')
    if (row.route !== claim.route || !row.request_digest.equals(claim.digest)) throw new Problem('IDEMPOTENCY_KEY_REUSED')
    if (row.sealed_response) return unseal(app, claim, row.sealed_response)
    if (row.executed_at) throw new Problem('CONFLICT', 'This was done, but its answer was lost; look at what is there before sending it under a new key.')
    if (now.getTime() - row.created_at.getTime() < AT_WORK_MS) throw new Problem('CONFLICT', 'The first attempt with this key is still at work.')
    await tx.db.updateTable('idempotency').set({ claim: claim.id, created_at: now }).where('claim', '=', row.claim).execute()
    return undefined
  })
}

async function insertClaim(tx: Tx, claim: Claim, now: Date): Promise<boolean> {
  const row = { person_id: claim.actor.person, key: claim.key, route: claim.route, request_digest: claim.digest, claim: claim.id, created_at: now }
  await tx.db
    .deleteFrom('idempotency')
    .where('person_id', '=', row.person_id)
    .where('key', '=', row.key)
    .where('created_at', '<=', new Date(now.getTime() - KEPT_MS))
    .execute()
  const { numInsertedOrUpdatedRows } = await tx.db
    .insertInto('idempotency')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow()
  return numInsertedOrUpdatedRows === 1n
}

/** Part of the act's own transaction: says that it was executed, or throws CONFLICT when the claim is no longer this attempt's. */
async function mark(app: App, tx: Tx, claim: Claim): Promise<void> {
  const { numUpdatedRows } = await tx.asSystem((db) =>
    db.updateTable('idempotency').set({ executed_at: app.clock.now() }).where('claim', '=', claim.id).executeTakeFirstOrThrow(),
  )
  if (numUpdatedRows !== 1n) throw new Problem('CONFLICT', 'Another attempt with this key took over.')
}

/** The act is done whatever happens here: a failure is logged, and a repetition gets CONFLICT. */
async function keep(app: App, claim: Claim, answer: Answer): Promise<void> {
  const values = { status: answer.status, sealed_response: seal(app, claim, answer) }
  await app.db
    .transaction(claim.actor, (tx) => tx.db.updateTable('idempotency').set(values).where('claim', '=', claim.id).execute())
    .catch((error: Error) => app.log.warn({ route: claim.route, message: error.message }, 'the answer to a repeatable request could not be kept'))
}

/** Gives the key back when nothing was committed; if that fails, the claim falls to the next attempt after two minutes. */
async function release(app: App, claim: Claim): Promise<void> {
  await app.db
    .transaction(claim.actor, (tx) => tx.db.deleteFrom('idempotency').where('claim', '=', claim.id).where('executed_at', 'is', null).execute())
    .catch((error: Error) => app.log.warn({ route: claim.route, message: error.message }, 'an idempotency key could not be given back'))
}

const placeOf = ({ actor, key, route }: Claim) => ({ purpose: 'idempotency', context: [actor.person, key, route] })

function seal(app: App, claim: Claim, answer: Answer): Buffer {
  const kept: z.input<typeof Kept> = { status: answer.status, type: answer.type, headers: { ...answer.headers }, payload: textOf(answer) }
  return sealText(app.keys, placeOf(claim), JSON.stringify(kept))
}

function textOf({ payload = '' }: Answer): string {
  if (payload instanceof Readable) throw new Error('a stream cannot be answered twice')
  return payload.toString()
}

function unseal(app: App, claim: Claim, sealed: Buffer): Answer {
  return Kept.parse(JSON.parse(unsealText(app.keys, placeOf(claim), sealed)))
}
