import type { Happening } from '../contract.ts'
import type { Exchange } from './exchange.ts'
import { unreportedIn, type Reported } from './unreported.ts'

/** What the host's own record shows, as happenings of the highest rank; `reported` is the browser's account, absent where no browser gave one. */
export function happeningsOf(exchanges: readonly Exchange[], reported?: readonly Reported[]): Happening[] {
  const connects = exchanges.map((exchange): Happening => ({ kind: 'connect', t: exchange.t, rank: 'host', protocol: 'tcp', ...placeOf(exchange) }))
  const unreported = reported ? unreportedIn(exchanges, reported) : []
  return [...connects, ...unreported.map(({ t, method, url }): Happening => ({ kind: 'unreported', t, rank: 'host', method, url }))]
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
  const parsed = URL.parse(kind === 'tunnel' ? `http://${url}` : url)
  if (!parsed) return { to: url.slice(0, 300) }
  const usual = parsed.protocol === 'https:' || parsed.protocol === 'wss:' ? 443 : 80
  return { to: parsed.hostname.slice(0, 300), port: parsed.port === '' ? usual : Number(parsed.port) }
}
