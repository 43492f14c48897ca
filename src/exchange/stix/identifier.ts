/** Longest id that is accepted. */
export const LONGEST_ID = 120
/** Longest name of a type. */
export const LONGEST_TYPE = 61
/** Shortest name of a type (section 3.1). */
const SHORTEST_TYPE = 3
/** `--` and a UUID. */
const TAIL = 38

/** The type that an id names (STIX 2.1, section 2.9): a type's name, two hyphens and a UUID of RFC 9562 in lower case. Undefined for what is no id. */
export function typeOfId(id: unknown): string | undefined {
  if (typeof id !== 'string' || id.length > LONGEST_ID || id.length < TAIL + SHORTEST_TYPE) return undefined
  const end = id.length - TAIL
  if (!isUuid(id, end + 2) || id.charCodeAt(end) !== HYPHEN || id.charCodeAt(end + 1) !== HYPHEN) return undefined
  const type = id.slice(0, end)
  return isTypeName(type) ? type : undefined
}

/** Names of types are lower-case words with single hyphens between them (sections 3.1, 11.2.1). */
export function isTypeName(name: string): boolean {
  if (name.length < SHORTEST_TYPE || name.length > LONGEST_TYPE || !isLetter(name.charCodeAt(0))) return false
  let before = 0
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at)
    if (!isLetter(code) && !isDigit(code) && (code !== HYPHEN || before === HYPHEN)) return false
    before = code
  }
  return true
}

const HYPHEN = 0x2d

function isUuid(text: string, from: number): boolean {
  for (let at = 0; at < 36; at++) {
    const code = text.charCodeAt(from + at)
    if (at === 8 || at === 13 || at === 18 || at === 23 ? code !== HYPHEN : !isLowerHex(code)) return false
  }
  const [version, variant] = [text.charCodeAt(from + 14), text.charCodeAt(from + 19)]
  return version >= 0x31 && version <= 0x38 && (variant === 0x38 || variant === 0x39 || variant === 0x61 || variant === 0x62)
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function isLetter(code: number): boolean {
  return code >= 0x61 && code <= 0x7a
}

function isLowerHex(code: number): boolean {
  return isDigit(code) || (code >= 0x61 && code <= 0x66)
}
/** Version of an id's UUID: 4 is random, 5 follows from a name. */
export function uuidVersionOf(id: string): number {
  return id.charCodeAt(id.length - 22) - 0x30
}
