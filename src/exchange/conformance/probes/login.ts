import { randomUUID } from 'node:crypto'
import { strangerCertificate } from '#exchange/conformance/stranger-certificate.ts'
import type { Session } from '#exchange/conformance/session.ts'
import { asObjects, type Turn } from '#exchange/conformance/turn.ts'

const NO_LOGIN = { login: 'none' } as const
/** Nobody's: fresh in each run. */
const WRONG = `wrong-${randomUUID()}`
const WRONG_LOGINS = { Basic: `Basic ${Buffer.from(`nobody:${WRONG}`).toString('base64')}`, Bearer: `Bearer ${WRONG}` } as const

/** T2 to T6: how the server meets strangers, and clients without a name. */
export async function probeLogin(session: Session): Promise<void> {
  const { judge, target, options } = session
  const places = placesOf(session)
  const strangers: Turn[] = []
  for (const { url, collection } of places) {
    const turn = await session.send(url, {}, NO_LOGIN)
    strangers.push(turn)
    if (turn.status !== 200) judgeRefusal(session, turn, collection, 'no login')
  }
  const open = strangers.every(({ status }) => status === 200)
  if (open) judge.skip('T3', 'the server asks nobody for a login')
  else await probeWrongLogins(session, places, strangers)
  judgeSchemes(session, strangers, open)
  judgeOmissions(session, strangers, places)
  const unnamed = await session.send(`${target.origin}/taxii2/`, {}, { headers: { 'user-agent': undefined } })
  const named = await session.send(`${target.origin}/taxii2/`)
  judge.should(
    'T5',
    'a request without User-Agent gets the same answer',
    unnamed.status === named.status,
    unnamed,
    `${unnamed.outcome} instead of ${named.outcome}`,
  )
  if (options.cert === undefined) judge.skip('T4', 'no client certificate was given (--cert, --key)')
  else await probeCertificate(session)
}

interface Place {
  readonly url: string
  /** On endpoints of a collection a failed login has to be 401 or 404 (sections 5.1 to 5.8). */
  readonly collection: boolean
}

function placesOf({ target }: Session): Place[] {
  const { root, read, write } = target
  const shown = read ?? write
  return [
    { url: `${target.origin}/taxii2/`, collection: false },
    ...(root === undefined
      ? []
      : [
          { url: root, collection: false },
          { url: `${root}collections/`, collection: true },
        ]),
    ...(shown
      ? ['', 'objects/', 'manifest/', `objects/indicator--${randomUUID()}/`, `objects/indicator--${randomUUID()}/versions/`].map((path) => ({
          url: `${shown.url}${path}`,
          collection: true,
        }))
      : []),
  ]
}

/** A stranger may be refused, be told that there is nothing, or get no answer at all (T2). */
function judgeRefusal({ judge }: Session, turn: Turn, collection: boolean, why: string): void {
  if (turn.answer === undefined) return judge.note('T3', `${why}: no answer`, `${turn.failure}; servers may stay silent to strangers`, turn)
  if (turn.status === 429) return judge.skip('T3', 'the server asks for patience (429) after so many bad logins')
  const allowed = collection ? [401, 404] : [401, 403, 404]
  judge.must('T3', `${why} is refused with ${allowed.join(', ')}${collection ? ' on a collection' : ''}`, allowed.includes(turn.status), turn, turn.outcome)
  if (turn.status === 401) judge.must('T3', '401 comes with WWW-Authenticate', turn.header('www-authenticate') !== undefined, turn)
  if (collection) judge.gap('C8', `${why} on a collection is answered with ${turn.status}`)
}

