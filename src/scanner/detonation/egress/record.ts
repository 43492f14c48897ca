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
        const kept = size === 0 ? bytes : await decoded(bytes, encoding, this.#limits.mostBodyBytes)
        const sha256 = size === 0 ? undefined : this.#keepOnce(kept)
        return { size, ...(sha256 && { sha256 }), ...(type !== undefined && { type: type.slice(0, 200) }), ...(cut && { cut }) }
      },
    }
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

const DECODERS: Readonly<Record<string, (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
}

/** Without its compression; as it came where that is unknown, broken, or hides more than a body may have. */
async function decoded(bytes: Buffer, encoding: string | undefined, most: number): Promise<Buffer> {
  const decode = DECODERS[encoding?.trim().toLowerCase() ?? '']
  if (!decode) return bytes
  try {
    return await decode(bytes, { maxOutputLength: most })
  } catch {
    return bytes
  }
}
