import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { hear } from './channel.ts'
import type { Ready } from './messages.ts'

const MOST_BYTES = 2 ** 20
const READY_WITHIN_MS = 240_000

/** Waits until a guest that boots says that its viewer is warm. Throws where it says something else, or nothing in time. */
export async function waitReady(guest: { readonly events: Duplex; readonly trace: Duplex }, withinMs = READY_WITHIN_MS): Promise<Ready> {
  const said = Promise.withResolvers<Ready>()
  // The trace of the start is read, so that none of it is left for a clone, and is of no use.
  guest.trace.resume()
  const wrong = (why: string) => said.reject(new Error(`the guest did not become ready: ${why}`))
  const late = setTimeout(() => wrong(`it said nothing for ${withinMs / 1000} s`), withinMs)
  void once(guest.events, 'close').then(() => wrong('it ended'), wrong)
  const stop = hear(
    guest.events,
    { message: (message) => (message.kind === 'ready' ? said.resolve(message.ready) : wrong(`it said ${message.kind}`)), artefact: () => wrong('it sent bytes'), garbled: wrong },
    MOST_BYTES,
  )
  try {
    return await said.promise
  } finally {
    clearTimeout(late)
    stop()
  }
}
