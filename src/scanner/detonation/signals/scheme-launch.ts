import { of, perSubject, quoted, type Rule } from './signal.ts'

/** Schemes that a browser opens by itself. */
const OWN = /^(?:https?|wss?|about|blob|data|javascript|chrome|devtools|view-source):/i

/** A page launches another program by a scheme. */
export const schemeLaunch: Rule = {
  id: 'scheme-launch',
  requires: ['a page had the browser open an address of a scheme that another program handles (ms-*, search-ms, file, mailto and their like)'],
  attack: ['T1204.001', 'T1218'],
  weight: 'active',
  source: 'scanner design, section 17.2',
  judge(run) {
    return perSubject(
      of(run, 'page').filter(({ action, detail }) => action === 'scheme' && !OWN.test(detail)),
      ({ detail }) => detail,
      ({ detail }) => `The page launches ${quoted(detail)}.`,
    )
  },
}
