import { Problem, type FieldProblem } from '#platform/errors.ts'
import { fieldsOf } from '#platform/http/problem.ts'
import { parseStrictJson } from '#platform/http/strict-json.ts'
import { Csaf20 } from '#program/advisories/csaf-20.ts'
import { faultsOf } from '#program/advisories/csaf-faults.ts'
import { leftOut } from '#program/advisories/csaf-left-out.ts'
import { productsOf } from '#program/advisories/csaf-products.ts'
import { PackageContent, type PackageContentInput, type TlpLabel } from '#program/packages/contract.ts'

/** Largest document that is read, in bytes: 15 MB as CSAF 2.0 (appendix C.1) advises. */
export const MAX_CSAF_BYTES = 15_000_000
/** Most faults that one answer names. */
const MOST_FAULTS = 50

/** What an advisory became. */
export interface ImportedAdvisory {
  readonly content: PackageContent
  /** The document that it came from. */
  readonly source: { readonly id: string; readonly version: string; readonly publisher: string; readonly status: string }
  /** The document's own marking, if it has one: the one for the day on which it is published. */
  readonly statedTlp: TlpLabel | null
  /** JSON Pointers of what a package has no place for, the outermost only: it is not carried over. */
  readonly leftOut: readonly string[]
  /** JSON Pointers of what the document does not say, or says for the day of publication only, and the import assumed instead: the narrower choice. */
  readonly assumed: readonly string[]
}

/**
 * The content of a package draft from a CSAF 2.0 document, whole or not at all. Throws Problem
 * PAYLOAD_TOO_LARGE, those of parseStrictJson, and VALIDATION_FAILED whose fields name by JSON Pointer what
 * does not fit; any `csaf_version` but 2.0 is refused. The generic description for restricted jurisdictions is
 * never filled: no text of the advisory was written for it.
 */
export function importCsaf(bytes: Uint8Array): ImportedAdvisory {
  if (bytes.length > MAX_CSAF_BYTES) throw new Problem('PAYLOAD_TOO_LARGE', `An advisory has at most ${MAX_CSAF_BYTES} bytes.`)
  const raw = parseStrictJson(bytes)
  requireVersion(raw)
  const parsed = Csaf20.safeParse(raw)
  if (!parsed.success) throw refused(fieldsOf(parsed.error, ''))
  const faults = faultsOf(parsed.data)
  if (faults.length > 0) throw refused(faults)
  return convert(parsed.data, raw)
}

/** Says first what kind of file this is not, before the many ways in which another format does not fit. */
function requireVersion(raw: unknown): void {
  const document = member(raw, 'document')
  if (typeof document !== 'object' || document === null) throw refused([{ field: '/document', message: 'not a CSAF document: it has no document object' }])
  const version = member(document, 'csaf_version')
  if (version !== '2.0') throw refused([{ field: '/document/csaf_version', message: 'only CSAF version 2.0 is read' }])
}

function convert(csaf: Csaf20, raw: unknown): ImportedAdvisory {
  const { document, vulnerabilities = [] } = csaf
  const statedTlp = document.distribution?.tlp ? TLP_1_TO_2[document.distribution.tlp.label] : null
  const references = [
    ...referencesAt(document.references, '/document'),
    ...vulnerabilities.flatMap((each, at) => referencesAt(each.references, `/vulnerabilities/${at}`)),
  ]
  const kept = references.filter(({ url }) => isWebAddress(url))
  const content = PackageContent.safeParse({
    title: document.title,
    bulletin: { id: document.tracking.id, text: notesText(document.notes, ['summary', 'description', 'details', 'general', 'faq', 'other']) },
    vulnerabilities: vulnerabilities.map(vulnerabilityOf),
    products: productsOf(csaf).map(({ product }) => product),
    references: uniqueBy(kept, ({ url }) => url).map(({ url, summary }) => ({ url, summary })),
    tlp: statedTlp === 'RED' ? statedTlp : UNTIL_PUBLISHED,
    revisionHistory: document.tracking.revision_history.map(({ number, date, summary }) => ({
      version: number,
      instant: new Date(date).toISOString(),
      summary,
    })),
  } satisfies PackageContentInput)
  if (!content.success) throw refused(fieldsOf(content.error, '').map(csafPointer))
  const { id, version, status } = document.tracking
  return {
    content: content.data,
    source: { id, version, status, publisher: document.publisher.name },
    leftOut: [...leftOut(raw), ...references.filter(({ url }) => !isWebAddress(url)).map(({ pointer }) => pointer)],
    statedTlp,
    assumed: statedTlp === 'RED' ? [] : ['/document/distribution/tlp'],
  }
}

