import { randomUUID } from 'node:crypto'
import { compare, difference, versionsOf, walk, type Content } from '#exchange/conformance/walk.ts'
import { extremes, readVersion, STIX_TYPES, versionKey, type Version } from '#exchange/conformance/stix.ts'
import { fromMicroseconds } from '#exchange/conformance/timestamps.ts'
import type { PointId } from '#exchange/conformance/contract.ts'
import { withQuery, type Query, type Session } from '#exchange/conformance/session.ts'
import { asText } from '#exchange/conformance/turn.ts'

/** T25 to T28: what each filter answers, against the same filter on what the whole walk showed. */
export async function probeFilters(session: Session, content: Content): Promise<void> {
  if (session.wants('T26')) await probeTypes(session, content)
  if (content.last.length === 0) {
    for (const point of ['T25', 'T27', 'T28'] as const) session.judge.skip(point, 'the collection is empty')
    return
  }
  const filters = new Filters(session, content)
  if (session.wants('T25')) await probeMatches(filters, content)
  if (session.wants('T27')) await probeVersions(filters, content)
  if (session.wants('T28')) await probeSpecs(filters, content)
}

/** Asks objects and manifest with a filter and compares both with what is expected. */
class Filters {
  readonly session: Session
  readonly #content: Content

  constructor(session: Session, content: Content) {
    this.session = session
    this.#content = content
  }

  get url(): string {
    return this.#content.collection.url
  }

