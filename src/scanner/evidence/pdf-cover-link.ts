import { at, perFact, shown, type Judged } from './evidence.ts'

const WHOLE_PAGE = 0.8

/**
 * A link over a page that is nothing but a picture: what looks like a document is one large button, the usual shape of a phishing PDF.
 * A cover page with text under its link is only noted.
 */
export const pdfCoverLink = perFact(
  {
    id: 'pdf-cover-link',
    requires: ['a link to another host over four fifths of a page', 'nothing on the page but pictures'],
    source: 'PDF 32000-1, 12.5.6.5; ATT&CK T1566.002',
  },
  'pdf-cover-link',
  (fact): Judged | undefined => {
    if (!/^(https?|ftp):/i.test(fact.target.trim())) return undefined
    const deceives = fact.covered >= WHOLE_PAGE && fact.pictured
    const share = Math.round(fact.covered * 100)
    return {
      kind: deceives ? 'technique' : 'note',
      severity: deceives ? 'medium' : 'info',
      summary: deceives ? 'A page is a picture of a document, and a link wherever one clicks.' : 'A link covers most of a page.',
      attack: ['T1566.002'],
      proof: [
        { ...at(fact), field: 'link target', value: shown(fact.target) },
        { ...at(fact), field: 'share of the page that the link covers, in percent', value: share },
      ],
    }
  },
)
