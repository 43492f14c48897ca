import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { pause, stopwatch } from '#platform/clock/clock.ts'
import { hear } from './channel.ts'
import type { Ready } from './messages.ts'

const MOST_BYTES = 2 ** 20
/** A whole office does its start-up work in an emulated processor, which others may share. */
const READY_WITHIN_MS = 1_800_000

/** Waits until a guest that boots says that its viewer is warm. Throws where it says something else, or nothing in time. */
export async function waitReady(guest: { readonly events: Duplex; readonly trace: Duplex }, withinMs = READY_WITHIN_MS): Promise<Ready> {
  const said = Promise.withResolvers<Ready>()
  // The trace of the start is read, so that none of it is left for a clone, and is of no use.
  guest.trace.resume()
  const wrong = (why: string) => said.reject(new Error(`the guest did not become ready: ${why}`))
  const over = new AbortController()
  void passed(withinMs, over.signal).then(() => wrong(`it said nothing for ${withinMs / 1000} s`))
  void once(guest.events, 'close').then(() => wrong('it ended'), wrong)
  const stop = hear(
    guest.events,
    {
      message: (message) => (message.kind === 'ready' ? said.resolve(message.ready) : wrong(`it said ${message.kind}`)),
      artefact: () => wrong('it sent bytes'),
      garbled: wrong,
    },
    MOST_BYTES,
  )
  try {
    return await said.promise
  } finally {
    over.abort()
    stop()
  }
}

async function passed(ms: number, signal: AbortSignal): Promise<void> {
  const elapsed = stopwatch()
  while (elapsed() < ms && !signal.aborted) await pause(ms - elapsed(), signal)
}
