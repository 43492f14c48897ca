import { at, perFact } from './evidence.ts'

/**
 * A signed document whose pages are drawn by other objects than those that were signed: an update behind the signed bytes replaces page, font
 * or content. Filling in forms, comments and further signatures are what updates are for, and say nothing.
 */
export const pdfShadow = perFact(
  {
    id: 'pdf-shadow',
    requires: ['a signature whose byte range ends before the file does', 'behind it a page, font or content stream under a number that the signed part holds'],
    source: 'PDF 32000-1, 7.5.6 and 12.8.1; Mainka, Mladenov, Rohlmann, "Shadow attacks", NDSS 2021',
  },
  'pdf-shadow',
  (fact) => ({
    kind: 'technique',
    severity: 'medium',
    summary: 'What the pages show was replaced behind the signed part of the document.',
    attack: ['T1036'],
    proof: [
      { ...at(fact), field: 'end of the signed bytes', value: fact.signedEnd },
      ...fact.replaced.slice(0, 5).map(({ number, offset, type }) => ({ path: fact.path, offset, field: `object ${number} replaced`, value: type })),
    ],
  }),
)
