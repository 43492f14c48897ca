import { writeFileSync } from 'node:fs'
import type { Detonation } from '#scanner/detonation/contract.ts'
import { NoEnvironment, type Job, type Sandbox } from '#scanner/detonation/sandbox.ts'
import { crashesOf, sameCrash } from '#scanner/detonation/signals/crash.ts'
import { reduceDocument } from '#scanner/detonation/signals/reduce.ts'

/** A run takes seconds: these take minutes. */
export const REDUCING_RUNS = 64

/**
 * Looks for a smaller document that crashes in the same way, and writes it to `path`. Says what came of it in one sentence. Further runs are ended by `signal`, and what
 * was found by then is written.
 */
export async function reduceCrash(sandbox: Sandbox, job: Job, seen: Detonation, path: string, signal: AbortSignal): Promise<string> {
  if (!('document' in job.subject)) return 'A page is not reduced: only a document is.'
  const { document, name } = job.subject
  const crashes = crashesOf(seen, [document])
  if (crashes.length === 0) return 'It did not crash, so nothing was reduced.'
  const same = async (candidate: Uint8Array) => {
    if (signal.aborted) return false
    const again = await opened(sandbox, { ...job, subject: { document: candidate, name } }, signal)
    return again !== undefined && crashesOf(again, [candidate]).some((one) => crashes.some((crash) => sameCrash(one, crash)))
  }
  const { document: left, runs } = await reduceDocument(document, same, REDUCING_RUNS)
  writeFileSync(path, left, { mode: 0o600 })
  return `${left.length} of its ${document.length} bytes crash in the same way (${runs} further runs): ${path}.`
}

/** A run that found no machine says nothing. */
async function opened(sandbox: Sandbox, job: Job, signal: AbortSignal): Promise<Detonation | undefined> {
  try {
    return await sandbox.detonate(job, {}, signal)
  } catch (error) {
    if (error instanceof NoEnvironment) return undefined
    throw error
  }
}
