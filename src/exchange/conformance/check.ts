import { Client, reasonOf } from '#exchange/conformance/client.ts'
import { CHECK_SCHEMA, POINTS, type CheckReport, type PointId, type PointResult } from '#exchange/conformance/contract.ts'
import { Judge } from '#exchange/conformance/judge.ts'
import { probeCollections, probeRefusals } from '#exchange/conformance/probes/collections.ts'
import { cleanUp, probeDeleting } from '#exchange/conformance/probes/deleting.ts'
import { probeFilters } from '#exchange/conformance/probes/filters.ts'
import { probeLogin } from '#exchange/conformance/probes/login.ts'
import { probeMedia } from '#exchange/conformance/probes/media.ts'
import { probeNames } from '#exchange/conformance/probes/names.ts'
import { probeObjects } from '#exchange/conformance/probes/objects.ts'
import { probeOrder } from '#exchange/conformance/probes/order.ts'
import { probePaging } from '#exchange/conformance/probes/paging.ts'
import { probeParameters } from '#exchange/conformance/probes/parameters.ts'
import { plantObjects, probePosting } from '#exchange/conformance/probes/posting.ts'
import { probeRoots } from '#exchange/conformance/probes/roots.ts'
import { probeTransport } from '#exchange/conformance/probes/transport.ts'
import { Session, type CheckOptions, type Collection } from '#exchange/conformance/session.ts'
import { readVersion } from '#exchange/conformance/stix.ts'
import { difference, readContent, walk, type Content } from '#exchange/conformance/walk.ts'

type Step = (what: string, work: () => Promise<unknown>) => Promise<void>

/** The server cannot be judged: nobody answers, or the login that was given is not accepted. */
export class NotChecked extends Error {
  override name = 'NotChecked'
}

/** Points that need something to be posted. */
const WRITING: readonly PointId[] = ['T10', 'T14', 'T31', 'T32', 'T36', 'T38']
/** How often a collection that others write to is read anew, and up to how many objects. */
const MOST_ATTEMPTS = 3
const MOST_REREAD = 10_000
/** Longest time that taking away takes after the check was ended. */
const CLEANING_MS = 30_000

/** Judges a TAXII 2.1 server by T1 to T40. Throws NotChecked where there is nothing to judge; whatever a server does else is a finding. */
export async function checkServer(options: CheckOptions): Promise<CheckReport> {
  const { origin, apiRoot } = readAddress(options)
  const authorization = authorizationOf(options)
  const judge = new Judge(secretsOf(options, authorization))
  judge.silence(POINTS.map(([id]) => id).filter((id) => options.only !== undefined && !options.only.includes(id)))
  const { ca, cert, key, timeoutMs, mostBytes } = options
  const client = new Client({ authorization, ca, cert, key, timeoutMs, mostBytes, stop: options.stop })
  const session = new Session({ ...options, apiRoot }, client, judge, origin)
  let left: string[] = []
  try {
    await run(session)
  } finally {
    client.close()
    left = await takeAway(session, authorization)
  }
  return report(session, left)
}

async function run(session: Session): Promise<void> {
  const { judge, target, options, client } = session
  const step: Step = async (what, work) => {
    if (client.stopped) return
    options.progress(`${what} (${client.requests} requests)`)
    try {
      await work()
    } catch (error) {
      if (error instanceof NotChecked) throw error
      judge.must('T15', 'answers can be worked with', false, undefined, `${what}: ${reasonOf(error)}`)
    }
  }
  await reach(session)
  const untrusted = await probeTransport(session)
  if (untrusted !== undefined) return skipAll(session, untrusted)
  await step('discovery and API roots', async () => {
    const { status } = await probeRoots(session)
    if (target.root === undefined && isRefusal(status)) throw new NotChecked(refused(status))
  })
  await step('collections', () => probeCollections(session))
  if (isRefusal(target.listing)) throw new NotChecked(refused(target.listing))
  const refusal = chooseCollections(session)
  if (refusal !== undefined) throw new NotChecked(refusal)
  const { write } = target
  if (write && session.wants(...WRITING)) await step('posting', () => plantObjects(session, write))
  await step('walking', () => readTarget(session))
  await probeReading(session, step)
  if (write && session.wants(...WRITING)) await step('posting: types, sizes, bad objects', () => probePosting(session, write))
  else for (const point of WRITING) judge.skip(point, options.readOnly ? 'nothing is posted (--read-only)' : 'no collection that can be written to')
  if (write && session.wants('T38')) await step('deleting', () => probeDeleting(session, write))
}

