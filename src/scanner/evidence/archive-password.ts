import { at, perFact, shown } from './evidence.ts'

/**
 * Something that is locked with a password that comes along with it: in the letter around it, or the one by which samples of malware are handed on.
 * Letters of honest senders bring their password too: a note.
 */
export const archivePassword = perFact(
  {
    id: 'archive-password',
    requires: [
      'an archive or a document that is encrypted',
      'a password that opens it in the text of the letter around it; or the password of sample exchange',
    ],
    source: 'APPNOTE.TXT 6.1; WinZip AE-1 and AE-2; 7z and RAR 5.0 archive formats; ATT&CK T1027.013, T1566.001',
  },
  'decrypted',
  (fact) => {
    if (fact.password !== 'letter' && fact.password !== 'custom') return undefined
    const letter = fact.password === 'letter'
    return {
      kind: 'note',
      severity: letter ? 'medium' : 'info',
      summary: letter ? 'An attachment is locked, and the letter names its password.' : 'The archive is locked with a password by which samples are handed on.',
      attack: letter ? ['T1027.013', 'T1566.001'] : ['T1027.013'],
      proof: [{ ...at(fact), field: 'encryption', value: shown(fact.scheme) }],
    }
  },
)
