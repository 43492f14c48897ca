import { repeat, stopwatch } from '#platform/clock/clock.ts'
import { printable } from '#scanner/formats/bytes.ts'

/** How far a build is, for a person: one line for each step, with the seconds since the start. */
export interface Steps {
  step(text: string): void
  end(): Promise<void>
}

/** A step that takes longer says again that it goes on. */
const STILL_EVERY_MS = 20_000

/** Writes the steps, each on a line of its own: a log holds them as a terminal does. */
export function openSteps(write: (text: string) => unknown): Steps {
  const elapsed = stopwatch()
  const say = (text: string) => write(`[${String(Math.round(elapsed() / 1000)).padStart(4)} s] ${printable(text, 1000)}\n`)
  let last = { text: '', at: 0 }
  const stop = repeat(1000, async () => {
    if (last.text === '' || elapsed() - last.at < STILL_EVERY_MS) return
    last.at = elapsed()
    say(`still ${last.text}`)
  })
  return {
    step(text) {
      last = { text, at: elapsed() }
      say(text)
    },
    end: stop,
  }
}