function isRefusal(status: number | undefined): status is 401 | 403 {
  return status === 401 || status === 403
}

function refused(status: number): string {
  return `the server answers ${status}: give a login that it accepts (--basic, --bearer, --cert with --key)`
}

async function probeReading(session: Session, step: Step): Promise<void> {
  const { target } = session
  const { content } = target
  if (session.wants('T2', 'T3', 'T4', 'T5', 'T6')) await step('login', () => probeLogin(session))
  if (session.wants('T11', 'T13')) await step('media types', () => probeMedia(session))
  await step('what does not exist', () => probeRefusals(session))
  if (session.wants('T40')) await step('names', () => probeNames(session))
  if (session.wants('T21')) await step('malformed parameters', () => probeParameters(session))
  if (!content) return
  await probeContent(session, content, step)
}

/** Others may write while the collection is read: then what was found is forgotten, and everything is compared anew. */
async function probeContent(session: Session, first: Content, step: Step): Promise<void> {
  const { judge, client } = session
  let content = first
  for (let attempt = 1; ; attempt++) {
    const mark = judge.mark()
    probeOrder(session, content)
    await step('paging', () => probePaging(session, content))
    await step('filters', () => probeFilters(session, content))
    await step('single objects', () => probeObjects(session, content))
    const again = await changed(session, content)
    if (!again || client.stopped) return
    if (attempt === MOST_ATTEMPTS) return judge.unsettle(mark, 'the collection changed each time that it was read; --collection can name a quieter one')
    judge.reset(mark)
    content = await readContent(session, content.collection)
  }
}

async function changed(session: Session, { collection, all, plain, whole }: Content): Promise<boolean> {
  // Whoever reads the beginning of a large collection is not disturbed by what is added at its end.
  if (!whole || plain.items.length > MOST_REREAD) return false
  const now = await walk(session, `${collection.url}objects/`, 'envelope', { query: all ? { 'match[version]': 'all' } : {} })
  const before = all ?? plain.items.map(readVersion)
  return (
    difference(
      now.items.map((item) => readVersion(item).key),
      before.map(({ key }) => key),
    ) !== undefined
  )
}

/** The one question that decides whether there is anything to judge. */
async function reach({ client, target }: Session): Promise<void> {
  const turn = await client.send({ url: `${target.origin}/taxii2/` })
  const reached = turn.answer !== undefined || !UNREACHABLE.some((reason) => turn.failure?.startsWith(reason))
  if (!reached) throw new NotChecked(`${target.origin} cannot be reached: ${turn.failure}`)
}

const UNREACHABLE = ['nothing listens', 'there is no such host', 'the name of the host', 'no connection in time', 'no whole answer within', 'connect ']

/** Chooses what is read and written; returns why nothing can be judged. */
function chooseCollections({ target, options, judge }: Session): string | undefined {
  const named = (id: string | undefined) => target.collections.find((one) => one.id === id || (one.alias !== undefined && one.alias === id))
  for (const id of [options.collection, options.writeCollection]) if (id !== undefined && !named(id)) return `the server lists no collection ${id}`
  const writable = target.collections.filter(({ canWrite }) => canWrite)
  const write = options.readOnly ? undefined : (named(options.writeCollection) ?? writable.find(({ canRead }) => canRead) ?? writable[0])
  if (write && !write.canWrite) return `the collection ${write.id} has can_write:false`
  const read = named(options.collection) ?? (write?.canRead ? write : target.collections.find(({ canRead }) => canRead))
  if (write) target.write = write
  if (read) target.read = read
  else for (const point of READING) judge.skip(point, 'no collection that can be read')
  return undefined
}

