import { isUtf8 } from 'node:buffer'
import { Problem } from '#platform/errors.ts'
import { MAX_DEPTH, parseStrictJson } from '#platform/http/strict-json.ts'
import { faultOfParsed } from '#exchange/stix/parsed.ts'
import { scanValue, skipSpace, skipSpaceBack, type Scanned } from '#exchange/stix/scan-value.ts'

/**
 * One member of `objects`: its bytes exactly as they came, as a view of the whole, and what they say; or why they say nothing
 * that can be kept. `value` beside a fault is what could be read, to name the object by: duplicates in it are resolved anyhow.
 */
export type Sliced =
  | { readonly bytes: Buffer; readonly value: unknown; readonly fault?: undefined }
  | { readonly bytes: Buffer; readonly value: unknown; readonly fault: string }

/** The members of `objects` of an envelope, each found but not yet parsed. */
export interface Envelope {
  readonly count: number
  /** Bytes of the nth. */
  sizeOf(n: number): number
  read(n: number): Sliced
}

/** Longest object that is read. */
export const MOST_OBJECT_BYTES = 10 * 1024 * 1024

const OPEN_OBJECT = 0x7b
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const QUOTE = 0x22
const COLON = 0x3a
const COMMA = 0x2c
/** An object lies within the envelope and its list. */
const DEPTH_AROUND = 2

/** What an envelope may say beside its objects, without the white space around them. */
const MOST_BESIDE = 1024 * 1024
/** Objects, and bytes of them, that are found before others get their turn. */
const STEP = 512
const STEP_BYTES = 1024 * 1024

/**
 * Reads a TAXII envelope (TAXII 2.1, section 3.7) or a STIX bundle: its objects, each judged for itself (docs/promises.md,
 * rules for input): one that is not JSON, not UTF-8, too long or too deep, names a key twice, or has a key, a text or a number that is never accepted
 * costs only itself. Numbers that a double does not keep exactly stay as they are in the bytes. Other properties of the envelope
 * are read and passed over. At most `most` objects, found before any is parsed. Throws what parseStrictJson throws for an
 * envelope that is no JSON itself, and UNPROCESSABLE for what is no envelope, an empty one, one of too many objects, or one that says more than 1 MiB beside them.
 */
export function readEnvelope(bytes: Buffer, most = Number.MAX_SAFE_INTEGER): { readonly objects: readonly Sliced[] } {
  const finding = findObjects(bytes, most)
  for (;;) {
    const { done, value } = finding.next()
    if (done) return { objects: Array.from({ length: value.count }, (_, n) => value.read(n)) }
  }
}

/** The same for a large one: finds the objects, giving way to others by `next` of `turns`; each is parsed when it is asked for. */
export async function openEnvelope(bytes: Buffer, most: number, turns: { next(): Promise<void> }): Promise<Envelope> {
  const finding = findObjects(bytes, most)
  for (;;) {
    const { done, value } = finding.next()
    if (done) return value
    await turns.next()
  }
}

function* findObjects(bytes: Buffer, most: number): Generator<void, Envelope> {
  const list = findList(bytes)
  if (list === undefined) return refuseAll(bytes)
  const found = new Found(bytes)
  const to = yield* findEach(bytes, list, most, found)
  // What stands around the list is JSON with an empty list in its place.
  const [start, rest, end] = [skipSpace(bytes, 0), skipSpace(bytes, to), skipSpaceBack(bytes)]
  if (list - start + end - rest > MOST_BESIDE) throw unprocessable(`at most ${MOST_BESIDE} bytes beside the objects`)
  readShell(Buffer.concat([bytes.subarray(start, list), Buffer.from('[]'), bytes.subarray(rest, end)]), found.count > 0)
  return found
}

/** Says why what has no list of objects is no envelope. */
function refuseAll(bytes: Buffer): never {
  const text = bytes.subarray(skipSpace(bytes, 0))
  if (text.length > MOST_BESIDE) throw unprocessable('an envelope with at least one object')
  readShell(text, false)
  throw unprocessable('an envelope with at least one object')
}

/** Where the objects of an envelope are: eight bytes for each. */
class Found implements Envelope {
  count = 0
  readonly #bytes: Buffer
  readonly #allIsText: boolean
  #places = new Uint32Array(2 * STEP)

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    this.#allIsText = isUtf8(bytes)
  }

  add(from: number, to: number): void {
    const at = 2 * this.count++
    if (at === this.#places.length) {
      const larger = new Uint32Array(2 * at)
      larger.set(this.#places)
      this.#places = larger
    }
    this.#places[at] = from
    this.#places[at + 1] = to
  }

  sizeOf(n: number): number {
    return this.#places[2 * n + 1]! - this.#places[2 * n]!
  }

  read(n: number): Sliced {
    const bytes = this.#bytes.subarray(this.#places[2 * n], this.#places[2 * n + 1])
    if (bytes.length > MOST_OBJECT_BYTES) return { bytes, value: undefined, fault: 'is longer than an object may be' }
    return readSlice(bytes, scanValue(bytes, 0)!, this.#allIsText)
  }
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

/** Finds the members of the list; where it ends. */
function* findEach(bytes: Buffer, list: number, most: number, found: Found): Generator<void, number> {
  let at = skipSpace(bytes, list + 1)
  if (bytes[at] === CLOSE_ARRAY) return at + 1
  for (let last = at; ;) {
    const one = scanValue(bytes, at)
    if (one === undefined) throw malformed(found.count)
    if (found.count === most) throw unprocessable(`at most ${most} objects`)
    found.add(at, one.end)
    const next = skipSpace(bytes, one.end)
    if (bytes[next] === CLOSE_ARRAY) return next + 1
    if (bytes[next] !== COMMA) throw malformed(found.count - 1)
    at = skipSpace(bytes, next + 1)
    if (found.count % STEP !== 0 && at - last < STEP_BYTES) continue
    last = at
    yield
  }
}

function malformed(at: number): Problem {
  return new Problem('MALFORMED_JSON', undefined, { fields: [{ field: `/body/objects/${at}`, message: 'not JSON: no value that ends' }] })
}

/** Throws unless the envelope without its objects is sound. */
function readShell(bytes: Buffer, hasObjects: boolean): void {
  // Numbers that a double does not keep do no harm in what is passed over; every other reason is the strict parser's to give.
  const shell = parseSound(bytes) ?? parseStrictJson(bytes)
  const isEnvelope = typeof shell === 'object' && shell !== null && !Array.isArray(shell) && Object.hasOwn(shell, 'objects')
  if (!isEnvelope || !hasObjects) throw unprocessable('an envelope with at least one object')
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
