import type { Evidence } from './evidence.ts'
import { ledTo } from './page-text.ts'

/** Schemes that start a program of the system with what follows them. */
const STARTS = /^(?:ms-msdt|search-ms|search|ms-officecmd|ms-appinstaller|ms-excel|ms-word|ms-powerpoint|shell|hcp|mk):/i
const REMOTE = /location(?::|%3a)(?:\\\\|%5c%5c|\/\/|%2f%2f|https?)/i

/** A page that starts a program of the system by a scheme: the search of another host's files, the diagnostic tool. Other schemes are notes. */
export const pageProtocol: Evidence = {
  id: 'page-protocol',
  requires: ['a page leads to ms-msdt:, or to search-ms: or search: with a location on another host', 'it does so by itself, or by a link'],
  source: 'Microsoft, search-ms protocol; Trellix, beyond file search, 2023-07; WHATWG HTML, 7.4 (navigation)',
  judge: (facts) =>
    ledTo(facts)
      .filter(({ target }) => STARTS.test(target))
      .slice(0, 10)
      .map(({ target, automatic, proof }) => {
        const search = /^search(-ms)?:/i.test(target)
        const technique = search ? REMOTE.test(target) : /^ms-msdt:/i.test(target)
        return {
          id: 'page-protocol',
          kind: technique ? ('technique' as const) : ('note' as const),
          severity: technique ? ('high' as const) : ('info' as const),
          summary: `A page starts ${search ? "a search of another host's files" : `a program by ${target.slice(0, target.indexOf(':'))}:`}${automatic ? ' by itself' : ' at a click'}.`,
          attack: technique ? ['T1204.001', 'T1218'] : [],
          proof: [proof],
        }
      }),
}
