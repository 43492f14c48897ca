import type { Exchange } from './exchange.ts'

const MOST_REDIRECTS = 30

/**
 * Why the page at an address could not be had, by the host's own record; undefined where an answer came. What the browser shows in its place is the proxy's word about it, and says nothing of the page.
 * Redirects of HTTP are followed, since the last one is what is shown. Pure.
 */
export function pageRefusal(address: string, exchanges: readonly Exchange[]): string | undefined {
  let url = withoutFragment(address)
  for (let n = 0; n < MOST_REDIRECTS; n++) {
    const asked = exchanges.filter((one) => one.kind === 'http' && withoutFragment(one.url) === url)
    // A browser asks again where an answer failed to come.
    const last = asked.findLast(({ outcome }) => outcome === 'answered' || outcome === 'simulated') ?? asked.at(-1)
    if (!last) return n === 0 ? 'it was never asked for' : undefined
    if (last.outcome === 'refused' || last.outcome === 'failed') return last.why ?? last.outcome
    const next = locationOf(last, url)
    if (next === undefined) return undefined
    url = next
  }
  return undefined
}

function locationOf({ response }: Exchange, url: string): string | undefined {
  if (!response || response.status < 300 || response.status > 399) return undefined
  const location = response.headers.find(([name]) => name.toLowerCase() === 'location')?.[1]
  const next = location === undefined ? null : URL.parse(location, url)
  return next === null ? undefined : withoutFragment(next.href)
}

function withoutFragment(url: string): string {
  const parsed = URL.parse(url)
  if (!parsed) return url
  parsed.hash = ''
  return parsed.href
}
