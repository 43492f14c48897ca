import { randomUUID } from 'node:crypto'
import { short } from '#exchange/conformance/inspect.ts'
import { encode, type Collection, type Session } from '#exchange/conformance/session.ts'
import { asObjects, asText, type Json, type Turn } from '#exchange/conformance/turn.ts'

/** Collections that are looked at one by one. */
const MOST_COLLECTIONS = 20

/** T33 and the half of T19 that speaks of collections: lists them, twice, and compares each with its own endpoint. */
export async function probeCollections(session: Session): Promise<void> {
  const { judge, target } = session
  if (target.root === undefined) return
  const url = `${target.root}collections/`
  const turn = await session.ask('collections', url)
  target.listing = turn.status
  judge.must('T33', 'collections are listed', turn.status === 200, turn, turn.outcome)
  const listed = asObjects(turn.json.collections)
  target.collections = listed.map((raw) => readCollection(raw, url))
  const again = await session.ask('collections', url)
  judge.must('T19', 'collections come in a stable order', ids(again) === ids(turn), again, `${ids(turn).slice(0, 200)}, then ${ids(again).slice(0, 200)}`)
  if (listed.some((one) => Object.hasOwn(one, 'aggregates'))) judge.gap('C12', 'collections say what they aggregate')
  const aliases = target.collections.flatMap(({ alias }) => alias ?? [])
  judge.must('T33', 'an alias is unique', new Set(aliases).size === aliases.length, turn, short(aliases))
  for (const collection of target.collections.slice(0, MOST_COLLECTIONS)) await probeCollection(session, collection)
}

async function probeCollection(session: Session, collection: Collection): Promise<void> {
  const { judge } = session
  const turn = await session.ask('collection', collection.url)
  judge.must('T33', 'each collection that is listed answers with 200', turn.status === 200, turn, turn.outcome)
  if (turn.status !== 200 || 'fault' in turn.parsed) return
  judge.must('T33', 'a collection says of itself what the list says', same(turn.json, collection.raw), turn, `the list has ${short(collection.raw)}`)
  for (const type of collection.mediaTypes)
    judge.must('T33', 'media_types are media types', /^[a-z]+\/[a-z0-9.+-]+(\s*;\s*version\s*=\s*\d+(\.\d+)?)?$/i.test(type), turn, short(type))
  if (collection.alias === undefined) return
  const byAlias = await session.ask('collection', `${session.target.root}collections/${encode(collection.alias)}/`)
  judge.must('T33', 'an alias can be used in the path', byAlias.status === 200 && byAlias.json.id === collection.id, byAlias, byAlias.outcome)
}

/** T34 and the refusals of T35: what does not exist, and what may not be read. */
export async function probeRefusals(session: Session): Promise<void> {
  const { judge, target } = session
  if (target.root === undefined) return
  const unknown = `${target.root}collections/${randomUUID()}/`
  for (const [what, path, expected] of [
    ['collection', unknown, 'collection'],
    ['objects', `${unknown}objects/`, 'envelope'],
    ['manifest', `${unknown}manifest/`, 'manifest'],
    ['object', `${unknown}objects/indicator--${randomUUID()}/`, 'envelope'],
    ['versions', `${unknown}objects/indicator--${randomUUID()}/versions/`, 'versions'],
  ] as const) {
    const turn = await session.ask(expected, path)
    judge.must('T34', `an unknown collection is 404 (or 403): ${what}`, turn.status === 404 || turn.status === 403, turn, turn.outcome)
  }
  // Beside the API root, where perhaps another program answers: nothing but the status is judged.
  const root = await session.send(`${target.root.replace(/[^/]+\/$/, '')}no-such-root-${randomUUID()}/collections/`)
  judge.must('T34', 'an unknown API root is 404', root.status === 404 || root.status === 403, root, root.outcome)
  const name = await session.ask('collection', `${target.root}collections/no-such-collection/`)
  judge.must('T34', 'what is neither an id nor an alias is 404 or 400', [400, 403, 404].includes(name.status), name, name.outcome)
  await probeUnknownObject(session)
  await probeUnreadable(session)
}

async function probeUnknownObject(session: Session): Promise<void> {
  const { judge, target } = session
  if (!target.read) return
  const id = `indicator--${randomUUID()}`
  const turn = await session.ask('envelope', `${target.read.url}objects/${id}/`)
  const empty = turn.status === 200 && asObjects(turn.json.objects).length === 0
  judge.must('T34', 'an unknown object is 404 or an empty envelope', turn.status === 404 || empty, turn, turn.outcome)
  judge.gap('C2', turn.status === 404 ? 'an unknown object is 404' : `an unknown object is ${turn.status}`)
  const versions = await session.ask('versions', `${target.read.url}objects/${id}/versions/`)
  const none = versions.status === 200 && versions.json.versions === undefined
  judge.must('T34', 'versions of an unknown object are 404 or none', versions.status === 404 || none, versions, versions.outcome)
}

async function probeUnreadable(session: Session): Promise<void> {
  const { judge, target } = session
  const blind = target.collections.find(({ canRead }) => !canRead)
  if (!blind) return judge.skip('T35', 'no collection has can_read:false')
  for (const [path, expected] of [
    ['objects/', 'envelope'],
    ['manifest/', 'manifest'],
  ] as const) {
    const turn = await session.ask(expected, `${blind.url}${path}`)
    judge.must('T35', `can_read:false gives 403 or 404: ${path}`, turn.status === 403 || turn.status === 404, turn, turn.outcome)
    judge.gap('C8', `can_read:false is answered with ${turn.status}`)
  }
}

function readCollection(raw: Json, url: string): Collection {
  const id = asText(raw.id) ?? ''
  const types = Array.isArray(raw.media_types) ? raw.media_types.filter((type) => typeof type === 'string') : ['application/stix+json']
  return {
    id,
    url: `${url}${encode(id)}/`,
    canRead: raw.can_read === true,
    canWrite: raw.can_write === true,
    alias: asText(raw.alias),
    mediaTypes: types,
    raw,
  }
}

function ids(turn: Turn): string {
  return asObjects(turn.json.collections)
    .map(({ id }) => String(id))
    .join(' ')
}

/** Whether two collections say the same in what the standard defines. */
function same(a: Json, b: Json): boolean {
  return ['id', 'title', 'alias', 'can_read', 'can_write', 'media_types'].every((name) => JSON.stringify(a[name]) === JSON.stringify(b[name]))
}
