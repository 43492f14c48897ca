import { Worker } from 'node:worker_threads'
import { oneAtATime } from '#program/one-at-a-time.ts'
import type { agreementPdf } from '#program/membership/agreements/agreement-pdf.ts'

const WORKER = new URL('./pdf-worker.ts', import.meta.url)
/** A document of the longest text takes seconds; one that takes longer than this is given up. */
const LONGEST_MS = 60_000

const inTurn = oneAtATime(4)

/**
 * `agreementPdf` in a thread of its own, one document at a time: setting a long text takes seconds, in which the server goes on
 * answering. Throws when the thread fails, and RATE_LIMITED while more than a few documents wait.
 */
export function renderDocument(signed: Parameters<typeof agreementPdf>[0]): Promise<Buffer> {
  return inTurn(() => render(signed))
}

function render(signed: Parameters<typeof agreementPdf>[0]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(WORKER, { workerData: signed, env: {}, resourceLimits: { maxOldGenerationSizeMb: 512 } })
    const limit = AbortSignal.timeout(LONGEST_MS)
    limit.addEventListener('abort', () => void worker.terminate())
    worker.once('message', (bytes: Uint8Array) => resolve(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)))
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`setting the document ended with ${code}`)))
  })
}
