import { at, perFact, shown } from './evidence.ts'
import { isRemote } from './external-relationship.ts'

/** A part of an OpenDocument file that another host answers: object, section, table, or a frame, which once loaded without a question. */
export const odfLink = perFact(
  {
    id: 'odf-link',
    candidates: ['CVE-2023-2255'],
    requires: ['an object, frame, section or table of an OpenDocument file', 'a target on another host'],
    source: 'OpenDocument 1.3 part 3, 10.4 and 19.910; LibreOffice advisory CVE-2023-2255; ATT&CK T1221',
  },
  'odf-link',
  (fact) => {
    if (!isRemote(fact.target) || /^vnd\.sun\.star\.|^jar:|^urn:/i.test(fact.target)) return undefined
    const frame = fact.element === 'floating-frame'
    return {
      kind: 'technique',
      severity: 'medium',
      summary: 'A part of the document is fetched from outside.',
      attack: ['T1221'],
      ...(frame && { candidate: { id: 'CVE-2023-2255', why: 'a frame is an ordinary part of a document; only an old version loads it without a question' } }),
      proof: [{ ...at(fact), field: `${fact.element} target`, value: shown(fact.target) }],
    }
  },
)
