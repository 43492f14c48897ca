import { buffer } from 'node:stream/consumers'
import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import { emit } from '#platform/events/events.ts'
import type { ScanPool } from '#scanner/jail/pool.ts'
import { objectScanned } from '#scanner/objects/contract.ts'
import type { ObjectScanJob } from '#scanner/objects/queue.ts'
import { MOST_SAMPLE_BYTES } from '#scanner/submissions/contract.ts'
import { summaryOf } from '#scanner/submissions/submission.ts'
import type { ScanResult } from '#scanner/verdict/contract.ts'

const ACTOR = system('objects.scan')
/** Readings of one object that may crash before that is the answer: a crash may be our own failure. */
const MOST_READINGS = 3

/** Scans a sealed object and tells whoever asked. Does nothing for one that is gone. Repeated, it tells again, which changes nothing. Throws when `signal` fires. */
export async function scanObject(app: App, pool: ScanPool, { object, operator }: ObjectScanJob, signal: AbortSignal): Promise<void> {
  const bytes = await readObject(app, object)
  if (!bytes) return
  const { outcome, exploit } = summaryOf(await scanned(app, pool, object, bytes, signal))
  await app.db.transaction(ACTOR, (tx) => emit(app, tx, objectScanned, { object, outcome, exploit }, { operator }).then(() => undefined))
}

async function scanned(app: App, pool: ScanPool, object: string, bytes: Buffer, signal: AbortSignal): Promise<ScanResult> {
  for (let reading = 1; ; reading++) {
    const result = await pool.scan(bytes, signal)
    signal.throwIfAborted()
    const crashed = result.outcome === 'not-scanned' && result.reason.code === 'crash'
    if (!crashed || reading === MOST_READINGS) return result
    app.log.warn({ object, reading, reason: result.reason.detail }, 'a process that read an object crashed')
  }
}

async function readObject(app: App, object: ObjectScanJob['object']): Promise<Buffer | undefined> {
  try {
    return await app.db.read(ACTOR, async (tx) => {
      const { size, stream } = await app.objects.open(tx, object)
      if (size <= MOST_SAMPLE_BYTES) return buffer(stream)
      stream.destroy()
      throw new RangeError('the object is larger than what is scanned')
    })
  } catch (error) {
    if (error instanceof Problem && error.code === 'NOT_FOUND') return undefined
    throw error
  }
}
