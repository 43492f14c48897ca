import type { Budget } from '#scanner/intake/limits.ts'
import type { Cfb } from './cfb.ts'

/** A form of a project: the texts that its controls keep (captions, tags, values). */
export interface VbaForm {
  readonly path: readonly string[]
  readonly texts: readonly string[]
}

const SHORTEST = 4
const MOST_TEXTS = 200
const LONGEST = 16_384

/** The forms of a project: storages that hold a stream `f` and a stream `o` (MS-OFORMS 2.1.2). Throws LimitReached. */
export function readForms(cfb: Cfb, above: readonly string[], budget: Budget): VbaForm[] {
  return cfb.entries
    .filter(({ kind, name, path }) => kind === 'stream' && name.toLowerCase() === 'o' && path.length > above.length + 1 && isUnder(path, above))
    .filter(({ path }) => cfb.find([...path.slice(0, -1), 'f']) !== undefined)
    .map((entry) => ({ path: entry.path, texts: printableTexts(cfb.read(entry), budget) }))
}

function isUnder(path: readonly string[], above: readonly string[]): boolean {
  return above.every((name, i) => path[i] === name)
}

/** Runs of printable bytes: the records of controls keep text of one byte a character where they can (MS-OFORMS 2.4.5). */
function printableTexts(bytes: Buffer, budget: Budget): string[] {
  budget.step(1 + (bytes.length >> 4))
  const texts: string[] = []
  let from = 0
  for (let at = 0; at <= bytes.length && texts.length < MOST_TEXTS; at++) {
    const c = bytes[at]
    if (c !== undefined && ((c >= 0x20 && c < 0x7f) || c === 9 || c === 10 || c === 13)) continue
    if (at - from >= SHORTEST) texts.push(bytes.toString('latin1', from, Math.min(at, from + LONGEST)))
    from = at + 1
  }
  return texts
}
