import { at, perFact, shown } from './evidence.ts'

/** Names that tell a reader what to do, spelled so that a search for them finds nothing. No writer of documents has a reason to. */
export const pdfHiddenNames = perFact(
  {
    id: 'pdf-hidden-names',
    requires: ['a name that starts, fetches or unpacks something', 'written with #xx for letters or digits'],
    source: 'PDF 32000-1, 7.3.5; ATT&CK T1027',
  },
  'pdf-hidden-names',
  ({ names }) => ({
    kind: 'technique',
    severity: 'medium',
    summary: 'Names that say what the document does are written so that a search does not find them.',
    attack: ['T1027'],
    proof: names.slice(0, 5).map((name) => ({ ...at(name), field: 'name as written', value: shown(`/${name.written}`) })),
  }),
)
