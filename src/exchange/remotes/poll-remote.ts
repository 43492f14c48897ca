import type { App } from '#platform/app.ts'
import { stopwatch } from '#platform/clock/clock.ts'
import { fetchPage, type Keep } from '#exchange/remotes/fetch-page.ts'
import { RemoteFailure } from '#exchange/remotes/failure.ts'
import { RemoteStatements } from '#exchange/remotes/find-statements.ts'
import { RemoteClient } from '#exchange/remotes/remote-client.ts'
import { connect, collectionUrlOf } from '#exchange/remotes/connect.ts'
import { endWell, holdRun, holdWork, RUNNER, SLICE_MS, waitTurn, type Work } from '#exchange/remotes/run.ts'
import { addRemarks, countUp, insertRefusals, noteOrigins, updateRemote } from '#exchange/remotes/store.ts'
import { readBatch, storeBatch } from '#exchange/remotes/take-batch.ts'
import { afterLostNext, type Walk } from '#exchange/remotes/walk.ts'

/** Answers to a page asked for by `next` that say that the server does not know it any more. */
const LOST = new Set([400, 404, 410, 416])

/** What one run takes at most; the next goes on where it ended. */
const MOST_PAGES = 10_000
const MOST_RECEIVED = 1_000_000
const MOST_BYTES = 4 * 1024 ** 3

/**
 * Polls what a remote collection has beyond what was received, page after page without a pause between them. Each page is kept in
 * the transaction that keeps how far the walk is, so whatever ends this in the middle, nothing is missed and nothing stored twice.
 * Throws RemoteFailure, Superseded, and the signal's reason.
 */
export async function pollRemote(app: App, work: Work, signal: AbortSignal): Promise<void> {
  const client = connect(app, work.remote, signal)
  const collection = collectionUrlOf(work.remote)
  const filters = filtersOf(work)
  const bound = { reached: false }
  const statements = new RemoteStatements(client, collection)
  const elapsed = stopwatch()
  for (let walk: Walk | undefined = work.remote.walk; ;) {
    if (elapsed() > SLICE_MS) return waitTurn(app, work)
    try {
      const { step } = await fetchPage(client, { collection, walk, filters }, keeping(app, work, { client, statements, bound }))
      if (step.ended || bound.reached) return
      walk = step.walk
    } catch (error) {
      walk = await again(app, work, walk, error)
    }
  }
}

/** A server that always has more must not keep a worker for ever, nor fill the store before anybody hears of it. */
function isEnough({ pages, received, bytes }: Pick<Work['run'], 'pages' | 'received' | 'bytes'>): boolean {
  return pages >= MOST_PAGES || received >= MOST_RECEIVED || bytes >= MOST_BYTES
}

function filtersOf({ remote }: Work): Record<string, string> {
  const { types } = remote.filters
  return types.length > 0 ? { 'match[type]': types.join(',') } : {}
}

/** Where to go on from when it was only `next` that was lost. */
async function again(app: App, work: Work, walk: Walk, error: unknown): Promise<Walk> {
  if (!(error instanceof RemoteFailure) || walk.next === null || !LOST.has(error.status ?? 0)) throw error
  const from = afterLostNext(walk)
  if (!from) throw new RemoteFailure('next-lost', { status: error.status })
  await app.db.transaction(RUNNER, async (tx) => {
    await holdRun(tx, work.run)
    await updateRemote(tx, work.remote.id, { walk: JSON.stringify(from) })
  })
  return from
}

interface Polling {
  readonly client: RemoteClient
  readonly statements: RemoteStatements
  readonly bound: { reached: boolean }
}

function keeping(app: App, work: Work, { client, statements, bound }: Polling): Keep {
  const { run } = work
  return async (elements, bytes, conclude) => {
    const batch = readBatch(elements)
    const restrictNothing = await statements.of(batch)
    return app.db.transaction(RUNNER, async (tx) => {
      // Whoever narrowed the rules meanwhile is heard at once.
      const { remote, run: before } = await holdWork(tx, run)
      const at = app.clock.now()
      const { added, known, refused, there } = await storeBatch(app, tx, remote, batch, restrictNothing)
      await noteOrigins(tx, run, there)
      await insertRefusals(
        tx,
        run,
        refused.map((one) => ({ ...one, id: app.ids.next(), at })),
      )
      await countUp(tx, run, { pages: conclude ? 1 : 0, received: elements.length, added, known, refused: refused.length, bytes }, at)
      const done = conclude?.(added)
      if (!done) return added
      const { walk, ended, remarks } = done.step
      await updateRemote(tx, remote.id, { walk: JSON.stringify(walk), manners: JSON.stringify(client.manners) })
      await addRemarks(tx, remote.id, remarks)
      bound.reached = !ended && isEnough({ pages: before.pages + 1, received: before.received + elements.length, bytes: before.bytes + bytes })
      if (ended || bound.reached) await endWell(app, tx, { run, remote }, walk.reached, bound.reached)
      return added
    })
  }
}
