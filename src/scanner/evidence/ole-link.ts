import { at, perFact, shown } from './evidence.ts'
import { isRemote } from './external-relationship.ts'

/**
 * A linked OLE object that another host, a script or a SOAP service answers: a moniker in the `\1Ole` stream with such a target.
 * A link to a file of the author's own machine is a note. CVE-2017-0199 and 2017-8759 stay candidates: half of the proof is outside.
 */
export const oleLink = perFact(
  {
    id: 'ole-link',
    candidates: ['CVE-2017-0199', 'CVE-2017-8759'],
    requires: ['a moniker in the \\1Ole stream of a linked object', 'a target on another host, a script or a SOAP service'],
    source: 'MS-OLEDS 2.3.3; ATT&CK T1221',
  },
  'ole-link',
  (fact) => {
    if (fact.moniker === 'composite') return undefined
    const proof = [{ ...at(fact), field: `${fact.moniker} moniker ${fact.clsid}`.trim(), value: shown(fact.target) }]
    const active = fact.moniker === 'script' || fact.moniker === 'soap' || isRemote(fact.target) || /soap:wsdl=/i.test(fact.target)
    if (!active) return fact.target === '' ? undefined : { kind: 'note', severity: 'info', summary: 'An object is linked to a file.', attack: [], proof }
    const soap = fact.moniker === 'soap' || /soap:wsdl=/i.test(fact.target)
    const candidate = soap
      ? { id: 'CVE-2017-8759', why: 'the service description has to carry the injected code, and was not fetched' }
      : { id: 'CVE-2017-0199', why: 'what is behind the link has to be an HTA or a script, and was not fetched' }
    const named = soap || fact.moniker === 'script' || (fact.moniker === 'url' && /^https?:/i.test(fact.target))
    return {
      kind: 'technique',
      severity: 'high',
      summary: 'A linked object is fetched from outside when it is updated.',
      attack: ['T1221'],
      ...(named && { candidate }),
      proof,
    }
  },
)
