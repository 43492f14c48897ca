import { isUtf8 } from 'node:buffer'
import { Problem } from '#platform/errors.ts'
import { MAX_DEPTH, parseStrictJson } from '#platform/http/strict-json.ts'
import { faultOfParsed } from '#exchange/stix/parsed.ts'
import { scanValue, skipSpace, type Scanned } from '#exchange/stix/scan-value.ts'

/**
 * One member of `objects`: its bytes exactly as they came, as a view of the whole, and what they say; or why they say nothing
 * that can be kept. `value` beside a fault is what could be read, to name the object by: duplicates in it are resolved anyhow.
 */
export type Sliced =
  | { readonly bytes: Buffer; readonly value: unknown; readonly fault?: undefined }
  | { readonly bytes: Buffer; readonly value: unknown; readonly fault: string }

export interface Envelope {
  readonly objects: readonly Sliced[]
}

const OPEN_OBJECT = 0x7b
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const QUOTE = 0x22
const COLON = 0x3a
const COMMA = 0x2c
/** An object lies within the envelope and its list. */
const DEPTH_AROUND = 2

/**
 * Reads a TAXII envelope (TAXII 2.1, section 3.7) or a STIX bundle: its objects, each judged for itself (docs/promises.md,
 * rules for input): one that is not JSON, not UTF-8, too deep, names a key twice, or has a key, a text or a number that is never accepted
 * costs only itself. Numbers that a double does not keep exactly stay as they are in the bytes. Other properties of the envelope
 * are read and passed over. At most `most` objects, found before any is parsed. Throws what parseStrictJson throws for an
 * envelope that is no JSON itself, and UNPROCESSABLE for what is no envelope, an empty one or one of too many objects.
 */
export function readEnvelope(bytes: Buffer, most = Number.MAX_SAFE_INTEGER): Envelope {
  const list = findList(bytes)
  if (list === undefined) return readShell(bytes)
  const { from, scanned, to } = sliceList(bytes, list, most)
  // What stands around the list is JSON with an empty list in its place.
  readShell(Buffer.concat([bytes.subarray(0, list), Buffer.from('[]'), bytes.subarray(to)]), scanned.length > 0)
  const allIsText = isUtf8(bytes)
  return { objects: scanned.map((one, n) => readSlice(bytes.subarray(from[n], one.end), one, allIsText)) }
}

interface List {
  readonly from: readonly number[]
  readonly scanned: readonly Scanned[]
  /** Where the list ends. */
  readonly to: number
}

/** Where the list of the envelope's objects begins; undefined when it has none. */
function findList(bytes: Buffer): number | undefined {
  let at = skipSpace(bytes, 0)
  if (bytes[at] !== OPEN_OBJECT) return undefined
  at = skipSpace(bytes, at + 1)
  while (bytes[at] === QUOTE) {
    const key = scanValue(bytes, at)
    if (key === undefined) return undefined
    const colon = skipSpace(bytes, key.end)
    if (bytes[colon] !== COLON) return undefined
    const value = skipSpace(bytes, colon + 1)
    if (isObjects(bytes, at, key.end)) return bytes[value] === OPEN_ARRAY ? value : undefined
    const scanned = scanValue(bytes, value)
    if (scanned === undefined) return undefined
    const next = skipSpace(bytes, scanned.end)
    if (bytes[next] !== COMMA) return undefined
    at = skipSpace(bytes, next + 1)
  }
  return undefined
}

/** Longest spelling of `objects`: every letter as an escape of six. */
const LONGEST_SPELLING = 44

function isObjects(bytes: Buffer, from: number, to: number): boolean {
  if (to - from > LONGEST_SPELLING) return false
  const text = bytes.toString('latin1', from, to)
  if (!text.includes('\\')) return text === '"objects"'
  try {
    return JSON.parse(text) === 'objects'
  } catch {
    return false
  }
}

function sliceList(bytes: Buffer, list: number, most: number): List {
  const [from, scanned]: [number[], Scanned[]] = [[], []]
  let at = skipSpace(bytes, list + 1)
  if (bytes[at] === CLOSE_ARRAY) return { from, scanned, to: at + 1 }
  for (;;) {
    const one = scanValue(bytes, at)
    if (one === undefined) throw malformed(scanned.length)
    if (scanned.length === most) throw unprocessable(`at most ${most} objects`)
    from.push(at)
    scanned.push(one)
    const next = skipSpace(bytes, one.end)
    if (bytes[next] === CLOSE_ARRAY) return { from, scanned, to: next + 1 }
    if (bytes[next] !== COMMA) throw malformed(scanned.length - 1)
    at = skipSpace(bytes, next + 1)
  }
}

function malformed(at: number): Problem {
  return new Problem('MALFORMED_JSON', undefined, { fields: [{ field: `/body/objects/${at}`, message: 'not JSON: no value that ends' }] })
}

/** Throws unless the envelope without its objects is sound. */
function readShell(bytes: Buffer, hasObjects = false): Envelope {
  // Numbers that a double does not keep do no harm in what is passed over; every other reason is the strict parser's to give.
  const shell = parseSound(bytes) ?? parseStrictJson(bytes)
  const isEnvelope = typeof shell === 'object' && shell !== null && !Array.isArray(shell) && Object.hasOwn(shell, 'objects')
  if (isEnvelope && hasObjects) return { objects: [] }
  throw unprocessable('an envelope with at least one object')
}

function unprocessable(message: string): Problem {
  return new Problem('UNPROCESSABLE', undefined, { fields: [{ field: '/body/objects', message }] })
}

/** Undefined when anything is wrong. */
function parseSound(bytes: Buffer): unknown {
  const scanned = scanValue(bytes, skipSpace(bytes, 0))
  if (scanned === undefined || scanned.depth > MAX_DEPTH || !isUtf8(bytes)) return undefined
  const text = bytes.toString('utf8')
  try {
    const value: unknown = JSON.parse(text)
    return faultOfParsed(text, value, scanned) === undefined ? value : undefined
  } catch {
    return undefined
  }
}

function readSlice(bytes: Buffer, scanned: Scanned, allIsText: boolean): Sliced {
  if (scanned.depth > MAX_DEPTH - DEPTH_AROUND) return { bytes, value: undefined, fault: `nested more than ${MAX_DEPTH} deep` }
  if (!allIsText && !isUtf8(bytes)) return { bytes, value: undefined, fault: 'bytes that are not UTF-8' }
  const text = bytes.toString('utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { bytes, value: undefined, fault: notJson(error) }
  }
  const fault = faultOfParsed(text, value, scanned)
  return fault === undefined ? { bytes, value } : { bytes, value, fault }
}

/** Says where the parser stopped, in characters of the object; never what stands there. */
function notJson(error: unknown): string {
  const at = error instanceof SyntaxError ? /at position (\d{1,12})/.exec(error.message.slice(0, 500))?.[1] : undefined
  return at === undefined ? 'not JSON' : `not JSON at its character ${at}`
}
