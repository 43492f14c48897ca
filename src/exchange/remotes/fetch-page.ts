import { createHash } from 'node:crypto'
import { z } from 'zod'
import { toMicroseconds } from '#exchange/stix/instant.ts'
import { parseStrictJson } from '#platform/http/strict-json.ts'
import { EnvelopeStream, type Element, type Said } from '#exchange/remotes/envelope-stream.ts'
import { asNotTaxii, RemoteFailure } from '#exchange/remotes/failure.ts'
import { MOST_PAGE_BYTES, type Answer, type Manners, type RemoteClient } from '#exchange/remotes/remote-client.ts'
import { afterPage, PAGE_LIMIT, queryOf, type PageFacts, type Step, type Walk } from '#exchange/remotes/walk.ts'

/** Objects, and bytes of them, that are kept in one go while more of the page arrives: a page of the usual length is kept whole. */
const BATCH = PAGE_LIMIT
const BATCH_BYTES = 8 * 1024 * 1024

/** More than this are no objects: the shortest one that is valid takes 73 bytes, and the longest page 100 MiB. */
const MOST_ELEMENTS = 1_500_000

/** What a page was, once all of it is kept. */
export interface PageDone {
  readonly facts: PageFacts
  readonly step: Step
}

/**
 * Keeps elements in their order and says how many were not known before; the next come once these are kept. With the last of a page
 * comes `conclude`, to be called with that number in the same transaction: where the walk stands is kept with what it has brought.
 */
export type Keep = (elements: readonly Element[], bytes: number, conclude?: (fresh: number) => PageDone) => Promise<number>

interface PageAsked {
  /** Address of the collection, with the slash at its end. */
  readonly collection: string
  readonly walk: Walk
  /** `match[…]` by field. */
  readonly filters: Readonly<Record<string, string>>
}

/**
 * Fetches the page that comes next in a walk and keeps its objects as they arrive. What a server needs asked otherwise is found out
 * here and noted in the client's manners. Throws RemoteFailure, and what `keep` throws.
 */
export async function fetchPage(client: RemoteClient, asked: PageAsked, keep: Keep): Promise<PageDone> {
  const batches = new Batches(keep)
  const answer = await mannerly(client, asked, (address) => client.get(address, MOST_PAGE_BYTES, (part) => batches.take(part)))
  const said = batches.end()
  const told = headersOf(answer)
  const last = told.last ?? (await lastByManifest(client, asked, batches.lastElement(), said.next))
  const facts = { ...said, first: told.first, last, objects: batches.objects, digest: batches.digest(), servedAt: answer.servedAt }
  return batches.finish((fresh) => {
    const page = { ...facts, fresh }
    return { facts: page, step: afterPage(asked.walk, page) }
  })
}

/** A request that is refused as malformed is asked with fewer digits, then without a limit; but not where `next` may be what is wrong. */
async function mannerly(client: RemoteClient, asked: PageAsked, ask: (address: string) => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await ask(addressOf(client.manners, asked))
    } catch (error) {
      const other = error instanceof RemoteFailure && error.status === 400 && asked.walk.next === null ? moreModest(client.manners, asked.walk) : undefined
      if (!other) throw error
      client.manners = other
    }
  }
}

function moreModest(manners: Manners, { after }: Walk): Manners | undefined {
  if (after !== null && manners.digits > 0) return { ...manners, digits: manners.digits === 6 ? 3 : 0 }
  return manners.limit ? { ...manners, limit: false } : undefined
}

function addressOf({ digits, limit }: Manners, { collection, walk, filters }: PageAsked): string {
  const { limit: size, added_after: after, ...query } = queryOf(walk)
  const url = new URL('objects/', collection)
  const fields = { ...(after !== undefined && { added_after: cut(after, digits) }), ...query, ...(limit && { limit: size! }), ...filters }
  url.search = new URLSearchParams(fields).toString()
  return url.href
}

