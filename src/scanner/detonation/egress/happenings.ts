import type { Happening } from '../contract.ts'
import type { Exchange } from './exchange.ts'
import { isOwnTraffic, unreportedIn, type Reported } from './unreported.ts'

/** Of each kind; all is in the record. */
const MOST_TOLD = 400

const USUAL_PORTS: ReadonlyMap<string, number> = new Map([
  ['http:', 80],
  ['ws:', 80],
  ['https:', 443],
  ['wss:', 443],
  ['ftp:', 21],
])

/** What the host's own record shows, as happenings of the highest rank; `reported` is the browser's account, absent where no browser gave one. One for each host and port. */
export function happeningsOf(exchanges: readonly Exchange[], reported?: readonly Reported[]): Happening[] {
  const places = new Map<string, Happening>()
  for (const exchange of exchanges) {
    // What the browser does of its own accord is in the record, and says nothing of a document.
    if (reported && isOwnTraffic(exchange)) continue
    const place = placeOf(exchange)
    const protocol = exchange.kind === 'name' ? 'dns' : 'tcp'
    const key = `${protocol} ${place.to} ${place.port}`
    if (!places.has(key)) places.set(key, { kind: 'connect', t: exchange.t, rank: 'host', protocol, ...place })
  }
  const unreported = reported ? unreportedIn(exchanges, reported) : []
  return [
    ...told('connect', [...places.values()]),
    ...told(
      'unreported',
      unreported.map((one): Happening => ({ kind: 'unreported', rank: 'host', ...one })),
    ),
  ]
}

/** As many as are told, and how many were not: what says nothing of the last of them does not say that they were not there. */
function told(of: string, all: readonly Happening[]): Happening[] {
  const count = all.length - MOST_TOLD
  return count <= 0 ? [...all] : [...all.slice(0, MOST_TOLD), { kind: 'dropped', of, count, rank: 'host', t: all.at(-1)!.t }]
}

/** What the browser told of its requests. */
export const reportedIn = (happenings: readonly Happening[]): Reported[] =>
  happenings.flatMap((one) => {
    if (one.kind !== 'page' || one.url === undefined) return []
    if (one.action === 'request') return [{ method: one.method ?? 'GET', url: one.url }]
    // A request that becomes a download is told as that alone.
    return one.action === 'websocket' || one.action === 'download' ? [{ method: 'GET', url: one.url }] : []
  })

function placeOf({ kind, url }: Exchange): { to: string; port?: number } {
  if (kind === 'name') return { to: url.slice(0, 300), port: 53 }
  const parsed = URL.parse(kind === 'tunnel' ? `http://${url}` : url)
  if (!parsed?.hostname) return { to: url.slice(0, 300) || 'a place that was not named' }
  const port = parsed.port === '' ? USUAL_PORTS.get(parsed.protocol) : Number(parsed.port)
  return { to: parsed.hostname.slice(0, 300), ...(port !== undefined && { port }) }
}
