import type { Evidence } from './evidence.ts'
import { cve20075659 } from './cve-2007-5659.ts'
import { cve20082992 } from './cve-2008-2992.ts'
import { cve20141761 } from './cve-2014-1761.ts'

/** CVEs that the structure of another fits as well, and by what they differ that no structure shows. */
const TWINS = [
  { of: cve20075659, id: 'CVE-2008-0655', why: 'the same call; its advisory (APSB08-13) names no structure by which it differs from CVE-2007-5659' },
  { of: cve20082992, id: 'CVE-2008-1104', why: 'the same format overflows the util.printf of another program (Foxit Reader before 2.3, Secunia 2008-18)' },
  { of: cve20141761, id: 'CVE-2012-2539', why: 'a fault in the same word of RTF; its bulletin (MS12-079) names no structure by which it differs' },
]

/** Lists, beside a CVE that is named, those that the same structure fits and that cannot be told apart. */
export const sameStructure: Evidence = {
  id: 'same-structure',
  candidates: TWINS.map(({ id }) => id),
  requires: ['the whole structure of the CVE that it is like'],
  source: 'Adobe APSB08-13; Secunia Research 2008-18; Microsoft bulletin MS12-079',
  judge: (facts) =>
    TWINS.flatMap(({ of, id, why }) =>
      of
        .judge(facts)
        .filter(({ kind }) => kind === 'exploit')
        .slice(0, 1)
        .map(({ severity, summary, attack, proof }) => ({
          id: 'same-structure',
          kind: 'note' as const,
          severity,
          summary,
          attack,
          proof,
          candidate: { id, why },
        })),
    ),
}
