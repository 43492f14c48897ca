import { buffer } from 'node:stream/consumers'
import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import type { StoredObject } from '#platform/objects/objects.ts'
import { openRedrawer } from '#scanner/detonation/pictures/redraw.ts'
import type { Artefact } from '#scanner/detonation/sandbox.ts'
import { insertArtefact, type DetonationRow } from '#scanner/detonation/store.ts'

/** What one detonation may leave; the rest is counted and not kept. */
export const ARTEFACT_LIMITS = { count: 300, bytes: 32 * 2 ** 20, bytesInAll: 256 * 2 ** 20 } as const

/** Takes the files that a detonation leaves while it runs: sealed, each once by its hash, within limits. */
export interface Keeper {
  take(artefact: Artefact): void
  /** Artefacts that were over a limit. Throws what kept one from being stored. */
  settle(): Promise<{ readonly dropped: number }>
  /** Draws those that the report calls pictures anew, by their hashes: nobody is shown another's bytes. */
  redraw(pictures: ReadonlySet<string>): Promise<void>
  /** Records what was taken, in the transaction of the result; what could be drawn anew is a picture. */
  record(tx: Tx, detonation: DetonationRow): Promise<void>
  /** Removes what was taken and will not be recorded. */
  discard(): Promise<void>
}

export function openKeeper(app: App, limits: Readonly<Record<keyof typeof ARTEFACT_LIMITS, number>> = ARTEFACT_LIMITS): Keeper {
  const stored = new Map<string, StoredObject>()
  const shown = new Map<string, StoredObject>()
  const seen = new Set<string>()
  let bytesInAll = 0
  let dropped = 0
  let failure: unknown
  let recorded = false
  // One after another: a guest that throws files at us fills no more memory than what waits here.
  let queue: Promise<void> = Promise.resolve()

  async function store(bytes: Uint8Array): Promise<void> {
    if (failure !== undefined) return
    try {
      const object = await app.objects.store(inOnePiece(bytes), { limit: limits.bytes })
      if (stored.has(object.sha256)) await app.objects.discard(object)
      else stored.set(object.sha256, object)
    } catch (error) {
      failure = error
    }
  }

  return {
    take: ({ sha256, bytes }) => {
      if (seen.has(sha256)) return
      if (seen.size >= limits.count || bytes.length > limits.bytes || bytesInAll + bytes.length > limits.bytesInAll) {
        dropped++
        return
      }
      seen.add(sha256)
      bytesInAll += bytes.length
      queue = queue.then(() => store(bytes))
    },
    settle: async () => {
      await queue
      if (failure !== undefined) throw failure
      return { dropped }
    },
    redraw: async (pictures) => {
      const redrawer = openRedrawer()
      try {
        for (const sha256 of pictures) {
          const original = stored.get(sha256)
          const drawn = original && (await redrawer.redraw(await buffer(await app.objects.reopen(original))))
          if (drawn) shown.set(sha256, await app.objects.store(inOnePiece(drawn), { limit: drawn.length }))
        }
      } finally {
        redrawer.close()
      }
    },
    record: async (tx, detonation) => {
      recorded = true
      for (const [sha256, object] of stored) {
        const { id, size } = await app.objects.record(tx, object)
        const drawn = shown.get(sha256)
        const { id: shownAs } = drawn ? await app.objects.record(tx, drawn) : { id: null }
        await insertArtefact(tx, detonation, { sha256, object: id, size, picture: drawn !== undefined, shown: shownAs })
      }
    },
    discard: async () => {
      await queue
      // Whether the commit arrived is not known here: what was recorded by none is swept.
      if (recorded) return
      for (const object of [...stored.values(), ...shown.values()]) await app.objects.discard(object)
    },
  }
}

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes
}
