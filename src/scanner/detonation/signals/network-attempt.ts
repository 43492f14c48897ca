import { of, perSubject, quoted, weighedElsewhere, type Rule, type Run } from './signal.ts'

/** Before Chromium looks for names it asks its kernel so whether a way leads to IPv6; nothing is sent. */
const BROWSER_ASKS = '2001:4860:4860:0:0:0:0:8888 443'

/** The guest's own end of the way out (guest/agent/egress.py): where it led, the host tells. */
const WAY_OUT = new Set(['127.0.0.1 3128', '127.0.0.1 53'])

/** The document called somebody. Of a page it is what pages do, and no signal. */
export const networkAttempt: Rule = {
  id: 'network-attempt',
  requires: [
    'a connection, a datagram or a question for a name that the viewer does not make with harmless files',
    'what was opened first is no page of the network: a file that leads the browser there is a document',
  ],
  attack: ['T1071', 'T1187'],
  weight: 'active',
  source: 'scanner design, section 14',
  judge(run) {
    if (isPage(run)) return []
    const connects = of(run, 'connect')
    const browser = run.environment.viewer === 'chromium' && run.environment.driver === 'qemu'
    // What a browser asks its maker for of its own accord goes that way too, and the host does not tell of it as anybody's call.
    const led = browser || connects.some(({ rank }) => rank === 'host')
    const own = new Set([...(led ? WAY_OUT : []), ...(browser ? [BROWSER_ASKS] : [])])
    const called = perSubject(
      connects.filter((one) => !run.ordinary.has(one) && !(one.rank !== 'host' && own.has(`${one.to} ${one.port}`))),
      ({ to, port }) => `${to} ${port}`,
      ({ to, port, protocol }) => `The document called ${quoted(port === undefined ? to : `${to} port ${port}`)} (${protocol}).`,
    )
    return weighedElsewhere(called, run)
  },
}

/** Whether what was opened is a page of the network: what a document goes to from there is its own doing. */
export function isPage(run: Run): boolean {
  const first = of(run, 'page').find(({ action }) => action === 'request' || action === 'navigate' || action === 'redirect')
  return first !== undefined && /^https?:/i.test(first.url ?? first.detail)
}
