import { at, perFact } from './evidence.ts'

/** Bytes that two kinds of program open as two different files. */
export const polyglot = perFact({ id: 'polyglot', requires: ['bytes that are two formats at once'], source: 'ATT&CK T1036.008' }, 'polyglot', (fact) => ({
  kind: 'note',
  severity: 'medium',
  summary: `The same bytes are ${fact.types.join(' and ')}.`,
  attack: ['T1036.008'],
  proof: [{ ...at(fact), field: 'types', value: fact.types.join(', ') }],
}))
