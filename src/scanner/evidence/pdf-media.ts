import { at, perFact } from './evidence.ts'

/** Annotations that hand what they hold to a player: worth knowing, since players were attacked through them. What they hold is looked at for itself. */
export const pdfMedia = perFact(
  {
    id: 'pdf-media',
    requires: ['an annotation RichMedia, Screen, Movie, 3D or Sound'],
    source: 'PDF 32000-1, 12.5.6 and 13; Adobe supplement to ISO 32000, 9.6',
  },
  'pdf-media',
  (fact) => ({
    kind: 'note',
    severity: fact.automatic ? 'low' : 'info',
    summary: fact.automatic ? `A ${fact.subtype} annotation plays as soon as its page is shown.` : `The document has a ${fact.subtype} annotation.`,
    attack: [],
    proof: [{ ...at(fact), field: '/Subtype', value: fact.subtype.slice(0, 40) }],
  }),
)
