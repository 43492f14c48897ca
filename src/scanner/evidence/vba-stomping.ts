import type { FactOf } from '#scanner/intake/fact.ts'
import { perFact, shown } from './evidence.ts'

type Module = FactOf<'vba-project'>['modules'][number]

/** Shorter texts than this turn up by chance. */
const SHORTEST_TEXT = 3
const MOST = 12
/** Characters of source that one module's names and texts are looked for in, all together. */
const MOST_WORK = 100_000_000

/** Procedures and texts that the p-code of a module has and its source has not: what would run unseen. */
export function hiddenCode({ source, pcode }: Pick<Module, 'source' | 'pcode'>): string[] {
  if (!pcode || pcode.procedures.length + pcode.literals.length === 0) return []
  const seen = source.toLowerCase().replaceAll('""', '"')
  const said = [...new Set([...pcode.procedures, ...pcode.literals.filter((text) => text.length >= SHORTEST_TEXT)])]
  const looked = Math.max(16, Math.floor(MOST_WORK / (seen.length + 1)))
  return said.slice(0, looked).filter((text) => !seen.includes(text.toLowerCase().replaceAll('""', '"')))
}

/**
 * VBA whose p-code says something else than its source: named when the compiled form of a module defines a procedure or holds a text
 * that its source does not contain. Office runs the p-code where its version fits, and shows the source.
 */
export const vbaStomping = perFact(
  {
    id: 'vba-stomping',
    requires: ['p-code in the performance cache of a module stream', 'a procedure or a text in it that the source of the same module lacks'],
    source: 'MS-OVBA 2.3.4.3 (performance cache); layout of the cache: analyses published with pcodedmp; ATT&CK T1564.007',
  },
  'vba-project',
  (fact) => {
    const stomped = fact.modules.map((module) => ({ module, hidden: hiddenCode(module) })).filter(({ hidden }) => hidden.length > 0)
    if (stomped.length === 0) return undefined
    const gone = stomped.every(({ module }) => module.source === '')
    return {
      kind: 'technique',
      severity: 'high',
      summary: `VBA p-code of ${stomped.length === 1 ? `module ${shown(stomped[0]!.module.name)}` : `${stomped.length} modules`} runs what the source ${gone ? 'no longer shows' : 'does not show'}.`,
      attack: ['T1564.007', 'T1059.005'],
      proof: stomped
        .flatMap(({ module, hidden }) =>
          hidden.map((text) => ({ path: module.path, length: module.offset, field: 'p-code, not in the source', value: shown(text) })),
        )
        .slice(0, MOST),
    }
  },
)
