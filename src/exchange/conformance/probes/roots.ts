import { TAXII } from '#exchange/conformance/client.ts'
import { short } from '#exchange/conformance/inspect.ts'
import type { Session } from '#exchange/conformance/session.ts'
import { asText, type Json, type Turn } from '#exchange/conformance/turn.ts'

/** API roots that are visited. */
const MOST_ROOTS = 10

/**
 * T8 to T10: discovery and API roots. Sets the API root that the check goes on with: the one that was asked for, else the default,
 * else the first of this server. A login is not sent to other servers that discovery names. Returns the answer to discovery.
 */
export async function probeRoots(session: Session): Promise<Turn> {
  const { judge, target } = session
  const turn = await session.ask('discovery', `${target.origin}/taxii2/`)
  judge.must('T8', 'GET /taxii2/ is answered with 200', turn.status === 200, turn, turn.outcome)
  const discovery = turn.status === 200 ? turn.json : {}
  if (turn.status === 200) target.discovery = discovery
  const listed = Array.isArray(discovery.api_roots) ? discovery.api_roots.filter((root) => typeof root === 'string') : []
  if (turn.status === 200) judgeUrls(session, discovery, listed, turn)
  await visitRoots(session, listed, asText(discovery.default))
  return turn
}

function judgeUrls({ judge }: Session, discovery: Json, listed: readonly string[], turn: Turn): void {
  for (const root of listed) judge.must('T9', 'each API root is an HTTPS URL or a path from one /, without a query', isRootUrl(root), turn, short(root))
  if (discovery.default !== undefined)
    judge.must(
      'T9',
      'default is one of api_roots',
      listed.some((root) => root === discovery.default),
      turn,
      short(discovery.default),
    )
  judge.must('T10', 'each API root has a URL of its own', new Set(listed).size === listed.length, turn)
}

function isRootUrl(root: string): boolean {
  if (root.includes('?')) return false
  return /^https:\/\/[^/\s]+/i.test(root) ? URL.canParse(root) : /^\/(?!\/)/.test(root) && !root.includes('/../')
}

async function visitRoots(session: Session, listed: readonly string[], preferred: string | undefined): Promise<void> {
  const { judge, target, options } = session
  const here = listed.flatMap((root) => inOrigin(root, target.origin) ?? [])
  const asked = options.apiRoot === undefined ? undefined : withSlash(new URL(options.apiRoot, target.origin).href)
  const elsewhere = listed.length - here.length
  if (elsewhere > 0) judge.note('T8', 'API roots of other servers', `${elsewhere} named by discovery; not visited, no login is sent there`)
  const first = asked ?? (preferred === undefined ? undefined : inOrigin(preferred, target.origin)) ?? here[0]
  judge.must('T8', 'there is an API root', first !== undefined, undefined, 'discovery names none of this server; is the login right? --api-root can name one')
  for (const root of new Set([...(first === undefined ? [] : [first]), ...here].slice(0, MOST_ROOTS))) {
    const info = await session.ask('api-root', root)
    judge.must('T8', 'each API root answers with 200', info.status === 200, info, info.outcome)
    if (info.status === 200) judgeRoot(session, info)
    if (root === first) {
      target.root = root
      target.apiRoot = info.json
    }
  }
}

function judgeRoot({ judge }: Session, turn: Turn): void {
  const { versions, max_content_length: most } = turn.json
  if (Array.isArray(versions)) {
    judge.must('T10', `versions contains ${TAXII}`, versions.includes(TAXII), turn, short(versions))
    const media = versions.every((version) => /^application\/taxii\+json;version=\d+\.\d+$/.test(String(version)))
    judge.must('T10', 'each version is a media type of TAXII with its version', media, turn, short(versions))
  }
  if (typeof most === 'number') judge.must('T10', 'max_content_length is positive', most > 0, turn, short(most))
}

/** The root as a URL with its last slash; undefined where it is another server's or no URL. */
function inOrigin(root: string, origin: string): string | undefined {
  if (!URL.canParse(root, origin)) return undefined
  const url = new URL(root, origin)
  return url.origin === new URL(origin).origin ? withSlash(url.href) : undefined
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`
}
