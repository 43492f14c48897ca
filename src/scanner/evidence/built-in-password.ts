import { at, perFact, shown } from './evidence.ts'

/**
 * A document that is encrypted with the password that Office tries by itself, so that it opens without a question while scanners see only
 * cipher text. Workbooks with a protected structure are saved like that too: a note.
 */
export const builtInPassword = perFact(
  {
    id: 'built-in-password',
    requires: ['an encrypted document that opens with the password of Excel and Word, or that of PowerPoint'],
    source: 'MS-OFFCRYPTO 2.3; MS-XLS 2.2.10; ATT&CK T1027.013',
  },
  'decrypted',
  (fact) =>
    fact.password === 'built-in'
      ? {
          kind: 'note',
          severity: 'low',
          summary: 'The document is encrypted with a password that Office tries by itself.',
          attack: ['T1027.013'],
          proof: [{ ...at(fact), field: 'encryption', value: shown(fact.scheme) }],
        }
      : undefined,
)
