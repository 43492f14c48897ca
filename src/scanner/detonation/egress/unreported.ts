import { FOREIGN, type Exchange } from './exchange.ts'

/** What the proxy saw and the browser did not tell of: the record is the truth, so what is missing from the browser's account is of interest. */
export interface Unreported {
  readonly t: number
  readonly method: string
  readonly url: string
  /** A connection through which nothing was asked for, such as one that is opened ahead of a request. */
  readonly unused?: true
}

/** A request as the browser told of it. */
export interface Reported {
  readonly method: string
  readonly url: string
}

/** Requests of the record that the browser did not report; `ordinary` are those that it makes of its own accord and never reports. */
export function unreportedIn(
  exchanges: readonly Exchange[],
  reported: readonly Reported[],
  ordinary: (exchange: Exchange) => boolean = isOrdinary,
): Unreported[] {
  const told = new Set(reported.map(({ method, url }) => keyOf(method, url)))
  const hosts = new Set(reported.map(({ url }) => hostOf(url)))
  return exchanges
    .filter(({ kind, method, url }) => (kind === 'tunnel' || kind === 'name' ? !hosts.has(hostOf(`https://${url}`)) : !told.has(keyOf(method, url))))
    .filter((exchange) => !ordinary(exchange))
    .map(({ t, method, url, kind, why }) => ({ t, method, url, ...(kind === 'tunnel' && !SPOKEN.has(why) && { unused: true as const }) }))
}

const SPOKEN: ReadonlySet<string | undefined> = new Set(Object.values(FOREIGN))

/** Of its own accord Chromium asks its maker for updates and for the accounts of its user, of which there are none. */
const OWN = /^https?:\/\/(update\.googleapis\.com\/service\/update2|accounts\.google\.com\/ListAccounts\?)/

/** The same, where nothing was asked for yet. */
const OWN_TUNNELS: ReadonlySet<string> = new Set(['update.googleapis.com:443', 'accounts.google.com:443'])

export const isOwnTraffic = ({ kind, url }: Pick<Exchange, 'kind' | 'url'>): boolean => (kind === 'tunnel' ? OWN_TUNNELS.has(url) : OWN.test(url))

const isOrdinary = (exchange: Exchange) => isOwnTraffic(exchange) || isIcon(exchange)

/** A tunnel is often opened ahead of a request that another one then carries. */
const hostOf = (url: string) => URL.parse(url)?.hostname ?? url

/** A site's icon: the browser fetches it for the tab, outside of any page. Only where it tells nothing: nothing after the path, and no body. */
function isIcon({ method, url, request }: Exchange): boolean {
  const parsed = URL.parse(url)
  return method === 'GET' && request.body === undefined && parsed?.pathname === '/favicon.ico' && parsed.search === ''
}

/** Without the fragment, which is never sent; a WebSocket reaches the proxy as HTTP. */
function keyOf(method: string, url: string): string {
  const parsed = URL.parse(url)
  if (!parsed) return `${method} ${url}`
  const scheme = parsed.protocol.replace(/^ws/, 'http')
  return `${method} ${scheme}//${parsed.host}${parsed.pathname}${parsed.search}`.slice(0, 2048)
}
