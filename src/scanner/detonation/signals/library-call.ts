import { of, perSubject, quoted, weighedElsewhere, type Rule } from './signal.ts'

/** The viewer asked the C library for a command or a library, or ran a script of the document: this names the intent. */
export const libraryCall: Rule = {
  id: 'library-call',
  requires: [
    'system or popen was called, or a script of the document was run, with what the viewer never gives with harmless files',
    'a library that it never loads weighs as odd',
  ],
  attack: ['T1059'],
  weight: 'active',
  source: 'scanner design, section 14: uprobes on system, popen, dlopen and script entry points',
  judge(run) {
    // Which libraries a viewer loads is only known of one that was learned.
    const called = of(run, 'library-call').filter((one) => !run.ordinary.has(one) && (one.call !== 'dlopen' || run.ordinary.learned))
    const judged = perSubject(
      called,
      ({ call, argument }) => `${call} ${argument}`,
      ({ call, argument }) => (call === 'script' ? `A script of the document ran: ${quoted(argument)}.` : `${call} was called with ${quoted(argument)}.`),
    ).map((one) => (one.shownBy.some((call) => call.kind === 'library-call' && call.call === 'dlopen') ? { ...one, weight: 'odd' as const } : one))
    return weighedElsewhere(judged, run)
  },
}
