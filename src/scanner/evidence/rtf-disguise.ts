import { classOfName } from '#scanner/formats/ole-classes.ts'
import type { Finding } from '#scanner/verdict/finding.ts'
import { at, shown, type Evidence } from './evidence.ts'

const ID = 'rtf-disguise'
const RUNS = /^(package|ole2link|equation\.)/i

/** An RTF that names one class for an object and carries another, or goes on behind its end: notes, for both also happen by accident. */
export const rtfDisguise: Evidence = {
  id: ID,
  requires: ['an object whose \\objclass and data name different classes', 'or bytes behind the end of the outermost group'],
  source: 'RTF 1.9.1, object destinations; ATT&CK T1036.008',
  judge: (facts) =>
    facts.flatMap((fact): Finding[] => {
      if (fact.kind === 'rtf-overlay')
        return [
          note('Something stands behind the end of the RTF.', {
            ...at(fact),
            length: fact.length,
            field: 'bytes behind the end',
            value: `${fact.length} bytes, ${fact.type}`,
          }),
        ]
      if (fact.kind !== 'rtf-object' || !differs(fact.objectClass, fact.dataClass)) return []
      return [
        note('An object of the RTF is announced as one class and is another.', {
          ...at(fact),
          field: 'objclass and class of the data',
          value: shown(`${fact.objectClass} | ${fact.dataClass}`),
        }),
      ]
    }),
}

/** Versions and case do not count, and neither does a link that stands for the class it shows. */
function differs(announced: string, carried: string): boolean {
  const plain = (name: string) =>
    name
      .trim()
      .toLowerCase()
      .replace(/(\.\d{1,4})?$/, '')
  if (announced.trim() === '' || carried.trim() === '' || plain(announced) === plain(carried)) return false
  return RUNS.test(carried.trim()) || classOfName(carried) !== undefined
}

function note(summary: string, proof: Finding['proof'][number]): Finding {
  return { id: ID, kind: 'note', severity: 'low', summary, attack: ['T1036.008'], proof: [proof] }
}
