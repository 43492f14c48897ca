import type { SubmissionView } from './submissions.ts'

export type Tlp = SubmissionView['tlp']

/** What a label allows for what is found in a file (TLP 2.0), the narrowest first: the first is chosen unless somebody says otherwise. */
export const TLP_CHOICES: readonly { readonly label: Tlp; readonly meaning: string }[] = [
  { label: 'RED', meaning: 'For your organisation and the operator’s people who work with the exchange; nobody passes it on.' },
  { label: 'AMBER+STRICT', meaning: 'For your organisation and the operator.' },
  { label: 'AMBER', meaning: 'For members of the exchange and, where they need to know, their clients.' },
  { label: 'GREEN', meaning: 'For members of the exchange and their wider community; not public.' },
  { label: 'CLEAR', meaning: 'For anybody.' },
]

/** Labels under which sharing reaches anybody else. */
export function reachesMembers(tlp: Tlp): boolean {
  return tlp !== 'RED' && tlp !== 'AMBER+STRICT'
}
