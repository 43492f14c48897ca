import type { FactOf } from '#scanner/intake/fact.ts'
import { at, perFact, shown } from './evidence.ts'

type Trick = FactOf<'archive-trick'>['trick']

const WORDS: Record<Trick, { readonly summary: string; readonly severity: 'high' | 'medium' | 'low'; readonly attack: readonly string[] }> = {
  traversal: { summary: 'An entry of the archive is written outside the folder that it is unpacked to.', severity: 'high', attack: ['T1204.002'] },
  link: { summary: 'A link in the archive leads outside the folder that it is unpacked to.', severity: 'high', attack: ['T1204.002'] },
  overlap: { summary: 'Entries of the archive overlap.', severity: 'medium', attack: ['T1027'] },
  size: { summary: 'An entry of the archive has another size than it says.', severity: 'medium', attack: ['T1027'] },
  headers: { summary: 'Two headers of one entry disagree: programs see different contents.', severity: 'medium', attack: ['T1027'] },
  unlisted: { summary: 'The archive holds entries that its directory does not list.', severity: 'medium', attack: ['T1027'] },
  'same-name': { summary: 'Two entries of the archive have the same name: programs see different contents.', severity: 'low', attack: ['T1027'] },
  prepended: { summary: 'Other bytes stand in front of the archive.', severity: 'low', attack: ['T1027'] },
}
const WRITES_OUTSIDE: ReadonlySet<Trick> = new Set(['traversal', 'link'])

/**
 * What an archive does differently from what it seems to hold. A name or a link that leads outside the folder of unpacking is a technique;
 * overlaps, entries that one directory hides and headers that disagree are notes, and stand in not_checked too.
 */
export const archiveTrick = perFact(
  {
    id: 'archive-trick',
    requires: ['an entry whose name or link leaves the folder of unpacking; or entries that overlap, hide or are described in two ways'],
    source: 'APPNOTE.TXT 4.3 and 4.4; POSIX.1 ustar; CWE-22',
  },
  'archive-trick',
  (fact) => {
    const { summary, severity, attack } = WORDS[fact.trick]
    const kind = WRITES_OUTSIDE.has(fact.trick) ? 'technique' : 'note'
    return { kind, severity, summary, attack, proof: [{ ...at(fact), field: fact.trick, value: shown(fact.detail) }] }
  },
)
