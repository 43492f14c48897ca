import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { stopwatch } from '#platform/clock/clock.ts'
import { fromEpochMicroseconds } from '#exchange/stix/instant.ts'
import { collectionUrlOf, connect } from '#exchange/remotes/connect.ts'
import { RemoteFailure } from '#exchange/remotes/failure.ts'
import { secretsOf, unsealLogin } from '#exchange/remotes/login.ts'
import { ENVELOPE_BYTES, envelopeOf, readPushable, type Pushable } from '#exchange/remotes/push-source.ts'
import type { RemoteClient } from '#exchange/remotes/remote-client.ts'
import { endWell, holdRun, RUNNER, SLICE_MS, waitTurn, type Work } from '#exchange/remotes/run.ts'
import { addRemarks, countUp, insertRefusals, lockRemote, updateRemote, type Remote, type UnderWay } from '#exchange/remotes/store.ts'

/** Objects of one envelope at most, and its bytes where the server does not say how many it takes. */
const MOST_OBJECTS = 500
const USUAL_BYTES = 1_000_000
/** However many a server says that it takes: an envelope is held as a whole, and so are the blocks that it comes from. */
const MOST_BYTES = 12 * 1024 * 1024
/** How often a server is asked what became of an envelope: soon at first, later less often. */
const SOONEST_MS = 5_000
const LATEST_MS = 5 * 60_000
/** A status is kept for a day after it is complete (section 4.3.1): whoever has not got that far by then is not waited for. */
const LONGEST_MS = 24 * 60 * 60_000

const Detail = z.looseObject({ id: z.string(), version: z.string().optional().catch(undefined), message: z.string().optional().catch(undefined) })
/** Status resource (TAXII 2.1, section 4.3.1), as far as it is needed. */
const Status = z.looseObject({
  id: z.string().max(200).optional(),
  status: z.enum(['complete', 'pending']),
  failure_count: z.number().int().min(0).optional().catch(undefined),
  failures: z
    .array(Detail.catch({ id: '', version: undefined, message: undefined }))
    .max(100_000)
    .optional()
    .catch(undefined),
})
type StatusResource = z.output<typeof Status>

/**
 * Pushes what is new for the community to the remote collection, envelope by envelope. How far that is, is kept once the server has
 * said what became of an envelope; one whose answer was lost is posted again, which the server has to bear (section 5.5). Throws
 * RemoteFailure, Superseded, and the signal's reason.
 */
export async function pushRemote(app: App, work: Work, signal: AbortSignal): Promise<void> {
  const client = connect(app, work.remote, signal)
  const size = new EnvelopeSize(Math.min(work.remote.max_content_length ?? USUAL_BYTES, MOST_BYTES))
  const elapsed = stopwatch()
  for (let remote = work.remote; ; remote = await reread(app, work)) {
    if (elapsed() > SLICE_MS) return waitTurn(app, work)
    if (remote.push_status !== null) {
      if (!(await askAgain(app, work, client, remote))) return
      continue
    }
    const objects = await readPushable(app, remote, size)
    if (objects.length === 0) return end(app, work, remote)
    await post(app, work, client, { objects, size })
  }
}

async function reread(app: App, { run, remote }: Work): Promise<Remote> {
  return app.db.transaction(RUNNER, async (tx) => {
    await holdRun(tx, run)
    return (await lockRemote(tx, remote.id))!
  })
}

async function end(app: App, work: Work, { pushed_to: to }: Remote): Promise<void> {
  await app.db.transaction(RUNNER, async (tx) => {
    await holdRun(tx, work.run)
    await endWell(app, tx, work, to === null ? null : fromEpochMicroseconds(to))
  })
}

/** What fits into one envelope, as far as the server has shown. */
class EnvelopeSize {
  objects = MOST_OBJECTS
  bytes: number

  constructor(bytes: number) {
    this.bytes = Math.max(bytes, ENVELOPE_BYTES + 1)
  }

  /** Halves what was too much; false when it was one object, which cannot be halved. */
  shrink(status: number, objects: readonly Pushable[], bytes: number): boolean {
    if (objects.length === 1) return false
    if (status === 413) this.bytes = Math.floor(bytes / 2)
    else this.objects = Math.floor(objects.length / 2)
    return true
  }

  grow(): void {
    this.objects = Math.min(this.objects * 2, MOST_OBJECTS)
  }
}

