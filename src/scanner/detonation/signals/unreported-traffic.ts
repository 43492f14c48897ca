import { of, perSubject, quoted, type Rule } from './signal.ts'

/** What the browser reports of itself, as the host of an address. */
const HOST = /^(?:\w{1,10} )?(?:https?|wss?):\/\/(?:[^/?#@\s]*@)?(\[[^\]\s]{1,60}\]|[^/?#:\s]{1,255})/i

/** The proxy saw traffic that the browser did not report: something beside it talks. */
export const unreportedTraffic: Rule = {
  id: 'unreported-traffic',
  requires: [
    'a page was opened, and the browser reported at least one request of it',
    'the host saw a connection to a host of which no report of the browser speaks, and which the browser does not call with harmless pages',
  ],
  attack: ['T1071'],
  weight: 'active',
  source: 'scanner design, section 17.3: the log of the proxy is the truth',
  judge(run) {
    const reported = new Set(
      of(run, 'page')
        .filter(({ rank, action }) => rank === 'guest' && action === 'request')
        .flatMap(({ detail }) => HOST.exec(detail)?.[1]?.toLowerCase() ?? []),
    )
    if (reported.size === 0 || of(run, 'dropped').some((one) => one.of === 'page')) return []
    const silent = of(run, 'connect').filter((one) => one.rank === 'host' && !reported.has(one.to.toLowerCase()) && !run.ordinary.has(one))
    return perSubject(
      silent,
      ({ to }) => to,
      ({ to }) => `Traffic to ${quoted(to)} was seen, which the browser did not report.`,
    )
  },
}
