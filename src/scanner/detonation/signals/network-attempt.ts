import { of, perSubject, quoted, weighedElsewhere, type Rule } from './signal.ts'

/** The guest's own end of the way out (guest/agent/egress.py): where it led, the host tells. */
const WAY_OUT = new Set(['127.0.0.1 3128', '127.0.0.1 53'])

/** The document called somebody. Of a page it is what pages do, and no signal. */
export const networkAttempt: Rule = {
  id: 'network-attempt',
  requires: [
    'a connection, a datagram or a question for a name that the viewer does not make with harmless files',
    'what was opened is no page of the network',
  ],
  attack: ['T1071', 'T1187'],
  weight: 'active',
  source: 'scanner design, section 14',
  judge(run) {
    if (of(run, 'page').some(({ action }) => action === 'navigate' || action === 'redirect')) return []
    const connects = of(run, 'connect')
    const led = connects.some(({ rank }) => rank === 'host')
    const called = perSubject(
      connects.filter((one) => !run.ordinary.has(one) && !(led && WAY_OUT.has(`${one.to} ${one.port}`))),
      ({ to, port }) => `${to} ${port}`,
      ({ to, port, protocol }) => `The document called ${quoted(port === undefined ? to : `${to} port ${port}`)} (${protocol}).`,
    )
    return weighedElsewhere(called, run)
  },
}
