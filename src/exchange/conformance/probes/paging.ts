import { compare, dates, readPage, walk, type Content } from '#exchange/conformance/walk.ts'
import { readVersion, type Version } from '#exchange/conformance/stix.ts'
import { fromMicroseconds, toMicroseconds } from '#exchange/conformance/timestamps.ts'
import type { Session } from '#exchange/conformance/session.ts'
import { asObjects, type Turn } from '#exchange/conformance/turn.ts'

/** Pages of one walk in small steps; what they reach is compared with the beginning of the whole walk. */
const MOST_STEPS = 30
const keysOf = (turn: Turn) => asObjects(turn.json.objects).map((object) => readVersion(object).key)

/** T22, T23, T24, T7: pages by `limit`, `next` and `added_after`, against the walk without any. */
export async function probePaging(session: Session, content: Content): Promise<void> {
  if (content.last.length === 0) {
    for (const point of ['T7', 'T22', 'T23', 'T24'] as const) session.judge.skip(point, 'the collection is empty')
    return
  }
  if (session.wants('T22')) await probeAddedAfter(session, content)
  if (session.wants('T23')) await probeLimit(session, content)
  if (session.wants('T24', 'T7')) await probeNext(session, content)
}

async function probeAddedAfter(session: Session, { collection, records, last, whole, plain }: Content): Promise<void> {
  const { judge } = session
  const manifest = `${collection.url}manifest/`
  const instants = records.flatMap(({ dateAdded }) => toMicroseconds(dateAdded) ?? [])
  const picks = [...new Set([0, Math.floor((records.length - 1) / 2), records.length - 1])].filter((n) => instants[n] !== undefined)
  for (const n of picks) {
    const after = fromMicroseconds(instants[n]!)
    const turn = await session.ask('manifest', manifest, { added_after: after, limit: '100' })
    const early = asObjects(turn.json.objects).filter(({ date_added: added }) => (toMicroseconds(String(added)) ?? 0n) <= instants[n]!)
    judge.must(
      'T22',
      'added_after is strictly after',
      turn.status === 200 && early.length === 0,
      turn,
      `${turn.outcome}; ${early.length} records are not later`,
    )
    const expected = instants.filter((at) => at > instants[n]!).length
    if (whole && expected <= 100 && turn.json.more !== true)
      judge.must('T22', 'added_after leaves out nothing later', asObjects(turn.json.objects).length >= expected, turn, `${expected} expected`)
  }
  const future = await session.ask('envelope', `${collection.url}objects/`, { added_after: '9000-01-01T00:00:00.000000Z' })
  judge.must('T22', 'nothing was added after the year 9000', future.status === 200 && asObjects(future.json.objects).length === 0, future, future.outcome)
  judge.gap('C1', dates(future).first === undefined ? 'no date headers on an empty answer' : 'date headers also on an empty answer')
  const oldest = await session.ask('manifest', manifest, { limit: '1' })
  const first = toMicroseconds(String(asObjects(oldest.json.objects)[0]?.date_added))
  judge.must('T22', 'without added_after the oldest comes first', first === undefined || !instants.some((at) => at < first), oldest)
  const ways = await walk(session, `${collection.url}objects/`, 'envelope', { limit: pageSize(last.length), by: 'added_after', mostPages: MOST_STEPS })
  const differs =
    ways.trouble ??
    compare(
      ways.items.map((item) => readVersion(item).key),
      ways.whole,
      last.map(({ key }) => key),
      plain.whole,
    )
  judge.must('T22', 'a walk by added_after visits each object once', differs === undefined, ways.pages.at(-1)?.turn, differs)
}

function pageSize(count: number): number {
  return Math.max(2, Math.ceil(count / (MOST_STEPS - 5)))
}

async function probeLimit(session: Session, { collection, last, plain }: Content): Promise<void> {
  const { judge } = session
  for (const [path, expected] of [
    ['objects/', 'envelope'],
    ['manifest/', 'manifest'],
  ] as const)
    for (const limit of [1, 2, 3, 7, 100, 999_999_999]) {
      const turn = await session.ask(expected, `${collection.url}${path}`, { limit: String(limit) })
      const page = readPage(turn)
      judge.must('T23', `limit=${limit} is honoured`, turn.status === 200 && page.items.length <= limit, turn, `${turn.outcome}; ${page.items.length} objects`)
      if (turn.status !== 200) continue
      const all = page.items.length >= last.length
      if (!all) judge.must('T23', 'more is true where more exist', turn.json.more === true, turn, `${page.items.length} of ${last.length}`)
      if (all && plain.whole && last.length <= limit)
        judge.must('T23', 'more is not true where everything is there', turn.json.more !== true || page.items.length > last.length, turn)
      if (turn.json.more !== true) judge.should('T30', 'next only where there is more', page.next === undefined, turn)
    }
}

