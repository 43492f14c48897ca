import { FIRST, LAST } from '#exchange/conformance/inspect.ts'
import { withQuery, type Collection, type Session } from '#exchange/conformance/session.ts'
import { readVersion, versionKey, type Version } from '#exchange/conformance/stix.ts'
import { asObjects, asText, type Json, type Turn } from '#exchange/conformance/turn.ts'

export interface WalkOptions {
  readonly query?: Readonly<Record<string, string>>
  readonly limit?: number
  /** How to get to the next page: as the standard says, either; or by one of the two alone. */
  readonly by?: 'either' | 'next' | 'added_after'
  readonly mostPages?: number
  readonly mostItems?: number
}

export interface Page {
  readonly turn: Turn
  readonly items: readonly Json[]
  readonly more: boolean
  readonly next: string | undefined
}

export interface Walk {
  readonly pages: readonly Page[]
  readonly items: readonly Json[]
  /** Whether the end was reached; otherwise what was walked is the beginning. */
  readonly whole: boolean
  /** Why the walk could not go on although there was more. */
  readonly trouble: string | undefined
}

/** Empty pages in a row; one may come where objects were deleted meanwhile (section 3.5). */
const MOST_IDLE = 3
/** Bytes of one walk that are kept. */
const MOST_BYTES = 128 * 1024 * 1024

/** Reads a resource page by page. Never goes on where a page brings no progress. */
export async function walk(session: Session, url: string, expected: 'envelope' | 'manifest', options: WalkOptions = {}): Promise<Walk> {
  const { query = {}, limit, by = 'either', mostPages = 2000, mostItems = session.options.mostObjects } = options
  const asked = { ...query, ...(limit !== undefined && { limit: String(limit) }) }
  const pages: Page[] = []
  const items: Json[] = []
  const seen = new Set<string>()
  let bytes = 0
  let idle = 0
  const end = (whole: boolean, trouble?: string): Walk => ({ pages, items, whole, trouble })
  for (let step: Readonly<Record<string, string>> = {}; ;) {
    const turn = await session.ask(expected, url, { ...asked, ...step })
    if (turn.status !== 200) return end(false, `${turn.outcome} for ${withQuery(url, { ...asked, ...step })}`)
    const page = readPage(turn)
    pages.push(page)
    for (const item of page.items) items.push(item)
    bytes += turn.answer?.body.length ?? 0
    if (!page.more) return end(true)
    idle = page.items.length === 0 ? idle + 1 : 0
    if (idle > MOST_IDLE) return end(false, `more is true after ${idle} pages without objects`)
    if (pages.length >= mostPages || items.length >= mostItems || bytes >= MOST_BYTES || session.client.stopped) return end(false)
    const following = stepAfter(page, by)
    if (typeof following === 'string') return end(false, following)
    const key = JSON.stringify(following)
    if (seen.has(key)) return end(false, 'a page brings no progress: the walk would never end')
    seen.add(key)
    step = following
  }
}

export function readPage(turn: Turn): Page {
  const { objects, more, next } = turn.json
  return { turn, items: asObjects(objects), more: more === true || more === 'true', next: asText(next) }
}

function stepAfter({ turn, next, items }: Page, by: 'either' | 'next' | 'added_after'): Readonly<Record<string, string>> | string {
  const last = turn.header(LAST)
  if (by !== 'added_after' && next !== undefined && next !== '') return { next }
  if (by === 'next') return 'more is true and next is missing'
  if (last === undefined) return `more is true, and neither next nor ${LAST} says how to go on`
  return items.length === 0 ? 'more is true after a page without objects' : { added_after: last }
}

/** What a collection holds, as walks through it showed; filters are compared with it. */
export interface Content {
  readonly collection: Collection
  /** The walk without filters: the last version of each object. */
  readonly plain: Walk
  readonly last: readonly Version[]
  /** Every version; undefined where `match[version]=all` was not answered. */
  readonly all: readonly Version[] | undefined
  /** Manifest without filters. */
  readonly manifest: Walk
  readonly records: readonly ManifestRecord[]
  /** Whether the end of the collection was reached; otherwise lists are its beginning. */
  readonly whole: boolean
}

export interface ManifestRecord {
  readonly key: string
  readonly id: string
  readonly dateAdded: string
  readonly raw: Json
}

/** Walks through a collection: objects, all versions, manifest. */
export async function readContent(session: Session, collection: Collection): Promise<Content> {
  const objects = `${collection.url}objects/`
  const plain = await walk(session, objects, 'envelope')
  const every = await walk(session, objects, 'envelope', { query: { 'match[version]': 'all' } })
  const manifest = await walk(session, `${collection.url}manifest/`, 'manifest')
  const last = plain.items.map(readVersion)
  const all = every.trouble === undefined ? every.items.map(readVersion) : undefined
  const unversioned = new Set([...last, ...(all ?? [])].filter(({ version }) => version === undefined).map(({ id }) => id))
  const records = manifest.items.map((raw) => readRecord(raw, unversioned))
  return { collection, plain, last, all, manifest, records, whole: plain.whole && manifest.whole && every.whole }
}

/** The version that a server gives to an object without one is its own matter (C11). */
function readRecord(raw: Json, unversioned: ReadonlySet<string>): ManifestRecord {
  const id = asText(raw.id) ?? ''
  return { key: versionKey(id, unversioned.has(id) ? undefined : asText(raw.version)), id, dateAdded: asText(raw.date_added) ?? '', raw }
}

/** How two lists differ, in a few words; undefined where they hold the same. What is repeated is a difference. */
export function difference(got: readonly string[], expected: readonly string[]): string | undefined {
  const [has, wants] = [new Set(got), new Set(expected)]
  const missing = expected.filter((key) => !has.has(key))
  const extra = got.filter((key) => !wants.has(key))
  const twice = got.length - has.size
  if (missing.length === 0 && extra.length === 0 && twice === 0) return undefined
  const parts = [
    ...(missing.length > 0 ? [`${missing.length} missing (${missing[0]})`] : []),
    ...(extra.length > 0 ? [`${extra.length} too many (${extra[0]})`] : []),
    ...(twice > 0 ? [`${twice} repeated`] : []),
  ]
  return `${parts.join(', ')}; ${expected.length} expected`
}

/** Compares what a walk showed with what the whole walk lets expect: all of it, or as far as both reached. */
export function compare(got: readonly string[], gotWhole: boolean, expected: readonly string[], expectedWhole: boolean): string | undefined {
  if (gotWhole && expectedWhole) return difference(got, expected)
  const reach = Math.min(got.length, expected.length)
  return difference(got.slice(0, reach), expected.slice(0, reach))
}

/** Every version of one object: of a collection that was not walked to its end they are asked for. */
export async function versionsOf(session: Session, { collection, all, last, whole }: Content, id: string): Promise<readonly Version[]> {
  if (whole || !all) return (all ?? last).filter((one) => one.id === id)
  const ways = await walk(session, `${collection.url}objects/`, 'envelope', { query: { 'match[id]': id, 'match[version]': 'all' } })
  return ways.items.map(readVersion)
}

export const dates = (turn: Turn) => ({ first: turn.header(FIRST), last: turn.header(LAST) })