async function probeWrongLogins(session: Session, places: readonly Place[], strangers: readonly Turn[]): Promise<void> {
  for (const [n, { url, collection }] of places.entries()) {
    // Where strangers are served, a wrong login may be ignored.
    if (strangers[n]?.status === 200) continue
    for (const [scheme, authorization] of Object.entries(WRONG_LOGINS)) {
      const turn = await session.send(url, {}, { login: { authorization } })
      judgeRefusal(session, turn, collection, `a wrong ${scheme} login`)
    }
  }
  for (const authorization of ['Basic', 'Basic %%%', 'Bearer', 'Basic bm8tY29sb24=', `Unknown ${WRONG}`]) {
    const { url, collection } = places.at(-1)!
    judgeRefusal(session, await session.send(url, {}, { login: { authorization } }), collection, 'a malformed login')
  }
}

function judgeSchemes({ judge, options }: Session, strangers: readonly Turn[], open: boolean): void {
  if (open) return judge.skip('T2', 'the server asks nobody for a login, which it may')
  const asked = strangers.filter(({ status }) => status === 401)
  const schemes = new Set(
    asked.flatMap((turn) => [...(turn.header('www-authenticate') ?? '').matchAll(/(?:^|,)\s*([a-z][a-z0-9-]*)(?=\s|,|$)/gi)].map(([, name]) => name!)),
  )
  const basic = [...schemes].some((name) => name.toLowerCase() === 'basic')
  if (schemes.size > 0) judge.note('T2', 'schemes that the server names', [...schemes].join(', '), asked[0])
  if (asked.length === 0 && options.basic === undefined) return judge.skip('T2', 'the server names no scheme to strangers')
  judge.should('T2', 'HTTP Basic is offered', basic || (options.basic !== undefined && asked.length === 0), asked[0], [...schemes].join(', ') || 'no scheme')
}

/** What a stranger is shown has to be valid, and no more than what a client with a login is shown. */
function judgeOmissions({ judge, target }: Session, strangers: readonly Turn[], places: readonly Place[]): void {
  const seen = strangers.filter(({ status }) => status === 200)
  if (seen.length === 0) return judge.skip('T6', 'strangers are shown nothing')
  for (const [n, turn] of strangers.entries()) {
    if (turn.status !== 200) continue
    const { url } = places[n]!
    const required = url.endsWith('/taxii2/') ? ['title'] : url === target.root ? ['title', 'versions', 'max_content_length'] : []
    const lacking = required.filter((name) => !Object.hasOwn(turn.json, name))
    judge.must('T6', 'what strangers are shown keeps its required properties', lacking.length === 0, turn, `without ${lacking.join(', ')}`)
    const { api_roots: roots, collections } = turn.json
    const more = [
      ...(Array.isArray(roots) ? roots.filter((root) => !asList(target.discovery?.api_roots).includes(root)) : []),
      ...asObjects(collections).flatMap(({ id }) => (target.collections.some((one) => one.id === id) ? [] : [id])),
    ]
    judge.must('T6', 'strangers are shown no more than clients', more.length === 0, turn, more.map(String).join(', ').slice(0, 200))
  }
  return undefined
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** The certificate lets its owner in, and one that nobody trusts does not. */
async function probeCertificate(session: Session): Promise<void> {
  const { judge, target } = session
  const url = target.root === undefined ? `${target.origin}/taxii2/` : `${target.root}collections/`
  const owner = await session.send(url)
  judge.must('T4', 'the client certificate is let in', owner.status === 200, owner, owner.outcome)
  const alone = await session.send(url, {}, { login: 'certificate' })
  judge.note('T4', 'the certificate alone', alone.status === 200 ? 'is a login' : `is none: ${alone.outcome}`, alone)
  const without = await session.send(url, {}, NO_LOGIN)
  judge.must('T4', 'without certificate and login the client is refused', without.status !== 200, without, without.outcome)
  const stranger = await session.send(url, {}, { ...NO_LOGIN, certificate: strangerCertificate('TAXII conformance probe') })
  judge.must('T4', 'a certificate that nobody trusts lets nobody in', stranger.status !== 200, stranger, stranger.outcome)
}
