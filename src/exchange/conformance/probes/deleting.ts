import { randomUUID } from 'node:crypto'
import { short } from '#exchange/conformance/inspect.ts'
import { MOMENTS, readVersion } from '#exchange/conformance/stix.ts'
import { encode, type Collection, type Session } from '#exchange/conformance/session.ts'
import { asObjects, type Turn } from '#exchange/conformance/turn.ts'

/** T38: only on objects that this check made, and on ids that nobody has. */
export async function probeDeleting(session: Session, collection: Collection): Promise<void> {
  const { judge, target } = session
  for (const one of target.collections.filter(({ canRead, canWrite }) => !canRead || !canWrite).slice(0, 5)) {
    const turn = await session.ask('nothing', `${one.url}objects/indicator--${randomUUID()}/`, {}, { method: 'DELETE' })
    const due = one.canRead || one.canWrite ? 403 : 404
    judge.must('T38', `can_read:${one.canRead} and can_write:${one.canWrite} give ${due}`, turn.status === due, turn, turn.outcome)
  }
  if (!collection.canRead) return judge.skip('T38', 'no collection that can be both read and written')
  const unknown = await session.ask('nothing', `${collection.url}objects/indicator--${randomUUID()}/`, {}, { method: 'DELETE' })
  judge.must('T38', 'an unknown object is 404', unknown.status === 404, unknown, unknown.outcome)
  if (session.versioned === undefined || !session.created.has(session.versioned)) return judge.skip('T38', 'the objects of this check were not taken')
  return deleteVersioned(session, collection, session.versioned)
}

async function deleteVersioned(session: Session, collection: Collection, id: string): Promise<void> {
  const { judge } = session
  const url = `${collection.url}objects/${id}/`
  const before = await versionsOf(session, collection, id)
  const one = await session.ask('nothing', url, { 'match[version]': MOMENTS[1] }, { method: 'DELETE' })
  judge.must('T38', 'one version is deleted with 200', one.status === 200, one, one.outcome)
  if (one.status === 200) {
    const left = await versionsOf(session, collection, id)
    const gone = !left.includes(MOMENTS[1])
    judge.must(
      'T38',
      'a deleted version is gone, and the others are not',
      gone && left.length === before.length - 1,
      one,
      `${before.length} versions before, then ${short(left)}`,
    )
    const exact = await session.ask('envelope', url, { 'match[version]': MOMENTS[1] })
    judge.must('T38', 'a deleted version cannot be read', asObjects(exact.json.objects).length === 0, exact, exact.outcome)
  }
  const whole = await session.ask('nothing', url, {}, { method: 'DELETE' })
  judge.must('T38', 'an object is deleted with 200', whole.status === 200, whole, whole.outcome)
  if (whole.status !== 200) return
  const rest = await versionsOf(session, collection, id)
  judge.gap('C4', rest.length === 0 ? 'DELETE without match[version] deletes every version' : 'DELETE without match[version] deletes one version')
  judge.must('T38', 'the version that DELETE stands for is gone', !rest.includes(MOMENTS[2]), whole, short(rest))
  if (rest.length > 0) await session.send(url, { 'match[version]': 'all' }, { method: 'DELETE' })
  await judgeGone(session, collection, id)
}

async function judgeGone(session: Session, collection: Collection, id: string): Promise<void> {
  const { judge } = session
  for (let left = 10; left > 0; left--) {
    const turn = await session.send(`${collection.url}objects/${id}/`)
    if (asObjects(turn.json.objects).length === 0) break
    await session.send(`${collection.url}objects/${id}/`, {}, { method: 'DELETE' })
  }
  const read = await session.ask('envelope', `${collection.url}objects/${id}/`)
  judge.must('T38', 'a deleted object is 404', read.status === 404, read, read.outcome)
  for (const [path, expected] of [
    ['objects/', 'envelope'],
    ['manifest/', 'manifest'],
  ] as const) {
    const turn = await session.ask(expected, `${collection.url}${path}`, { 'match[id]': id, 'match[version]': 'all' })
    judge.must('T38', `a deleted object is not listed: ${path}`, turn.status === 200 && asObjects(turn.json.objects).length === 0, turn, turn.outcome)
  }
  const again = await session.ask('nothing', `${collection.url}objects/${id}/`, {}, { method: 'DELETE' })
  judge.must('T38', 'deleting twice is 404', again.status === 404, again, again.outcome)
  if (read.status === 404) session.created.delete(id)
}

/** Versions of an object that the collection lists now. */
async function versionsOf(session: Session, { url }: Collection, id: string): Promise<string[]> {
  const turn: Turn = await session.send(`${url}objects/`, { 'match[id]': id, 'match[version]': 'all' })
  return asObjects(turn.json.objects).map((object) => readVersion(object).version ?? '')
}

/**
 * Takes away what the check made, also after Ctrl-C; returns the ids that stayed, because the server offers no DELETE. `send` has to
 * be one that is not ended yet.
 */
export async function cleanUp(created: ReadonlyMap<string, Collection>, send: (method: string, url: string) => Promise<Turn>): Promise<string[]> {
  const left: string[] = []
  for (const [id, collection] of created) {
    const url = `${collection.url}objects/${encode(id)}/`
    let turn = await send('DELETE', url)
    // A server that deletes one version at a time is asked until nothing is left.
    for (let again = 0; turn.status === 200 && again < 10; again++) turn = await send('DELETE', url)
    if (turn.status !== 404 && turn.status !== 200) left.push(id)
  }
  return left
}
