import type { Finding, OtherFinding } from '#scanner/verdict/finding.ts'
import { at, shown, type Evidence } from './evidence.ts'
import { isRemote, MHTML_ALONE } from './external-relationship.ts'
import { isSoap, linksOf, type Link } from './ole-links.ts'
import { plainTarget } from './plain-target.ts'

const ID = 'ole-link'
const PARTS_OF_A_LINK = new Set(['composite', 'new', 'item'])
const STARTS_BY_ITSELF = new Set(['script', 'soap', 'script-file', 'html-application'])

/**
 * A linked OLE object that another host, a script or a SOAP service answers: a moniker in the `\1Ole` stream, or a link of OLE 1.0, with such a
 * target. A link to a file of the author's own machine is a note. Which CVE it serves is decided outside the document, so those are candidates.
 */
export const oleLink: Evidence = {
  id: ID,
  candidates: ['CVE-2017-0199', 'CVE-2017-8759', 'CVE-2021-40444', 'CVE-2022-30190'],
  requires: ['a moniker in the \\1Ole stream of a linked object, or an OLE 1.0 link', 'a target on another host, a script or a SOAP service'],
  source: 'MS-OLEDS 2.2.6 and 2.3.3; ATT&CK T1221',
  judge: (facts) => linksOf(facts).flatMap((link) => judge(link) ?? []),
}

function judge(link: Link): Finding | undefined {
  const { fact, rtf } = link
  if (PARTS_OF_A_LINK.has(fact.moniker)) return undefined
  const name = fact.moniker === 'ole1' ? `OLE 1.0 link ${shown(fact.className ?? '')}` : `${fact.moniker} moniker ${fact.clsid}`
  const proof = [{ ...at(fact), field: name.trim(), value: shown(fact.target) }]
  if (!STARTS_BY_ITSELF.has(fact.moniker) && !isRemote(fact.target) && !isSoap(link))
    return fact.target === '' ? undefined : { id: ID, kind: 'note', severity: 'info', summary: 'An object is linked to a file.', attack: [], proof }
  const candidate = candidateOf(link)
  const byItself = rtf?.update === true || fact.automatic
  return {
    id: ID,
    kind: 'technique',
    severity: 'high',
    summary: byItself ? 'A linked object is fetched from outside as the document opens.' : 'A linked object is fetched from outside when it is updated.',
    attack: ['T1221'],
    ...(candidate && { candidate }),
    proof,
  }
}

function candidateOf(link: Link): OtherFinding['candidate'] {
  const { moniker, target } = link.fact
  if (isSoap(link)) return { id: 'CVE-2017-8759', why: 'the service description has to carry the injected code, and was not fetched' }
  const plain = plainTarget(target)
  if (/^mhtml:/i.test(plain)) return { id: 'CVE-2021-40444', why: MHTML_ALONE }
  if (plain.endsWith('!')) return { id: 'CVE-2022-30190', why: 'the page behind the link has to lead to ms-msdt:, and was not fetched' }
  if (moniker === 'script' || moniker === 'html-application' || ((moniker === 'url' || moniker === 'ole1') && /^https?:/i.test(plain)))
    return { id: 'CVE-2017-0199', why: 'what is behind the link has to be an HTA or a script, and was not fetched' }
  return undefined
}
