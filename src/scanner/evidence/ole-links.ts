import type { Fact, FactOf } from '#scanner/intake/fact.ts'

const STANDARD_LINK = '{00000300-0000-0000-C000-000000000046}'

/** The link facts of a document, with what the RTF around them says where there is one. */
export interface Link {
  readonly fact: FactOf<'ole-link'>
  /** The object of an RTF that holds the link. */
  readonly rtf: FactOf<'rtf-object'> | undefined
}

export function linksOf(facts: readonly Fact[]): Link[] {
  const objects = facts.filter((fact) => fact.kind === 'rtf-object')
  return facts
    .filter((fact) => fact.kind === 'ole-link')
    .map((fact) => ({ fact, rtf: objects.findLast(({ path }) => fact.path === path || fact.path.startsWith(`${path}!/`)) }))
}

/** True where the object is an OLE 2 link, by the class of its storage or by the name that its data carry. */
export function isStandardLink({ fact, rtf }: Link): boolean {
  return fact.homeClass === STANDARD_LINK || /^(ole2link|stdolelink)$/i.test(rtf?.dataClass.trim() ?? '')
}

/** True for a link that leads to a SOAP service, whichever moniker carries it. */
export function isSoap({ fact }: Link): boolean {
  return fact.moniker === 'soap' || /soap:wsdl=/i.test(fact.target)
}

/** The storage or object that a link stands in: links with the same one belong together. */
export function homeOf({ fact }: Link): string {
  return fact.path
}