async function post(app: App, work: Work, client: RemoteClient, { objects, size }: { objects: readonly Pushable[]; size: EnvelopeSize }): Promise<void> {
  const left = objects.flatMap(({ bytes }) => bytes ?? [])
  const to = objects.at(-1)!.position
  if (left.length === 0) return passOver(app, work, to)
  const body = envelopeOf(left)
  const underWay: UnderWay = { to, objects: left.length, bytes: body.length, at: app.clock.now().getTime() }
  const tooLong = body.length > size.bytes
  try {
    if (tooLong) throw new RemoteFailure('refused-request', { status: 413 })
    const status = readStatus(await client.postEnvelope(new URL('objects/', collectionUrlOf(work.remote)).href, body))
    size.grow()
    await note(app, work, client, { status, underWay })
  } catch (error) {
    // The envelope as a whole was refused: one of its objects may be what is wrong, or its size.
    const { status = 0 } = error instanceof RemoteFailure ? error : {}
    if (![400, 413, 422].includes(status)) throw error
    if (size.shrink(status, objects, body.length)) return
    const { id, version } = objects.find(({ bytes }) => bytes !== undefined)!
    const message = status === 413 ? 'is longer than the server takes' : `the server does not take it (${status})`
    await note(app, work, client, { status: { status: 'complete', failures: [{ id, version, message }] }, underWay })
  }
}

/** All of them were deleted before they could leave. */
async function passOver(app: App, work: Work, to: number): Promise<void> {
  await app.db.transaction(RUNNER, async (tx) => {
    await holdRun(tx, work.run)
    await updateRemote(tx, work.remote.id, { pushed_to: to })
  })
}

function readStatus(resource: unknown): StatusResource {
  const status = Status.safeParse(resource)
  if (!status.success || (status.data.status === 'pending' && !status.data.id)) throw new RemoteFailure('not-taxii')
  return status.data
}

/** Asks what became of an envelope. False while that is open: the run goes on later. */
async function askAgain(app: App, work: Work, client: RemoteClient, remote: Remote): Promise<boolean> {
  const underWay = remote.push_under_way!
  try {
    const status = readStatus(await client.getJson(new URL(`status/${encodeURIComponent(remote.push_status!)}/`, remote.api_root).href))
    if (status.status === 'complete') {
      await note(app, work, client, { status, underWay })
      return true
    }
    const waited = app.clock.now().getTime() - underWay.at
    if (waited > LONGEST_MS) {
      await note(app, work, client, { status: { status: 'complete' }, underWay, lost: true })
      return true
    }
    await waitTurn(app, work, new Date(app.clock.now().getTime() + Math.min(Math.max(waited / 2, SOONEST_MS), LATEST_MS)))
    return false
  } catch (error) {
    // A status is kept for a day (section 4.3): what became of these objects is not to be learned any more.
    if (!(error instanceof RemoteFailure) || error.kind !== 'not-found') throw error
    await note(app, work, client, { status: { status: 'complete' }, underWay, lost: true })
    return true
  }
}

interface Answered {
  readonly status: StatusResource
  readonly underWay: UnderWay
  /** The server does not know any more what became of it. */
  readonly lost?: true
}

/** Keeps what became of an envelope, and with that how far the push is; or that it is not known yet. */
async function note(app: App, work: Work, client: RemoteClient, { status, underWay, lost }: Answered): Promise<void> {
  const secrets = secretsOf(unsealLogin(app.keys, work.remote.id, work.remote.sealed_login))
  await app.db.transaction(RUNNER, async (tx) => {
    const run = await holdRun(tx, work.run)
    const at = app.clock.now()
    const manners = JSON.stringify(client.manners)
    if (status.status === 'pending') return updateRemote(tx, work.remote.id, { manners, push_status: status.id!, push_under_way: JSON.stringify(underWay) })
    const failures = (status.failures ?? []).slice(0, underWay.objects)
    // Whoever refuses an object need not say which.
    const refused = Math.min(Math.max(failures.length, status.failure_count ?? 0), underWay.objects)
    const added = lost ? 0 : underWay.objects - refused
    await countUp(tx, run, { pages: 1, received: underWay.objects, added, known: 0, refused, bytes: underWay.bytes }, at)
    const refusals = failures.map(({ id, version, message }) => ({
      id: app.ids.next(),
      object_id: shown(id, 120) || 'unknown',
      version: version === undefined ? null : shown(version, 60),
      reason: reasonOf(message, secrets),
      at,
    }))
    await insertRefusals(tx, run, refusals)
    await addRemarks(tx, work.remote.id, lost ? ['status-lost'] : [])
    await updateRemote(tx, work.remote.id, { manners, pushed_to: underWay.to, push_status: null, push_under_way: null })
  })
}

/** What the server says about one object; never what it was sent to know us by. */
function reasonOf(message: string | undefined, secrets: readonly string[]): string {
  const text = shown(message ?? '', 400)
  return text === '' || secrets.some((secret) => message!.includes(secret)) ? 'the server gives no reason' : text
}

function shown(text: string, most: number): string {
  return text.toWellFormed().replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ').trim().slice(0, most) // prettier-ignore
}