const READING: readonly PointId[] = ['T7', 'T19', 'T20', 'T21', 'T22', 'T23', 'T24', 'T25', 'T26', 'T27', 'T28', 'T30', 'T35', 'T37', 'T39']

async function readTarget(session: Session): Promise<void> {
  const { target, judge, options } = session
  if (!target.read) return
  target.content = await readContent(session, target.read)
  const { plain, manifest, whole } = target.content
  for (const [what, { trouble, pages }] of [
    ['objects', plain],
    ['manifest', manifest],
  ] as const) {
    // A walk that does not come to an end is a matter of paging.
    judge.must('T23', `the walk through the ${what} comes to its end`, trouble === undefined, pages.at(-1)?.turn, trouble)
  }
  if (!whole && plain.trouble === undefined)
    judge.note('T23', 'the collection is large', `its first ${options.mostObjects} objects were walked; filters are compared as far as that`)
}

function skipAll({ judge }: Session, reason: string): void {
  for (const [point] of POINTS) if (point !== 'T1') judge.skip(point, reason)
}

/** With a client of its own, because the other one may have been ended. */
async function takeAway({ created, options, client }: Session, authorization: string | undefined): Promise<string[]> {
  if (created.size === 0) return []
  options.progress('taking away what was posted')
  const { ca, cert, key, timeoutMs, mostBytes } = options
  const broom = new Client({ authorization, ca, cert, key, timeoutMs, mostBytes, stop: AbortSignal.timeout(CLEANING_MS) })
  try {
    return await cleanUp(created, (method, url) => broom.send({ method, url }))
  } finally {
    client.requests += broom.requests
    broom.close()
  }
}

function report({ judge, target, options, client }: Session, left: readonly string[]): CheckReport {
  const points = judge.results()
  const count = (verdict: PointResult['verdict']) => points.filter((point) => point.verdict === verdict).length
  const shown = (name: string, collection: Collection | undefined) => (collection ? { [name]: collection.id } : {})
  return {
    schema: CHECK_SCHEMA,
    url: options.url,
    ...(target.root !== undefined && { api_root: target.root }),
    ...shown('collection', target.read),
    ...shown('write_collection', target.write),
    whole: !client.stopped,
    requests: client.requests,
    totals: {
      pass: count('pass'),
      fail: count('fail'),
      not_applicable: count('not-applicable'),
      warnings: points.reduce((sum, { warnings }) => sum + warnings, 0),
    },
    points,
    resolutions: judge.resolutions,
    left_behind: [...left],
  }
}

/** The server of a URL, and the API root where the URL is one. */
function readAddress({ url, apiRoot }: CheckOptions): { origin: string; apiRoot: string | undefined } {
  const address = new URL(url)
  const server = ['', '/', '/taxii2', '/taxii2/'].includes(address.pathname)
  return { origin: address.origin, apiRoot: apiRoot ?? (server ? undefined : `${address.origin}${address.pathname}`) }
}

function authorizationOf({ basic, bearer }: CheckOptions): string | undefined {
  if (basic !== undefined) return `Basic ${Buffer.from(basic).toString('base64')}`
  return bearer === undefined ? undefined : `Bearer ${bearer}`
}

/** What never appears in a report, even where a server sends it back. */
function secretsOf({ basic, bearer }: CheckOptions, authorization: string | undefined): string[] {
  const password = basic?.slice(basic.indexOf(':') + 1)
  return [authorization?.split(' ')[1], basic, password, bearer].filter((text): text is string => text !== undefined && text.length >= 4)
}