  async compare(point: PointId, probe: string, query: Readonly<Record<string, string>>, expected: readonly Version[]): Promise<void> {
    const { collection } = this.#content
    // Whatever names its ids is compared in full.
    const whole = this.#content.whole || 'match[id]' in query
    const wanted = expected.map(({ key }) => key)
    // A filter that selects little reaches beyond what was walked of a large collection: the beginning is what can be compared.
    const mostItems = whole ? this.session.options.mostObjects : Math.max(1, wanted.length)
    const unversioned = new Set(this.#content.last.filter(({ version }) => version === undefined).map(({ id }) => id))
    for (const [path, kind] of [
      ['objects/', 'envelope'],
      ['manifest/', 'manifest'],
    ] as const) {
      const ways = await walk(this.session, `${collection.url}${path}`, kind, { query, mostItems })
      const got = ways.items.map((item) => {
        if (kind === 'envelope') return readVersion(item).key
        const id = asText(item.id) ?? ''
        return versionKey(id, unversioned.has(id) ? undefined : asText(item.version))
      })
      const differs = ways.trouble ?? compare(got, ways.whole, wanted, whole)
      this.session.judge.must(point, `${probe} (${path.slice(0, -1)})`, differs === undefined, ways.pages.at(-1)?.turn, `${withQuery('', query)}: ${differs}`)
    }
  }
}

async function probeMatches(filters: Filters, { last, collection }: Content): Promise<void> {
  const types = [...new Set(last.map(({ type }) => type))].filter((type) => type !== '')
  const some = last.filter((_, n) => n % Math.max(1, Math.floor(last.length / 4)) === 0).slice(0, 4)
  const of = (...wanted: readonly string[]) => last.filter(({ type }) => wanted.includes(type))
  const withIds = (versions: readonly Version[]) => last.filter(({ id }) => versions.some((one) => one.id === id))
  for (const type of types.slice(0, 3)) await filters.compare('T25', 'match[type], one value', { 'match[type]': type }, of(type))
  if (types.length > 1) await filters.compare('T25', 'match[type], values are ORed', { 'match[type]': types.slice(0, 2).join(',') }, of(...types.slice(0, 2)))
  await filters.compare('T25', 'match[id], one value', { 'match[id]': some[0]!.id }, withIds(some.slice(0, 1)))
  const ids = some.map(({ id }) => id)
  await filters.compare('T25', 'match[id], values are ORed', { 'match[id]': [...ids, `indicator--${randomUUID()}`].join(',') }, withIds(some))
  const wanted = some[0]!.type
  const both = { 'match[id]': ids.join(','), 'match[type]': wanted }
  await filters.compare(
    'T25',
    'fields are ANDed',
    both,
    withIds(some).filter(({ type }) => type === wanted),
  )
  const other = STIX_TYPES.find((type) => type !== wanted)!
  await filters.compare('T25', 'fields are ANDed, to nothing', { 'match[id]': some[0]!.id, 'match[type]': other }, [])
  await filters.compare('T25', 'match[id], unknown', { 'match[id]': `indicator--${randomUUID()}` }, [])
  await probeSpelling(filters.session, collection.url, wanted)
}

/** Brackets are sent as they are by some clients and encoded by others. */
async function probeSpelling(session: Session, url: string, type: string): Promise<void> {
  const encoded = await session.ask('envelope', `${url}objects/`, { 'match[type]': type, limit: '5' })
  const bare = await session.ask('envelope', `${url}objects/?match[type]=${type}&limit=5`)
  const same = JSON.stringify(bare.json.objects) === JSON.stringify(encoded.json.objects)
  session.judge.must('T25', 'brackets may be encoded or not', bare.status === 200 && same, bare, bare.outcome)
}

/** T26: no type of STIX 2.1 is an error. */
async function probeTypes(session: Session, { collection }: Content): Promise<void> {
  const ask = async (types: string) => {
    const turn = await session.ask('envelope', `${collection.url}objects/`, { 'match[type]': types, limit: '1' })
    session.judge.must('T26', 'types of STIX 2.1 can be asked for', turn.status === 200, turn, `${turn.outcome} for ${types.slice(0, 100)}`)
  }
  for (const type of STIX_TYPES) await ask(type)
  await ask(STIX_TYPES.join(','))
}

async function probeVersions(filters: Filters, content: Content): Promise<void> {
  const { judge } = filters.session
  const { all, last, collection, whole } = content
  judge.must('T27', 'match[version]=all is answered', all !== undefined)
  if (all && whole) {
    const keys = (versions: readonly Version[]) => versions.map(({ key }) => key)
    const problem = difference(keys(last), keys(extremes(all, 'last')))
    judge.must('T27', 'without match[version] the last version of each object', problem === undefined, undefined, problem)
    await filters.compare('T27', 'last', { 'match[version]': 'last' }, extremes(all, 'last'))
    await filters.compare('T27', 'first', { 'match[version]': 'first' }, extremes(all, 'first'))
  } else if (all) judge.skip('T27', 'the collection was not walked to its end: versions are compared object by object')
  if (all) await probeExact(filters, content, all)
  for (const text of [
    'all,last',
    'all,first',
    'last,all,first',
    'last,last',
    'all,2024-01-01T00:00:00.000Z',
    '2024-01-01T00:00:00.000Z,2024-01-01T00:00:00.000Z',
  ])
    await refuse(filters.session, collection.url, [['match[version]', text]])
  await refuse(filters.session, collection.url, [
    ['match[version]', 'first'],
    ['match[version]', 'last'],
  ])
}

async function refuse(session: Session, url: string, query: Query): Promise<void> {
  const turn = await session.ask('envelope', `${url}objects/`, query)
  session.judge.must('T27', 'all stands alone, and nothing is named twice', turn.status === 400, turn, `${turn.outcome} for ${withQuery('', query)}`)
}

async function probeExact(filters: Filters, content: Content, all: readonly Version[]): Promise<void> {
  const counts = new Map<string, number>()
  for (const { id } of all) counts.set(id, (counts.get(id) ?? 0) + 1)
  const chosen = [...counts].filter(([id]) => all.some((one) => one.id === id && one.version !== undefined)).sort((a, b) => b[1] - a[1])[0]?.[0]
  const versions = chosen === undefined ? [] : await versionsOf(filters.session, content, chosen)
  const one = versions[0]
  if (!chosen || !one) return filters.session.judge.skip('T27', 'no object of the collection has a version')
  if (versions.length === 1) filters.session.judge.skip('T27', 'no object of the collection has several versions')
  await filters.compare('T27', 'all versions of one object', { 'match[id]': chosen, 'match[version]': 'all' }, versions)
  const only = (...wanted: readonly Version[]) => versions.filter(({ key }) => wanted.some((each) => each.key === key))
  const exact = { 'match[id]': chosen, 'match[version]': one.version! }
  await filters.compare('T27', 'an exact version', exact, only(one))
  const [first, last] = [extremes(versions, 'first')[0]!, extremes(versions, 'last')[0]!]
  await filters.compare('T27', 'first and last', { 'match[id]': chosen, 'match[version]': 'first,last' }, only(first, last))
  await filters.compare('T27', 'an exact version and last', { 'match[id]': chosen, 'match[version]': `${one.version!},last` }, only(one, last))
  await filters.compare('T27', 'a version that does not exist', { 'match[id]': chosen, 'match[version]': '1999-01-01T00:00:00.000Z' }, [])
  const spelt = fromMicroseconds(one.at)
  const turn = await filters.session.send(`${filters.url}objects/`, { 'match[id]': chosen, 'match[version]': spelt })
  filters.session.judge.gap(
    'C9',
    turn.status === 200 && Array.isArray(turn.json.objects) ? 'versions are compared as instants' : 'versions are compared as texts',
  )
  return undefined
}

async function probeSpecs(filters: Filters, { last, all, collection }: Content): Promise<void> {
  const { judge } = filters.session
  const ids = last.map(({ id }) => id)
  judge.must('T28', 'without match[spec_version] each object comes once', new Set(ids).size === ids.length)
  for (const spec of ['2.1', '2.0', '2.0,2.1']) {
    const ways = await walk(filters.session, `${collection.url}objects/`, 'envelope', { query: { 'match[spec_version]': spec }, mostPages: 3 })
    const wrong = ways.items.map(readVersion).filter((one) => !spec.split(',').includes(one.spec))
    const turn = ways.pages[0]?.turn
    judge.must(
      'T28',
      'nothing outside the spec versions that are listed',
      ways.trouble === undefined && wrong.length === 0,
      turn,
      ways.trouble ?? `${wrong[0]?.key} for ${spec}`,
    )
  }
  if ((all ?? last).every((one) => one.spec === '2.1')) await filters.compare('T28', 'everything of 2.1', { 'match[spec_version]': '2.1' }, last)
}
