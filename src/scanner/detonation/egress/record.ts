import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib'
import { Gathered } from '#platform/gathered.ts'
import { stopwatch } from '#platform/clock/clock.ts'
import { headersOf, LONGEST_URL, type Body, type Exchange } from './exchange.ts'

/** How much of what passes is passed and kept. */
export interface RecordLimits {
  readonly mostExchanges: number
  /** Of one body; what is longer is cut off. */
  readonly mostBodyBytes: number
  /** Of all bodies together; then nothing more passes. */
  readonly mostBytes: number
}
export const RECORD_LIMITS: RecordLimits = { mostExchanges: 2_000, mostBodyBytes: 32 * 2 ** 20, mostBytes: 256 * 2 ** 20 }

/** Is given each body that was kept, once. */
export type KeepBody = (body: { readonly sha256: string; readonly bytes: Uint8Array }) => void

/** A body while it passes. */
export interface PassingBody {
  /** The part that may pass: all of it, or less when a limit is reached. */
  add(part: Buffer): Buffer
  end(type: string | undefined, encoding: string | undefined): Promise<Body>
}

/** All that passed, in the order in which it began. */
export class ExchangeRecord {
  readonly #limits: RecordLimits
  readonly #keep: KeepBody
  readonly #exchanges: Exchange[] = []
  readonly #kept = new Set<string>()
  readonly #clock: () => number
  #bytes = 0
  #unpacked = 0
  #unpacking: Promise<unknown> = Promise.resolve()
  #dropped = 0

  constructor(keep: KeepBody, limits: RecordLimits = RECORD_LIMITS, clock: () => number = stopwatch()) {
    this.#keep = keep
    this.#limits = limits
    this.#clock = clock
  }

  get exchanges(): readonly Exchange[] {
    return this.#exchanges
  }

  /** Requests beyond the limit, which were refused without a record of each. */
  get dropped(): number {
    return this.#dropped
  }

  /** Milliseconds since the document was handed over. */
  now(): number {
    return this.#clock()
  }

  /** Begins the record of one request; undefined when there are too many. */
  begin(kind: Exchange['kind'], method: string, url: string, headers: readonly string[]): Exchange | undefined {
    if (this.#exchanges.length >= this.#limits.mostExchanges) {
      this.#dropped++
      return undefined
    }
    const exchange: Exchange = {
      t: Math.round(this.#clock()) / 1000,
      method: method.slice(0, 40),
      url: url.slice(0, LONGEST_URL),
      kind,
      outcome: 'failed',
      request: { headers: headersOf(headers) },
      took_ms: {},
    }
    this.#exchanges.push(exchange)
    return exchange
  }

  body(): PassingBody {
    const gathered = new Gathered()
    let cut = false
    return {
      add: (part) => {
        const room = Math.max(0, Math.min(this.#limits.mostBodyBytes - gathered.length, this.#limits.mostBytes - this.#bytes))
        const passes = part.length <= room ? part : part.subarray(0, room)
        cut ||= passes.length < part.length
        gathered.add(passes)
        this.#bytes += passes.length
        return passes
      },
      end: async (type, encoding) => {
        const bytes = gathered.end()
        const size = bytes.length
        const kept = size === 0 ? bytes : await this.#withoutCompression(bytes, encodingsOf(encoding))
        const sha256 = size === 0 ? undefined : this.#keepOnce(kept)
        return { size, ...(sha256 && { sha256 }), ...(type !== undefined && { type: type.slice(0, 200) }), ...(cut && { cut }) }
      },
    }
  }

  /**
   * As it came where its compression is unknown or broken, or hides more than a body may have. One after another and all together within what may pass: a guest
   * sends bombs as requests, too, and two hundred at once.
   */
  async #withoutCompression(bytes: Buffer, encodings: readonly string[]): Promise<Buffer> {
    if (encodings.length === 0 || encodings.length > MOST_ENCODINGS) return bytes
    const work = this.#unpacking.then(async () => {
      const { mostBodyBytes, mostBytes } = this.#limits
      const room = Math.min(mostBodyBytes, mostBytes - this.#unpacked)
      const [unpacked, took] = room > 0 ? await decoded(bytes, encodings, room) : [bytes, 0]
      this.#unpacked += took
      return unpacked
    })
    this.#unpacking = work
    return work
  }

  #keepOnce(bytes: Uint8Array): string {
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    if (!this.#kept.has(sha256)) {
      this.#kept.add(sha256)
      this.#keep({ sha256, bytes })
    }
    return sha256
  }
}

type Decoder = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>
const DECODERS: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
  ['zstd', promisify(zstdDecompress)],
])
const MOST_ENCODINGS = 4

/** In the order in which they are undone: the last one first (RFC 9110, section 8.4). */
const encodingsOf = (header = ''): string[] =>
  header
    .split(',')
    .map((one) => one.trim().toLowerCase())
    .filter((one) => one !== '' && one !== 'identity')
    .reverse()

/** What it unpacks to, and how many bytes were made on the way. */
async function decoded(bytes: Buffer, encodings: readonly string[], most: number): Promise<[Buffer, number]> {
  let made = 0
  let unpacked = bytes
  for (const encoding of encodings) {
    const decode = DECODERS.get(encoding)
    if (!decode) return [bytes, made]
    try {
      unpacked = await decode(unpacked, { maxOutputLength: most })
      made += unpacked.length
    } catch (error) {
      return [bytes, made + ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? most : 0)]
    }
  }
  return [unpacked, made]
}
