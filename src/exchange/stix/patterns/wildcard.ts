import type { Meter } from '#exchange/stix/patterns/meter.ts'

/** Whether a text, in NFC or of octets, is of the form; takes steps off the meter. */
export type TextTest = (text: string, meter: Meter) => boolean

const ANY_RUN = '%'
const ANY_ONE = '_'
/** Characters that one step compares. */
const PER_STEP = 32

/**
 * LIKE of STIX 2.1 (section 9.6.1): `%` is any run of characters, `_` any one character, and nothing escapes them. The pieces between
 * the `%` are looked for from the left, each once, in time that grows with the length of the text times a
 * thirty-second of the piece; for pieces over 512 characters with `_` in them, times the piece.
 */
export function compileWildcard(pattern: string): TextTest {
  const pieces = pattern.split(ANY_RUN)
  if (pieces.length === 1) {
    const whole = Array.from(pattern)
    return (text, meter) => {
      meter.spend(1 + text.length / PER_STEP)
      const characters = Array.from(text)
      return characters.length === whole.length && isAt(characters, whole, 0)
    }
  }
  const first = Array.from(pieces[0]!)
  const last = Array.from(pieces.at(-1)!)
  const between = pieces.slice(1, -1).filter((piece) => piece !== '')
  if (!pattern.includes(ANY_ONE)) return plain(pieces[0]!, between, pieces.at(-1)!)
  const finders = between.map((piece) => finder(Array.from(piece)))
  const cost = 1 + finders.reduce((sum, { words }) => sum + words, 0)
  return (text, meter) => {
    meter.spend(1 + (text.length * cost) / PER_STEP)
    const characters = Array.from(text)
    if (characters.length < first.length + last.length || !isAt(characters, first, 0) || !isAt(characters, last, characters.length - last.length)) return false
    let at = first.length
    for (const { find } of finders) {
      at = find(characters, at, characters.length - last.length)
      if (at < 0) return false
    }
    return true
  }
}

/** Pieces without `_`; short ones are found by the engine's own search, whose cost their length bounds. */
function plain(first: string, between: readonly string[], last: string): TextTest {
  const cost = 1 + between.reduce((most, piece) => Math.max(most, piece.length), 0) / PER_STEP
  return (text, meter) => {
    meter.spend(1 + (text.length * cost) / PER_STEP)
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false
    const end = text.length - last.length
    let at = first.length
    for (const piece of between) {
      const found = text.indexOf(piece, at)
      if (found < 0 || found + piece.length > end) return false
      at = found + piece.length
    }
    return true
  }
}

function isAt(characters: readonly string[], piece: readonly string[], at: number): boolean {
  return piece.every((character, index) => character === ANY_ONE || character === characters[at + index])
}

interface Finder {
  /** Where the piece first ends between two places; -1 if nowhere. */
  find(characters: readonly string[], from: number, to: number): number
  readonly words: number
}

/** Longest piece for which bits are kept, by each of its characters. */
const LONGEST_OF_BITS = 512

/** Finds a very long piece by trying every place; the cost is what that takes at worst. */
function slowFinder(piece: readonly string[]): Finder {
  const find = (characters: readonly string[], from: number, to: number): number => {
    for (let at = from; at + piece.length <= to; at++) if (isAt(characters, piece, at)) return at + piece.length
    return -1
  }
  return { find, words: piece.length }
}

/** Finds a piece with `_` in it by one bit for each of its characters (shift-and). */
function finder(piece: readonly string[]): Finder {
  if (piece.length > LONGEST_OF_BITS) return slowFinder(piece)
  const words = Math.ceil(piece.length / 32)
  const everywhere = new Uint32Array(words)
  const masks = new Map<string, Uint32Array>()
  for (const [at, character] of piece.entries()) if (character === ANY_ONE) setBit(everywhere, at)
  for (const [at, character] of piece.entries()) {
    if (character === ANY_ONE) continue
    const mask = masks.get(character) ?? everywhere.slice()
    setBit(mask, at)
    masks.set(character, mask)
  }
  const find = (characters: readonly string[], from: number, to: number): number => {
    const state = new Uint32Array(words)
    for (let at = from; at < to; at++) {
      const mask = masks.get(characters[at]!) ?? everywhere
      let carry = 1
      for (let word = 0; word < words; word++) {
        const before = state[word]!
        state[word] = ((before << 1) | carry) & mask[word]!
        carry = before >>> 31
      }
      if ((state[words - 1]! >>> ((piece.length - 1) % 32)) & 1) return at + 1
    }
    return -1
  }
  return { find, words }
}

function setBit(words: Uint32Array, at: number): void {
  words[at >> 5]! |= 1 << (at & 31)
}