async function probeNext(session: Session, { collection, last, plain }: Content): Promise<void> {
  const { judge } = session
  const objects = `${collection.url}objects/`
  const start = await session.ask('envelope', objects, { limit: '1' })
  const { next, more } = readPage(start)
  if (!more || next === undefined) {
    for (const point of ['T24', 'T7'] as const)
      judge.skip(point, more ? 'the server gives no next; its pages go by added_after' : 'the collection has one object only')
    return
  }
  for (const size of [pageSize(last.length), pageSize(last.length) + 3]) {
    const ways = await walk(session, objects, 'envelope', { limit: size, by: 'next', mostPages: MOST_STEPS })
    const differs =
      ways.trouble ??
      compare(
        ways.items.map((item) => readVersion(item).key),
        ways.whole,
        last.map(({ key }) => key),
        plain.whole,
      )
    judge.must('T24', 'a walk by next visits each object once', differs === undefined, ways.pages.at(-1)?.turn, `pages of ${size}: ${differs}`)
  }
  await probeFilteredNext(session, objects, last, plain.whole)
  if (session.wants('T7')) await probeTrust(session, objects, next, last)
}

/** The type that occurs most often, without being the only one where there are several. */
function commonType(last: readonly Version[]): string {
  const counts = new Map<string, number>()
  for (const { type } of last) counts.set(type, (counts.get(type) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1])[0]![0]
}

async function probeFilteredNext(session: Session, objects: string, last: readonly Version[], whole: boolean): Promise<void> {
  const type = commonType(last)
  const expected = last.filter((one) => one.type === type).map(({ key }) => key)
  const size = expected.length > 40 ? pageSize(expected.length) : 1
  const ways = await walk(session, objects, 'envelope', { query: { 'match[type]': type }, limit: size, by: 'next', mostPages: MOST_STEPS })
  const differs =
    ways.trouble ??
    compare(
      ways.items.map((item) => readVersion(item).key),
      ways.whole,
      expected,
      whole,
    )
  session.judge.must('T24', 'next goes on with the same filters', differs === undefined, ways.pages.at(-1)?.turn, `match[type]=${type}: ${differs}`)
}

/** T7: `next` of another question, of no login, and invented ones. */
async function probeTrust(session: Session, objects: string, next: string, last: readonly Version[]): Promise<void> {
  const { judge } = session
  const type = commonType(last)
  const other = await session.send(objects, { next, limit: '5', 'match[type]': type })
  const foreign = asObjects(other.json.objects).filter((object) => object.type !== type)
  const refused = other.status === 400 || other.status === 404
  judge.must('T7', 'next of another question is refused or answers this one', refused || (other.status === 200 && foreign.length === 0), other, other.outcome)
  const absent = await session.send(objects, { next, limit: '5', 'match[id]': 'indicator--00000000-0000-4000-8000-000000000000' })
  const none = absent.status === 200 && keysOf(absent).length === 0
  judge.must('T7', 'next does not replace the filters beside it', none || absent.status === 400 || absent.status === 404, absent, absent.outcome)
  const stranger = await session.send(objects, { next, limit: '5' }, { login: 'none' })
  const control = await session.send(objects, { limit: '1' }, { login: 'none' })
  if (control.status === 200) judge.skip('T7', 'strangers may read, so next tells them nothing')
  else judge.must('T7', 'next is no login', stranger.status !== 200, stranger, stranger.outcome)
  const known = new Set(last.map(({ key }) => key))
  for (const invented of [`${next}x`, next.slice(0, -1), flipped(next), '../../etc/passwd', '-1', "1' or '1'='1", 'A'.repeat(4000)]) {
    const turn = await session.send(objects, { next: invented, limit: '5' })
    judge.must('T7', 'an invented next is no server error', turn.status > 0 && turn.status < 500, turn, turn.outcome)
    const strange = turn.status === 200 ? keysOf(turn).filter((key) => !known.has(key)) : []
    judge.must('T7', 'an invented next shows nothing else', strange.length === 0, turn, strange[0])
  }
}

function flipped(text: string): string {
  const middle = Math.floor(text.length / 2)
  return `${text.slice(0, middle)}${text[middle] === 'A' ? 'B' : 'A'}${text.slice(middle + 1)}`
}
