import { at, perFact, shown } from './evidence.ts'
import { isRemote } from './external-relationship.ts'

/** An RTF whose `\*\template` leads to another host. */
export const remoteTemplate = perFact(
  {
    id: 'remote-template',
    requires: ['an RTF \\*\\template destination that leads to another host'],
    source: 'RTF 1.9.1, document formatting properties; ATT&CK T1221',
  },
  'template',
  (fact) =>
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
