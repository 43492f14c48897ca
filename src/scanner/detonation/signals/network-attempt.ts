import { of, perSubject, quoted, weighedElsewhere, type Rule } from './signal.ts'

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
    const called = perSubject(
      of(run, 'connect').filter((one) => !run.ordinary.has(one)),
      ({ to, port }) => `${to} ${port}`,
      ({ to, port, protocol }) => `The document called ${quoted(port === undefined ? to : `${to} port ${port}`)} (${protocol}).`,
    )
    return weighedElsewhere(called, run)
  },
}
