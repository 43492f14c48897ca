import { Problem } from '#platform/errors.ts'
import { Gathered } from '#platform/gathered.ts'
import { parseStrictJson } from '#platform/http/strict-json.ts'
import { MOST_OBJECT_BYTES } from '#exchange/stix/envelope.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** Longest rest of an envelope without its objects. */
const MOST_REST_BYTES = 1024 * 1024

const LONGEST_NEXT = 4096

/** The bytes of one element of `objects` exactly as they came; undefined for one that is too long to be kept. */
export type Element = Buffer | undefined

/** What an envelope says beside its objects (TAXII 2.1, section 3.7). */
export interface Said {
  readonly more: boolean | undefined
  readonly next: string | undefined
}

/**
 * Cuts the elements of `objects` out of an envelope as its bytes arrive, so that no page, however long, is held as a whole. The rest
 * of the envelope is parsed strictly at its end. Throws what parseStrictJson throws, VALIDATION_FAILED for what is no envelope, and
 * PAYLOAD_TOO_LARGE for one that says too much beside its objects; never for what an element holds.
 */
export class EnvelopeStream {
  /** The envelope without its elements. */
  readonly #rest = new Gathered(MOST_REST_BYTES)
  #depth = 0
  #inString = false
  #escaped = false
  /** Bytes of the string that was read last at the top, which a colon makes a key. */
  #word: number[] = []
  #key: string | undefined
  #inObjects = false
  readonly #element = new Gathered(MOST_OBJECT_BYTES)
  /** Whether a comma came and another element has to follow. */
  #owed = false
  #any = false

  /** The elements that end within these bytes. */
  take(bytes: Buffer): Element[] {
    const ended: Element[] = []
    let from = 0
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at]!
      if (this.#inString) {
        this.#readString(byte)
        continue
      }
      if (this.#inObjects && this.#depth === 2 && (byte === COMMA || byte === CLOSE_ARRAY)) {
        this.#keep(bytes.subarray(from, at))
        from = byte === COMMA ? at + 1 : at
        this.#endElement(byte, ended)
      }
      const opened = this.#read(byte)
      if (opened) {
        this.#keepRest(bytes.subarray(from, at + 1))
        from = at + 1
      }
    }
    this.#keep(bytes.subarray(from))
    return ended
  }

  /** At the end of the body: what else was said. */
  end(): Said {
    const said = parseStrictJson(this.#rest.take())
    if (typeof said !== 'object' || said === null || Array.isArray(said)) throw notAnEnvelope('not an object')
    const { more, next, objects } = said as { more?: unknown; next?: unknown; objects?: unknown }
    if (objects !== undefined && objects !== null && !Array.isArray(objects)) throw notAnEnvelope('objects that are no list')
    if (typeof next === 'string' && next.length > LONGEST_NEXT) throw notAnEnvelope('a next that is too long to be asked with')
    // A server that writes null where the standard wants nothing means nothing.
    return { more: typeof more === 'boolean' ? more : undefined, next: typeof next === 'string' && next !== '' ? next : undefined }
  }

  #readString(byte: number): void {
    if (this.#depth === 1 && this.#word.length < 64) this.#word.push(byte)
    if (this.#escaped) this.#escaped = false
    else if (byte === BACKSLASH) this.#escaped = true
    else if (byte === QUOTE) this.#inString = false
  }

  /** Follows the structure; true when the list of objects begins. */
  #read(byte: number): boolean {
    if (byte === QUOTE) {
      this.#inString = true
      if (this.#depth === 1) this.#word = [QUOTE]
    } else if (byte === COLON) {
      if (this.#depth === 1) this.#key = keyOf(this.#word)
    } else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      this.#depth++
      if (byte === OPEN_ARRAY && this.#depth === 2 && this.#key === 'objects') {
        this.#inObjects = true
        this.#any = this.#owed = false
        return true
      }
    } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
      this.#depth--
      if (this.#depth === 1) this.#inObjects = false
    }
    return false
  }

  /** Bytes belong to the element that is being read, or to the rest. */
  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return
    if (this.#inObjects) this.#element.add(bytes)
    else this.#keepRest(bytes)
  }

  #keepRest(bytes: Buffer): void {
    this.#rest.add(bytes)
    if (this.#rest.tooLong) throw new Problem('PAYLOAD_TOO_LARGE', 'An envelope that says too much beside its objects.')
  }

  #endElement(by: number, ended: Element[]): void {
    const { tooLong } = this.#element
    const element = trimmed(this.#element.take())
    if (tooLong || element.length > 0) {
      ended.push(tooLong ? undefined : element)
      this.#any = true
    } else if (by === COMMA || this.#owed || this.#any) {
      throw notAnEnvelope('a comma without an object')
    }
    this.#owed = by === COMMA
  }
}

function notAnEnvelope(message: string): Problem {
  return new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: '/body', message }] })
}

function keyOf(word: readonly number[]): string | undefined {
  try {
    return JSON.parse(Buffer.from(word).toString('utf8')) as string
  } catch {
    return undefined
  }
}

/** Without the white space of JSON around it. */
function trimmed(bytes: Buffer): Buffer {
  let from = 0
  let to = bytes.length
  while (from < to && isSpace(bytes[from]!)) from++
  while (to > from && isSpace(bytes[to - 1]!)) to--
  return bytes.subarray(from, to)
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}
