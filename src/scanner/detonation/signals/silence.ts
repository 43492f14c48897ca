import { of, quoted, type Rule } from './signal.ts'

/** The agent of the guest or its stream of events was lost during the run. */
export const silence: Rule = {
  id: 'silence',
  requires: ['the agent, or the stream of events or of the trace, was lost while the document was open, or the run ended as agent-silenced'],
  attack: ['T1562.001'],
  weight: 'odd',
  source: 'scanner design, section 14: end states',
  judge(run) {
    const lost = of(run, 'silence')
    if (lost.length > 0)
      return [{ why: `The ${[...new Set(lost.map((one) => one.of))].join(' and the ')} fell silent: ${quoted(lost[0]!.detail)}.`, shownBy: lost }]
    return run.end === 'agent-silenced' ? [{ why: 'The agent of the guest fell silent.', shownBy: [] }] : []
  },
}
