import { faultsOf, lastWords, sayCrash, triage } from './crash.ts'
import { of, type Rule } from './signal.ts'

/** A process died of a fault. Whether it is more than a crash is said by triage over two runs (crash.ts). */
export const viewerCrash: Rule = {
  id: 'crash',
  requires: ['a fault of the processor or an abort in a process of the viewer, or a page that the browser lost', 'a null read is a crash and no exploit'],
  attack: ['T1203', 'T1499.004'],
  weight: 'crash',
  source: 'scanner design, section 15.4',
  judge(run) {
    const said = lastWords(run.happenings)
    const faults = faultsOf(run.happenings).filter(({ fault }) => fault.signal !== 'SIGSYS')
    const lost = of(run, 'page').filter(({ action }) => action === 'crash')
    return [
      ...faults.map(({ fault, places }) => ({ why: sayCrash(triage(fault, [], said)), shownBy: places.map((place) => ({ ...fault, place })) })),
      ...(faults.length === 0 && lost.length > 0 ? [{ why: 'The browser lost the process of the page.', shownBy: lost }] : []),
    ]
  },
}
