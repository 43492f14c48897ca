import { pointerToken } from '#platform/http/strict-json.ts'

/**
 * What is wrong with parsed JSON that the parser does not say: keys named twice, keys that are never accepted, halves of
 * surrogate pairs and U+0000 in texts, numbers that became infinite. `scanned` is what the walk over the same text told: members
 * that it counted and the parser did not keep are duplicates. Linear, and without a set of keys where nothing is wrong.
 */
export function faultOfParsed(text: string, value: unknown, scanned: { readonly members: number; readonly suspicious: boolean }): string | undefined {
  const counted = new Count(scanned.suspicious)
  counted.take(value)
  if (counted.members !== scanned.members) return `${duplicateIn(text)}: a key that is named twice`
  return counted.bad ? findBad(value, '') : undefined
}

/** Counts members, and notices whether anything has to be looked for. */
class Count {
  members = 0
  bad = false
  readonly #lookAtTexts: boolean

  constructor(lookAtTexts: boolean) {
    this.#lookAtTexts = lookAtTexts
  }

  take(value: unknown): void {
    if (typeof value === 'string') {
      if (this.#lookAtTexts && isBadText(value)) this.bad = true
    } else if (typeof value === 'number') {
      if (!Number.isFinite(value)) this.bad = true
    } else if (Array.isArray(value)) {
      for (let at = 0; at < value.length; at++) this.take(value[at])
    } else if (value !== null && typeof value === 'object') this.#takeObject(value as Record<string, unknown>)
  }

  #takeObject(object: Record<string, unknown>): void {
    const keys = Object.keys(object)
    this.members += keys.length
    for (let at = 0; at < keys.length; at++) {
      const key = keys[at]!
      if (key === '__proto__' || key === 'constructor' || (this.#lookAtTexts && isBadText(key))) this.bad = true
      this.take(object[key])
    }
  }
}

function isBadText(text: string): boolean {
  return !text.isWellFormed() || text.includes('\0')
}

/** The first thing that is wrong, with its pointer. */
function findBad(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') return isBadText(value) ? `${path}: ${faultOfText(value)}` : undefined
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${path}: a number that cannot be kept`
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, inner] of Object.entries(value)) {
    const where = `${path}/${pointerToken(key.toWellFormed())}`
    if (isBadText(key)) return `${where}: ${faultOfText(key)}`
    const pollutes = key === '__proto__' || (key === 'constructor' && typeof inner === 'object' && inner !== null && Object.hasOwn(inner, 'prototype'))
    if (pollutes && !Array.isArray(value)) return `${where}: a key that is never accepted`
    const fault = findBad(inner, where)
    if (fault !== undefined) return fault
  }
  return undefined
}

function faultOfText(text: string): string {
  return text.isWellFormed() ? 'text that holds the character U+0000' : 'text that holds half a surrogate pair'
}

interface Frame {
  /** Undefined for an array. */
  readonly keys: Set<string> | undefined
  at: string | number
}

/** Pointer of the first key that an object names twice; the text is JSON. */
function duplicateIn(text: string): string {
  const frames: Frame[] = []
  let expectsKey = false
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]
    const frame = frames.at(-1)
    if (letter === '{' || letter === '[') {
      frames.push({ keys: letter === '{' ? new Set() : undefined, at: letter === '{' ? '' : 0 })
      expectsKey = letter === '{'
    } else if (letter === '}' || letter === ']') frames.pop()
    else if (letter === ',') {
      expectsKey = frame!.keys !== undefined
      if (typeof frame!.at === 'number') frame!.at++
    } else if (letter === '"') {
      const end = endOfText(text, at)
      if (expectsKey) {
        const key = JSON.parse(text.slice(at, end + 1)) as string
        frame!.at = key
        if (frame!.keys!.has(key)) break
        frame!.keys!.add(key)
        expectsKey = false
      }
      at = end
    }
  }
  return frames.map(({ at }) => `/${pointerToken(at)}`).join('')
}

/** Where the string that begins at `from` has its last quotation mark. */
function endOfText(text: string, from: number): number {
  let at = from + 1
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}
