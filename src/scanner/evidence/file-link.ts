import { at, perFact, shown } from './evidence.ts'
import { monikerLink } from './moniker-link.ts'

/** A link in a message to a file on another host that lacks a part of CVE-2024-21413; within an organisation such links are ordinary. */
export const fileLink = perFact(
  {
    id: 'file-link',
    candidates: ['CVE-2024-21413'],
    requires: ['a link in the body of a message', 'its target is a file: address with a UNC path to another host', 'a part of CVE-2024-21413 is missing'],
    source: 'ATT&CK T1187',
  },
  'mail-link',
  (fact) => {
    const link = monikerLink(fact.target)
    if (!link || (link.item !== '' && /\.[a-z][a-z0-9]{1,4}$/i.test(link.file))) return undefined
    return {
      kind: 'note',
      severity: 'low',
      summary: 'A link in the message leads to a file on another host.',
      attack: ['T1187'],
      ...(link.item !== '' && { candidate: { id: 'CVE-2024-21413', why: 'what stands before the exclamation mark is no file with an extension' } }),
      proof: [{ ...at(fact), field: 'link target', value: shown(fact.target) }],
    }
  },
)
