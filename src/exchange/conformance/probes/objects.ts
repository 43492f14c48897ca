import { difference, versionsOf, type Content } from '#exchange/conformance/walk.ts'
import { extremes, readVersion, versionKey, type Version } from '#exchange/conformance/stix.ts'
import { encode, type Query, type Session } from '#exchange/conformance/session.ts'
import { asObjects, asText, type Turn } from '#exchange/conformance/turn.ts'

/** T37, T39 and the rest of T30: single objects and their versions. */
export async function probeObjects(session: Session, content: Content): Promise<void> {
  if (content.last.length === 0) {
    for (const point of ['T37', 'T39'] as const) session.judge.skip(point, 'the collection is empty')
    return
  }
  await probeEmpty(session, content)
  for (const id of chosen(session, content)) {
    if (session.wants('T37')) await probeObject(session, content, id)
    if (session.wants('T39')) await probeVersions(session, content, id)
  }
}

/** One with several versions, one with a single version, and one without any. */
function chosen({ versioned }: Session, { last, all }: Content): string[] {
  const counts = new Map<string, number>()
  for (const { id } of all ?? last) counts.set(id, (counts.get(id) ?? 0) + 1)
  const several = [...counts].sort((a, b) => b[1] - a[1])[0]?.[0]
  const single = last.find(({ id, version }) => counts.get(id) === 1 && version !== undefined)?.id
  const none = last.find(({ version }) => version === undefined)?.id
  const own = versioned !== undefined && counts.has(versioned) ? versioned : undefined
  return [...new Set([own ?? several, single, none].flatMap((id) => id ?? []))]
}

async function probeEmpty(session: Session, { collection }: Content): Promise<void> {
  const turn = await session.ask('envelope', `${collection.url}objects/`, { 'match[id]': 'indicator--00000000-0000-4000-8000-000000000000' })
  const empty = turn.status === 200 && turn.json.objects === undefined
  session.judge.must('T30', 'no hits are an empty envelope', empty, turn, turn.outcome)
}

async function probeObject(session: Session, content: Content, id: string): Promise<void> {
  const { judge } = session
  const { collection, all } = content
  const versions = await versionsOf(session, content, id)
  const url = `${collection.url}objects/${encode(id)}/`
  const expect = async (probe: string, query: Query, wanted: readonly Version[]) => {
    const turn = await session.ask('envelope', url, query)
    const differs =
      turn.status === 200
        ? difference(
            keys(turn),
            wanted.map(({ key }) => key),
          )
        : turn.outcome
    judge.must('T37', probe, differs === undefined, turn, differs)
  }
  await expect('the last version of one object', {}, extremes(versions, 'last'))
  await expect(
    'match[spec_version] on one object',
    { 'match[spec_version]': '2.1' },
    extremes(versions, 'last').filter(({ spec }) => spec === '2.1'),
  )
  if (all) {
    await expect('match[version]=all on one object', { 'match[version]': 'all' }, versions)
    await expect('match[version]=first on one object', { 'match[version]': 'first' }, extremes(versions, 'first'))
    const exact = versions[0]!
    if (exact.version !== undefined) await expect('an exact version of one object', { 'match[version]': exact.version }, [exact])
  }
  const absent = await session.ask('envelope', url, { 'match[version]': '1999-01-01T00:00:00.000Z' })
  // Only where the object has versions of its own: the version of others is the server's matter (C11).
  if (versions[0]?.version !== undefined) {
    const none = absent.status === 404 || (absent.status === 200 && asObjects(absent.json.objects).length === 0)
    judge.must('T37', 'a version that one object does not have', none, absent, absent.outcome)
  }
  const bad = await session.ask('envelope', url, { 'match[version]': 'newest' })
  judge.must('T37', 'a malformed filter on one object is 400', bad.status === 400, bad, bad.outcome)
}

async function probeVersions(session: Session, content: Content, id: string): Promise<void> {
  const { judge } = session
  const { collection, all } = content
  const turn = await session.ask('versions', `${collection.url}objects/${encode(id)}/versions/`)
  const listed = Array.isArray(turn.json.versions) ? turn.json.versions : []
  judge.must('T39', 'versions of an object are answered with 200', turn.status === 200, turn, turn.outcome)
  if (turn.status !== 200) return
  const known = await versionsOf(session, content, id)
  if (known[0]?.version === undefined) {
    judge.must('T39', 'an object without versions has one that the server keeps', listed.length === 1, turn, `${listed.length} versions`)
    judge.gap('C11', `the version of an object that has none is ${String(listed[0]).slice(0, 40)}`)
    return
  }
  const got = listed.map((version) => versionKey(id, asText(version)))
  const wanted = known.map(({ key }) => key)
  const differs = all ? difference(got, wanted) : wanted.every((key) => got.includes(key)) ? undefined : 'the last version is missing'
  judge.must('T39', 'every version is listed, each once', differs === undefined, turn, differs)
  const filtered = await session.ask('versions', `${collection.url}objects/${encode(id)}/versions/`, { 'match[spec_version]': '2.1' })
  const same = JSON.stringify(filtered.json.versions) === JSON.stringify(turn.json.versions)
  if (known.every(({ spec }) => spec === '2.1'))
    judge.must('T39', 'match[spec_version] on versions', filtered.status === 200 && same, filtered, filtered.outcome)
  judgeSpelling(session, known, listed, turn)
}

/** `version` is the text of `modified` itself; another spelling of the same instant is how a server resolves C9. */
function judgeSpelling({ judge }: Session, known: readonly Version[], listed: readonly unknown[], turn: Turn): void {
  const exact = known.every(({ version }) => listed.includes(version))
  judge.gap('C9', exact ? 'versions are spelt as the objects spell them' : 'versions are spelt anew')
  judge.should('T39', 'a version is the text of modified', exact, turn, String(listed[0]).slice(0, 60))
}

function keys(turn: Turn): string[] {
  return asObjects(turn.json.objects).map((object) => readVersion(object).key)
}
