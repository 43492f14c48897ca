import { of, perSubject, quoted, type Rule, type Run } from './signal.ts'

/** Reports of the browser that can be lost, and each of which tells of a request. */
const REQUESTS = new Set(['page', 'page request', 'page websocket', 'page download'])

/** The proxy saw traffic that the browser did not report: something beside it talks. */
export const unreportedTraffic: Rule = {
  id: 'unreported-traffic',
  requires: [
    'the browser reported at least one request, and no report of a request was lost',
    'the host saw a request of which no report of the browser speaks, to a host that the browser does not call with harmless pages',
    'a connection through which nothing was asked for weighs as odd: the browser opens some ahead of a request that is never made',
  ],
  attack: ['T1071'],
  weight: 'active',
  source: 'scanner design, section 17.3: the log of the proxy is the truth',
  judge(run) {
    const reports = of(run, 'page').some(({ rank, action }) => rank === 'guest' && action === 'request')
    if (!reports || of(run, 'dropped').some((one) => REQUESTS.has(one.of))) return []
    const ordinary = ordinaryHosts(run)
    const silent = of(run, 'unreported').filter(({ url }) => !ordinary.has(hostOf(url)))
    return [
      ...perSubject(
        silent.filter(({ unused }) => !unused),
        ({ method, url }) => `${method} ${url}`,
        ({ method, url }) => `The browser did not report ${quoted(`${method} ${url}`)}, which was seen outside of it.`,
      ),
      ...perSubject(
        silent.filter(({ unused }) => unused),
        ({ url }) => url,
        ({ url }) => `A connection to ${quoted(url)} was opened and not used, and the browser reports no request to it.`,
      ).map((one) => ({ ...one, weight: 'odd' as const })),
    ]
  },
}

function ordinaryHosts(run: Run): Set<string> {
  const seen = of(run, 'connect').filter(({ rank }) => rank === 'host')
  return new Set(seen.filter((one) => run.ordinary.has(one)).map(({ to }) => to.toLowerCase()))
}

/** Of an address, or of the host and port of a connection. */
function hostOf(url: string): string {
  return URL.parse(url.includes('://') ? url : `https://${url}`)?.hostname ?? url
}
