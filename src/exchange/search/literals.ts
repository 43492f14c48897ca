/** A text that a pattern compares an object path with, for equality. */
export interface Literal {
  /** Object path without quotes, in lower case: `file:hashes.sha-256`. */
  readonly path: string
  readonly text: string
}

/** Longest pattern that is read for its literals. */
const LONGEST_PATTERN = 200_000
const COMPARISON = /([a-z0-9-]{1,60}:[\w.'[\]*-]{1,250}?)\s{0,10}(?:=|IN\s{0,10}\()\s{0,10}(?:'((?:[^'\\]|\\.)*)'|(\d{1,12})\b)/g
const FURTHER = /\s{0,10},\s{0,10}'((?:[^'\\]|\\.)*)'/y

/** The literals of a pattern's comparisons for equality (`=`, `IN`), in their order, however the comparisons are joined; not those that are negated. */
export function literalsOf(pattern: string): Literal[] {
  const found: Literal[] = []
  if (pattern.length > LONGEST_PATTERN) return found
  COMPARISON.lastIndex = 0
  for (let match = COMPARISON.exec(pattern); match; match = COMPARISON.exec(pattern)) {
    const path = match[1]!.replaceAll("'", '').toLowerCase()
    found.push({ path, text: match[3] ?? unescaped(match[2]!) })
    FURTHER.lastIndex = COMPARISON.lastIndex
    if (!match[0].includes('(')) continue
    for (let further = FURTHER.exec(pattern); further; further = FURTHER.exec(pattern)) {
      found.push({ path, text: unescaped(further[1]!) })
      COMPARISON.lastIndex = FURTHER.lastIndex
    }
  }
  return found
}

function unescaped(text: string): string {
  return text.includes('\\') ? text.replaceAll(/\\(.)/gs, '$1') : text
}