/** An instant with fewer digits, never a later one: what is given again for it is known. */
function cut(instant: string, digits: 6 | 3 | 0): string {
  return digits === 6 ? instant : digits === 3 ? `${instant.slice(0, 23)}Z` : `${instant.slice(0, 19)}Z`
}

function headersOf({ headers }: Answer): { first: string | undefined; last: string | undefined } {
  return { first: instantOf(headers['x-taxii-date-added-first']), last: instantOf(headers['x-taxii-date-added-last']) }
}

function instantOf(value: unknown): string | undefined {
  return typeof value === 'string' ? toMicroseconds(value.trim().replace(/[+-]00:00$/, 'Z')) : undefined
}

const Records = z.looseObject({ objects: z.array(z.looseObject({ id: z.string(), date_added: z.string(), version: z.unknown() })).optional() })

/** When the last object of a page was added, by the manifest of a server that says it in no header; undefined when that does not say it either. */
async function lastByManifest(client: RemoteClient, { collection, walk }: PageAsked, element: Element, next: string | undefined): Promise<string | undefined> {
  const named = element && nameOf(element)
  if (!named || (walk.whole && next !== undefined)) return undefined
  const url = new URL('manifest/', collection)
  url.search = new URLSearchParams({ 'match[id]': named.id }).toString()
  try {
    const records = Records.safeParse(await client.getJson(url.href)).data?.objects ?? []
    return instantOf(records.find(({ id, version }) => id === named.id && isAt(version, named.version))?.date_added)
  } catch (error) {
    if (error instanceof RemoteFailure && error.kind !== 'not-accepted' && error.kind !== 'busy') return undefined
    throw error
  }
}

function nameOf(element: Buffer): { id: string; version: string | undefined } | undefined {
  try {
    const { id, modified, created } = parseStrictJson(element) as { id?: unknown; modified?: unknown; created?: unknown }
    const version = modified ?? created
    return typeof id === 'string' ? { id, version: typeof version === 'string' ? version : undefined } : undefined
  } catch {
    return undefined
  }
}

function isAt(version: unknown, at: string | undefined): boolean {
  return at === undefined || (typeof version === 'string' && toMicroseconds(version) === toMicroseconds(at))
}

function ofServer<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw asNotTaxii(error)
  }
}

/** Gathers what arrives into batches. */
class Batches {
  objects = 0
  readonly #keep: Keep
  readonly #stream = new EnvelopeStream()
  readonly #hash = createHash('sha256')
  #fresh = 0
  #waiting: Element[] = []
  #waitingBytes = 0
  /** Bytes of the answer that no batch has counted yet. */
  #uncounted = 0

  constructor(keep: Keep) {
    this.#keep = keep
  }

  async take(part: Buffer): Promise<void> {
    this.#uncounted += part.length
    for (const element of ofServer(() => this.#stream.take(part))) {
      // Whole batches are kept once something follows on them, for the last is kept with what follows on the page.
      if (this.#waiting.length >= BATCH || this.#waitingBytes >= BATCH_BYTES) await this.#flush()
      if (++this.objects > MOST_ELEMENTS) throw new RemoteFailure('too-long')
      this.#hash.update(element ?? 'too long').update('\n')
      this.#waiting.push(element)
      this.#waitingBytes += element?.length ?? 0
    }
  }

  end(): Said {
    return ofServer(() => this.#stream.end())
  }

  lastElement(): Element {
    return this.#waiting.at(-1)
  }

  digest(): string {
    return this.#hash.digest('base64url')
  }

  async finish(conclude: (fresh: number) => PageDone): Promise<PageDone> {
    let done: PageDone | undefined
    await this.#keep(this.#waiting, this.#uncounted, (fresh) => (done = conclude(this.#fresh + fresh)))
    if (!done) throw new Error('a page was not concluded')
    return done
  }

  async #flush(): Promise<void> {
    const elements = this.#waiting
    const bytes = this.#uncounted
    this.#waiting = []
    this.#waitingBytes = 0
    this.#uncounted = 0
    this.#fresh += await this.#keep(elements, bytes)
  }
}