/** A document is marked for the day on which everybody may read it; the package is what members hold before. */
const UNTIL_PUBLISHED: TlpLabel = 'AMBER+STRICT'
/** Both versions of AMBER reach the recipient's organisation and its clients; only the name of WHITE changed (FIRST, TLP 2.0). */
const TLP_1_TO_2 = { WHITE: 'CLEAR', GREEN: 'GREEN', AMBER: 'AMBER', RED: 'RED' } as const satisfies Record<string, TlpLabel>

type CsafVulnerability = NonNullable<Csaf20['vulnerabilities']>[number]
type Notes = Csaf20['document']['notes']

function vulnerabilityOf(vulnerability: CsafVulnerability): NonNullable<PackageContentInput['vulnerabilities']>[number] {
  const { cve, ids = [], title, notes, cwe, scores = [], product_status: status } = vulnerability
  const cvss = scores.flatMap(({ cvss_v3: score }) => (score ? [{ vector: score.vectorString, statedScore: score.baseScore }] : []))
  return {
    cve: cve ?? null,
    otherIds: ids.map(({ system_name: system, text }) => ({ system, text })),
    title: title ?? null,
    description: notesText(notes, ['description', 'summary', 'details', 'general', 'faq', 'other']),
    cwe: cwe ?? null,
    cvss: uniqueBy(cvss, ({ vector }) => vector),
    affected: [...new Set([...(status?.known_affected ?? []), ...(status?.first_affected ?? []), ...(status?.last_affected ?? [])])],
    fixed: [...new Set([...(status?.fixed ?? []), ...(status?.first_fixed ?? [])])],
  }
}

/** The notes of these categories as one Markdown text, in the order of the document. */
function notesText(notes: Notes, categories: readonly string[]): string {
  const wanted = (notes ?? []).filter(({ category }) => categories.includes(category))
  return wanted.map(({ title, text }) => (title ? `## ${title}\n\n${text}` : text)).join('\n\n')
}

function referencesAt(references: Csaf20['document']['references'], root: string) {
  return (references ?? []).map(({ url, summary }, at) => ({ url, summary, pointer: `${root}/references/${at}` }))
}

function isWebAddress(url: string): boolean {
  return /^https?:\/\//i.test(url) && URL.canParse(url)
}

function uniqueBy<T>(values: readonly T[], key: (value: T) => string): T[] {
  const seen = new Set<string>()
  return values.filter((value) => !seen.has(key(value)) && seen.add(key(value)))
}

/** Where in the document a part of the content came from, for what only the whole content shows: too much text, too many references. */
function csafPointer({ field, message }: FieldProblem): FieldProblem {
  const at = field
    .replace(/^\/bulletin\/text$/, '/document/notes')
    .replace(/^(\/vulnerabilities\/\d+)\/description$/, '$1/notes')
    .replace(/^\/references/, '/document/references')
    .replace(/^\/products/, '/product_tree')
  return { field: at, message }
}

function refused(fields: readonly FieldProblem[]): Problem {
  const [first] = fields
  const more = fields.length > 1 ? ` (and ${fields.length - 1} more)` : ''
  return new Problem('VALIDATION_FAILED', `This is not a CSAF 2.0 document that can be imported: ${first?.field || '/'}: ${first?.message}${more}.`, {
    fields: fields.slice(0, MOST_FAULTS),
  })
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined
}
