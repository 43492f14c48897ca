import { at, perFact, shown } from './evidence.ts'
import { isRemote } from './external-relationship.ts'

/** An RTF whose `\*\template` leads to another host. */
export const remoteTemplate = perFact('remote-template', 'template', (fact) =>
  isRemote(fact.target)
    ? {
        kind: 'technique',
        severity: 'high',
        summary: 'The document takes its template from outside.',
        attack: ['T1221'],
        proof: [{ ...at(fact), field: 'RTF template', value: shown(fact.target) }],
      }
    : undefined,
)
