import { randomUUID } from 'node:crypto'
import { pause, stopwatch } from '#platform/clock/clock.ts'
import { TAXII } from '#exchange/conformance/client.ts'
import { short } from '#exchange/conformance/inspect.ts'
import { probeIndicator, probeObjects } from '#exchange/conformance/stix.ts'
import { encode, type Collection, type Session } from '#exchange/conformance/session.ts'
import { asObjects, asText, type Json, type Turn } from '#exchange/conformance/turn.ts'

/** Largest body that is sent to see what becomes of large ones. */
const MOST_SENT = 16 * 1024 * 1024

/** Posts the objects that the other probes read, and judges how they are taken (T36, T31, T32). */
export async function plantObjects(session: Session, collection: Collection): Promise<void> {
  const { indicator, envelopes } = probeObjects()
  for (const objects of envelopes) {
    const { status, turn } = await post(session, collection, { objects })
    session.judge.must('T36', 'good objects are taken: 202 with a status', turn.status === 202, turn, turn.outcome)
    if (turn.status !== 202 || !status) return
    session.judge.must('T36', 'none of the good objects fails', status.failure_count === 0, turn, short(status.failures))
    session.judge.must('T31', 'a status counts every object', status.total_count === objects.length, turn, `${short(status.total_count)} of ${objects.length}`)
  }
  session.versioned = indicator
}

/** The other half of T36, T14, T31, T32 and the 413 of T10. */
export async function probePosting(session: Session, collection: Collection): Promise<void> {
  if (session.wants('T14', 'T36')) await probeTypes(session, collection)
  await probeDuplicates(session, collection)
  if (session.wants('T36')) await probeBad(session, collection)
  if (session.wants('T10', 'T36')) await probeSizes(session, collection)
  if (session.wants('T36')) await probeUnwritable(session)
}

/** Posts an envelope, remembers what it made, and waits until its status is complete. */
async function post(
  session: Session,
  collection: Collection,
  envelope: { readonly objects: readonly Json[] },
  more: { headers?: Readonly<Record<string, string | undefined>>; body?: Buffer } = {},
): Promise<{ turn: Turn; status: Json | undefined }> {
  const ids = envelope.objects.flatMap(({ id }) => asText(id) ?? [])
  for (const id of ids) session.created.set(id, collection)
  const question = { method: 'POST', body: JSON.stringify(envelope), ...more }
  const turn = await session.ask('status', `${collection.url}objects/`, {}, question)
  const status = turn.status === 202 ? await completed(session, turn) : undefined
  // What was refused does not have to be taken away; what became of the rest of a server error is not known.
  const refused = turn.status >= 400 && turn.status < 500 ? ids : asObjects(status?.failures).map(({ id }) => asText(id) ?? '')
  for (const id of refused) if (!session.taken.has(id)) session.created.delete(id)
  for (const id of ids) if (session.created.has(id)) session.taken.add(id)
  return { turn, status }
}

/** Polls a status until it is complete; undefined where it is not in time. One that never was makes the check wait less for the next. */
async function completed(session: Session, posted: Turn): Promise<Json | undefined> {
  const { judge, target, client } = session
  const id = asText(posted.json.id)
  if (id === undefined || target.root === undefined) return undefined
  const elapsed = stopwatch()
  // Even what is complete at once can be read later.
  for (let polls = 0; !client.stopped; polls++) {
    const turn = await session.ask('status', `${target.root}status/${encode(id)}/`)
    if (!judge.must('T32', 'a status can be read by its id', turn.status === 200 && turn.json.id === id, turn, turn.outcome)) return undefined
    if (turn.json.status === 'complete') return turn.json
    if (elapsed() > session.patienceMs) {
      judge.must('T32', 'what is pending completes', false, turn, `still ${short(turn.json.status)} after ${Math.round(elapsed() / 1000)} s`)
      session.patienceMs = 0
      return undefined
    }
    await pause(Math.min(2000, 50 * 2 ** polls), session.options.stop)
  }
  return undefined
}

async function probeTypes(session: Session, collection: Collection): Promise<void> {
  const { judge } = session
  for (const type of [TAXII, 'application/taxii+json', 'application/taxii+json; version=2.1']) {
    const { turn } = await post(session, collection, { objects: [probeIndicator()] }, { headers: { 'content-type': type } })
    judge.must('T14', `Content-Type: ${type}`, turn.status === 202, turn, turn.outcome)
  }
  const answers: string[] = []
  for (const type of ['text/plain', 'application/json', 'application/stix+json;version=2.1', 'application/taxii+json;version=9.9', undefined]) {
    const { turn } = await post(session, collection, { objects: [probeIndicator()] }, { headers: { 'content-type': type } })
    judge.must('T36', `a foreign Content-Type is 415 or taken: ${type ?? 'none'}`, [202, 400, 415].includes(turn.status), turn, turn.outcome)
    answers.push(`${type ?? 'none'}: ${turn.outcome}`)
  }
  judge.note('T14', 'what foreign media types get', answers.join('; '))
  const { turn } = await post(session, collection, { objects: [probeIndicator()] }, { headers: { accept: 'text/html' } })
  judge.must('T14', 'a foreign Accept with POST is 406 or taken', [202, 406].includes(turn.status), turn, turn.outcome)
}

