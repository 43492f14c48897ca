import type { Transaction } from 'kysely'
import type { App } from '#platform/app.ts'
import type { DB } from '#platform/db/types.ts'
import { findNoted } from '#exchange/search/lookup-store.ts'
import { bucketsOf, isPlaced, markOf, type Bucket } from '#exchange/search/networks.ts'
import type { Scope } from '#exchange/search/scope.ts'
import { networkKey } from '#exchange/search/value-keys.ts'
import { addressOf, networkOf, type Value } from '#exchange/search/value.ts'

type Db = Transaction<DB>

/** Buckets that are remembered: all of IPv4, and then begun anew. */
const MOST_BUCKETS = 70_000
const NONE: readonly number[] = []

/**
 * Which lengths the networks have that lie where addresses are asked for, as far as one look-up has found out: so that each of many addresses is
 * looked for in the networks that there are, and not in each that there could be. What comes in while the look-up goes on may be missed by it.
 */
export class KnownNetworks {
  readonly #app: Pick<App, 'keys'>
  readonly #lengths = new Map<string, readonly number[]>()

  constructor(app: Pick<App, 'keys'>) {
    this.#app = app
  }

  /** Finds out about all the values that are addresses or networks; then `around` knows. */
  async learn(db: Db, scope: Scope, values: Iterable<Value>): Promise<void> {
    if (this.#lengths.size > MOST_BUCKETS) this.#lengths.clear()
    const unknown = new Map<string, Bucket>()
    for (const value of values) {
      if (!isPlaced(value)) continue
      for (const bucket of bucketsOf(addressOf(value)!)) if (!this.#lengths.has(bucket.text)) unknown.set(bucket.text, bucket)
    }
    const held = await this.#noted(
      db,
      scope,
      [...unknown.values()].map((bucket) => ({ bucket, bits: undefined })),
    )
    for (const text of unknown.keys()) this.#lengths.set(text, NONE)
    const lengths = held.flatMap(({ bucket }) =>
      Array.from({ length: bucket.span.to - bucket.span.from + 1 }, (_, n) => ({ bucket, bits: bucket.span.from + n })),
    )
    for (const { bucket, bits } of await this.#noted(db, scope, lengths)) this.#lengths.set(bucket.text, [...this.#lengths.get(bucket.text)!, bits])
  }

  /** The networks that there are round an address or another network, the narrowest first. */
  around(value: Value): Value[] {
    const address = addressOf(value)
    if (!address) return []
    const lengths = bucketsOf(address).flatMap(({ text }) => this.#lengths.get(text) ?? NONE)
    return lengths.flatMap((bits) => (bits < address.bits ? [networkOf(address, bits)] : [])).reverse()
  }

  async #noted<T extends { readonly bucket: Bucket; readonly bits: number | undefined }>(db: Db, scope: Scope, marks: readonly T[]): Promise<T[]> {
    const byKey = new Map(marks.map((mark) => [networkKey(this.#app.keys, markOf(mark.bucket, mark.bits)), mark]))
    const noted = await findNoted(db, scope, [...byKey.keys()])
    return [...byKey].flatMap(([key, mark]) => (noted.has(key) ? [mark] : []))
  }
}
