import type { Fact, FactOf } from '#scanner/intake/fact.ts'
import { plainTarget } from './plain-target.ts'

const STANDARD_LINK = '{00000300-0000-0000-C000-000000000046}'

/** The link facts of a document, with what the RTF around them says where there is one. */
export interface Link {
  readonly fact: FactOf<'ole-link'>
  /** The object of an RTF that holds the link. */
  readonly rtf: FactOf<'rtf-object'> | undefined
}

export function linksOf(facts: readonly Fact[]): Link[] {
  const objects = new Map(facts.flatMap((fact) => (fact.kind === 'rtf-object' ? [[fact.path, fact] as const] : [])))
  return facts.filter((fact) => fact.kind === 'ole-link').map((fact) => ({ fact, rtf: outwards(fact.path, (path) => objects.get(path)) }))
}

/** What is known of a path or, going outwards, of the nearest object around it. */
function outwards<T>(path: string, known: (path: string) => T | undefined): T | undefined {
  for (let end = path.length; end > 0; end = path.lastIndexOf('!/', end - 1)) {
    const found = known(path.slice(0, end))
    if (found !== undefined) return found
  }
  return undefined
}

/** True where the object is an OLE 2 link, by the class of its storage or by the name that its data carry. */
export function isStandardLink({ fact, rtf }: Link): boolean {
  return fact.homeClass === STANDARD_LINK || /^(ole2link|stdolelink)$/i.test(rtf?.dataClass.trim() ?? '')
}

/** True for a link that leads to a SOAP service, whichever moniker carries it. */
export function isSoap({ fact }: Link): boolean {
  return fact.moniker === 'soap' || isSoapTarget(fact.target)
}

/** True for the text by which a moniker is made of a SOAP service (`soap:wsdl=`), at the beginning of a target and nowhere else. */
export function isSoapTarget(target: string): boolean {
  return /^soap:wsdl=/i.test(plainTarget(target))
}

/** True for the text by which MSHTML is made to load a page of an archive and hand it on as a program (`mhtml:`, `!x-usc:`). */
export function isMhtmlControl(target: string): boolean {
  const plain = plainTarget(target).toLowerCase()
  return plain.startsWith('mhtml:') && plain.includes('!x-usc:')
}

/** The relationship of the chunk of an Office document that an object of an RTF stands in; undefined for one that stands in none. */
export function chunksOf(facts: readonly Fact[]): (rtf: FactOf<'rtf-object'> | undefined) => FactOf<'relationship'> | undefined {
  const chunks = new Map(
    facts.flatMap((fact) =>
      fact.kind === 'relationship' && !fact.external && /\/afchunk$/i.test(fact.type) ? [[baseName(fact.target.toLowerCase()), fact] as const] : [],
    ),
  )
  const texts = new Map(
    facts.flatMap((fact) => {
      const relationship = fact.kind === 'part' && fact.type === 'rtf' ? chunks.get(baseName(fact.path.toLowerCase())) : undefined
      return relationship ? [[fact.path, relationship] as const] : []
    }),
  )
  return (rtf) => rtf && outwards(rtf.path, (path) => texts.get(path))
}

/** The last name of a path with strokes of either kind. */
export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
}