async function probeDuplicates(session: Session, collection: Collection): Promise<void> {
  const { judge, target } = session
  const object = probeIndicator()
  const first = await post(session, collection, { objects: [object] })
  const again = await post(session, collection, { objects: [object] })
  const taken = again.turn.status === 202 && again.status?.failure_count === 0
  judge.must('T36', 'an exact duplicate is no error', taken, again.turn, `${again.turn.outcome} ${short(again.status?.failures ?? '')}`)
  if (first.status && collection.canRead) {
    const turn = await session.ask('envelope', `${collection.url}objects/${object.id}/`)
    const kept = asObjects(turn.json.objects)[0]
    judge.must('T36', 'what was taken can be read', turn.status === 200 && kept?.id === object.id, turn, turn.outcome)
    const all = await session.ask('envelope', `${collection.url}objects/${object.id}/`, { 'match[version]': 'all' })
    judge.must('T36', 'a duplicate is not stored twice', asObjects(all.json.objects).length <= 1, all)
    if (kept) judge.should('T36', 'an object comes back as it was sent', canonical(kept) === canonical(object), turn)
  }
  const unknown = await session.ask('status', `${target.root}status/${randomUUID()}/`)
  judge.must('T32', 'an unknown status is 404', unknown.status === 404, unknown, unknown.outcome)
  if (first.status) await probeStatus(session, first.status, object)
}

/** T31: what became of the object is named with its version. */
async function probeStatus({ judge }: Session, status: Json, object: Json): Promise<void> {
  const successes = asObjects(status.successes)
  if (successes.length === 0) return judge.note('T31', 'successes are not listed', 'only counted, which the standard allows')
  const named = successes.some(
    ({ id, version }) => id === object.id && (version === object.modified || Date.parse(String(version)) === Date.parse(String(object.modified))),
  )
  judge.must('T31', 'a success names the object and its version', named, undefined, short(successes))
  return undefined
}

/** Envelopes with bad objects, and bodies that are no envelope. */
async function probeBad(session: Session, collection: Collection): Promise<void> {
  const { judge } = session
  const good = probeIndicator()
  for (const [name, bad] of [
    ['an id that is none', { ...probeIndicator(), id: `no-id-of-stix-${randomUUID()}` }],
    ['no type', { id: `indicator--${randomUUID()}`, spec_version: '2.1' }],
    ['no pattern', { ...probeIndicator(), pattern: undefined }],
  ] as const) {
    const { turn, status } = await post(session, collection, { objects: [good, JSON.parse(JSON.stringify(bad)) as Json] })
    const named = turn.status === 202 && status !== undefined && Number(status.failure_count) > 0
    const refused = turn.status === 422 || turn.status === 400
    judge.must('T36', 'an envelope with a bad object is 202 or 422', turn.status === 202 || refused, turn, `${turn.outcome} for ${name}`)
    judge.should('T36', `a bad object is named or refused: ${name}`, named || refused, turn, short(status ?? turn.outcome))
    judge.note('T36', 'good objects beside a bad one', named ? 'are stored' : refused ? 'are refused with it' : 'are stored, and so is the bad one', turn)
  }
  for (const [name, body] of [
    ['no JSON', '{"objects":['],
    ['a list', '[]'],
    ['a text', '"objects"'],
    ['objects that is no list', '{"objects":"indicator"}'],
    ['an object that is none', '{"objects":[1]}'],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    ['deep nesting', `{"objects":${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
  ] as const) {
    const { turn, status } = await post(session, collection, { objects: [] }, { body: Buffer.from(body) })
    const failed = turn.status === 202 && (status === undefined || Number(status.success_count) === 0)
    judge.must('T36', `what is no envelope is 422 or 400: ${name}`, [400, 422].includes(turn.status) || failed, turn, turn.outcome)
  }
}

/** 413 above `max_content_length`, and never below it. */
async function probeSizes(session: Session, collection: Collection): Promise<void> {
  const { judge, target } = session
  const most = Number(target.apiRoot?.max_content_length)
  if (!Number.isSafeInteger(most) || most < 1000) return judge.skip('T10', 'max_content_length is too small to post below it')
  const padded = (size: number) => {
    const objects = [probeIndicator()]
    const text = JSON.stringify({ objects })
    return { objects, body: Buffer.from(`${text.slice(0, -1)}${' '.repeat(Math.max(0, size - text.length))}}`) }
  }
  const below = padded(Math.min(most - 1, MOST_SENT))
  const small = await post(session, collection, below, { body: below.body })
  judge.must('T10', 'a body below max_content_length is not 413', small.turn.answer !== undefined && small.turn.status !== 413, small.turn, small.turn.outcome)
  if (most > MOST_SENT) return judge.skip('T36', `a body above max_content_length (${most} bytes) is more than this check sends`)
  const above = padded(most + 1)
  const large = await post(session, collection, above, { body: above.body })
  return void judge.must('T36', 'a body above max_content_length is 413', large.turn.status === 413, large.turn, large.turn.outcome)
}

async function probeUnwritable(session: Session): Promise<void> {
  const { judge, target } = session
  const closed = target.collections.find(({ canWrite }) => !canWrite)
  if (!closed) return judge.skip('T36', 'no collection has can_write:false')
  const { turn } = await post(session, closed, { objects: [probeIndicator()] })
  judge.must('T36', 'can_write:false gives 403 or 404', turn.status === 403 || turn.status === 404, turn, turn.outcome)
  return judge.gap('C8', `can_write:false is answered with ${turn.status}`)
}

/** The same properties in one order. */
function canonical(object: Json): string {
  return JSON.stringify(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)))
}
