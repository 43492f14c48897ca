/** What a walk over the bytes of one JSON value tells without parsing it. */
export interface Scanned {
  /** Where it ends. */
  readonly end: number
  /** Members of all objects in it. */
  readonly members: number
  /** How deep arrays and objects lie within one another. */
  readonly depth: number
  /** Whether a string has an escape that may be half a surrogate pair or U+0000. */
  readonly suspicious: boolean
}

const TAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const LOWER_U = 0x75
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/**
 * Finds the end of the value that begins at `from`, in one pass and constant memory: strings are passed over, brackets counted.
 * It is no parser: what lies in between may still be no JSON. Undefined when the bytes end before the value does, or none begins there.
 */
export function scanValue(bytes: Uint8Array, from: number): Scanned | undefined {
  const length = bytes.length
  let [at, open, depth, members] = [from, 0, 0, 0]
  let suspicious = false
  do {
    const byte = bytes[at]
    if (byte === undefined) return undefined
    if (byte === QUOTE) {
      for (at++; bytes[at] !== QUOTE; at++) {
        if (at >= length) return undefined
        if (bytes[at] === BACKSLASH) {
          at++
          if (bytes[at] === LOWER_U && isSuspicious(bytes, at + 1)) suspicious = true
        }
      }
      at++
    } else if (byte === COLON) {
      members++
      at++
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      open++
      if (open > depth) depth = open
      at++
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      open--
      if (open < 0) return undefined
      at++
    } else if (open > 0) at++
    else {
      const end = endOfWord(bytes, at)
      if (end === at) return undefined
      at = end
    }
  } while (open > 0)
  return { end: at, members, depth, suspicious }
}

/** A number, true, false or null. */
function endOfWord(bytes: Uint8Array, from: number): number {
  let at = from
  while (at < bytes.length && !isBreak(bytes[at]!)) at++
  return at
}

function isBreak(byte: number): boolean {
  return byte === COMMA || byte === CLOSE_ARRAY || byte === CLOSE_OBJECT || isSpace(byte)
}

/** Four hexadecimal digits that are U+0000 or in the range of surrogates. */
function isSuspicious(bytes: Uint8Array, from: number): boolean {
  if (bytes[from] === 0x30) return bytes[from + 1] === 0x30 && bytes[from + 2] === 0x30 && bytes[from + 3] === 0x30
  return (bytes[from]! | 0x20) === 0x64 && bytes[from + 1] !== undefined && bytes[from + 1]! >= 0x38
}

export function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from
  while (isSpace(bytes[at])) at++
  return at
}

/** Where the white space at the end begins. */
export function skipSpaceBack(bytes: Uint8Array): number {
  let at = bytes.length
  while (at > 0 && isSpace(bytes[at - 1])) at--
  return at
}

function isSpace(byte: number | undefined): boolean {
  return byte === SPACE || byte === LF || byte === CR || byte === TAB
}
