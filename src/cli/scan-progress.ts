import { stopwatch } from '#platform/clock/clock.ts'
import { printable } from '#scanner/formats/bytes.ts'
import type { ScanLine } from '#scanner/verdict/contract.ts'

/** How far the scan is, for a person, on standard error. */
export interface Progress {
  add(line: ScanLine): void
  /** Writes a line of its own, that stays. */
  say(text: string): void
  /** Takes the line away before something else is written to the same terminal. */
  clear(): void
  end(): void
}

interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

const REWRITE_EVERY_MS = 100
const TELL_EVERY_MS = 5_000

/** A line that is rewritten on a terminal; elsewhere nothing, unless it is asked for: then a line every few seconds and one at the end. */
export function openProgress(screen: Screen, asked: boolean): Progress {
  const say = (text: string) => void screen.write(`vedette: ${printable(text, 1000)}\n`)
  if (!screen.isTTY && !asked) return { add: () => undefined, say, clear: () => undefined, end: () => undefined }
  const elapsed = stopwatch()
  const counts = { files: 0, exploit: 0, technique: 0, without: 0 }
  let shownAt = -Infinity
  let standing = false
  const text = () =>
    `${counts.files} scanned, ${counts.exploit} with an exploit, ${counts.technique} with a technique, ${counts.without} not scanned, ${Math.round(elapsed() / 1000)} s`
  const clear = () => {
    if (standing) screen.write('\r\u001b[K')
    standing = false
  }
  return {
    add({ verdict, outcome, path }) {
      counts.files++
      if (outcome === 'not-scanned') counts.without++
      else if (verdict.exploit === 'technique-only') counts.technique++
      else if (verdict.exploit !== 'none-seen') counts.exploit++
      if (elapsed() - shownAt < (screen.isTTY ? REWRITE_EVERY_MS : TELL_EVERY_MS)) return
      shownAt = elapsed()
      if (!screen.isTTY) {
        screen.write(`${text()}\n`)
        return
      }
      clear()
      screen.write(printable(`${text()}: ${path}`, Math.max(20, (screen.columns ?? 80) - 1)))
      standing = true
    },
    say(line) {
      clear()
      say(line)
    },
    clear,
    end() {
      clear()
      screen.write(`${text()}\n`)
    },
  }
}
