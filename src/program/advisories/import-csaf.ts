import { readDocumentNotes, readVulnerabilityNotes } from '#program/advisories/csaf-notes.ts'
import { Csaf20, type Acknowledgment } from '#program/advisories/csaf-20.ts'
import { Csaf21, type Csaf } from '#program/advisories/csaf-21.ts'
import { faultsOf } from '#program/advisories/csaf-faults.ts'
import { productsOf } from '#program/advisories/csaf-products.ts'
import { readExploitStatus } from '#program/advisories/exploitability-text.ts'
import { asContent, isWebAddress, refused, uniqueBy, UNTIL_PUBLISHED, type ImportedAdvisory } from '#program/advisories/imported.ts'
import { leftOut, outermost } from '#program/advisories/left-out.ts'
import type { FieldProblem } from '#platform/errors.ts'
import { fieldsOf } from '#platform/http/problem.ts'
import type { PackageContentInput, TlpLabel } from '#program/packages/contract.ts'

const SCHEMAS = { '2.0': Csaf20, '2.1': Csaf21 } as const
type Version = keyof typeof SCHEMAS

/**
 * The content of a package draft from a CSAF document, whole or not at all. Throws Problem VALIDATION_FAILED whose fields name by
 * JSON Pointer what does not fit; any `csaf_version` but 2.0 and 2.1 is refused. The generic description for restricted
 * jurisdictions is never filled, nor is the permitted-use clause: no document of somebody else decides these.
 */
export function importCsaf(raw: unknown, version: unknown): ImportedAdvisory {
  if (!isVersion(version)) throw refused('CSAF', [{ field: '/document/csaf_version', message: 'only CSAF versions 2.0 and 2.1 are read' }])
  const format = `CSAF ${version}`
  const parsed = SCHEMAS[version].safeParse(raw)
  if (!parsed.success) throw refused(format, fieldsOf(parsed.error, ''))
  const faults = faultsOf(parsed.data)
  if (faults.length > 0) throw refused(format, faults)
  return convert(format, parsed.data, raw)
}

function isVersion(version: unknown): version is Version {
  return typeof version === 'string' && Object.hasOwn(SCHEMAS, version)
}

/** What was left out, by pointer, as the conversion finds it. */
type LeftOut = string[]

function convert(format: string, csaf: Csaf, raw: unknown): ImportedAdvisory {
  const { document, vulnerabilities = [] } = csaf
  const missing: LeftOut = leftOut(raw)
  const statedTlp = tlpOf(csaf)
  const notes = readDocumentNotes(document.notes ?? [])
  missing.push(...notes.rest.map((at) => `/document/notes/${at}`))
  const group = sharingGroupOf(csaf, missing)
  const membersOf = groupReader(format, csaf)
  const content = asContent(
    format,
    {
      title: document.title,
      bulletin: { id: bulletinOf(document.tracking.id, group?.id), ...notes.fields },
      vulnerabilities: vulnerabilities.map((each, at) => vulnerabilityOf(each, `/vulnerabilities/${at}`, missing, membersOf)),
      products: productsOf(csaf).map(({ product }) => product),
      ...notes.detection,
      references: referencesOf(csaf, missing),
      credit: { finders: findersOf([document.acknowledgments, ...vulnerabilities.map(({ acknowledgments }) => acknowledgments)]) },
      tlp: statedTlp === 'RED' ? statedTlp : UNTIL_PUBLISHED,
      sharingGroup: group ?? null,
      revisionHistory: document.tracking.revision_history.map(({ number, legacy_version: legacy, date, summary }) => ({
        version: legacy ?? number,
        instant: new Date(date).toISOString(),
        summary,
      })),
    },
    csafPointer,
  )
  const { id, version, status } = document.tracking
  return {
    content,
    source: { id, version, status, publisher: document.publisher.name },
    leftOut: outermost(missing),
    statedTlp,
    assumed: statedTlp === 'RED' ? [] : ['/document/distribution/tlp'],
  }
}

/** Both versions of AMBER reach the recipient's organisation and its clients; only the name of WHITE changed (FIRST, TLP 2.0). */
function tlpOf({ document }: Csaf): TlpLabel | null {
  const label = document.distribution?.tlp?.label
  return label === undefined ? null : label === 'WHITE' ? 'CLEAR' : label
}

/** The group of everybody and that of nobody are no groups that members belong to. */
function sharingGroupOf({ document }: Csaf, missing: LeftOut): { id: string; name: string | null } | undefined {
  if (document.csaf_version === '2.0' || !document.distribution.sharing_group) return undefined
  const { id, name } = document.distribution.sharing_group
  const variant = id[19]!
  if (id[14] === '4' && '89ab'.includes(variant)) return { id, name: name ?? null }
  missing.push('/document/distribution/sharing_group')
  return undefined
}

/** The id without the group's before it, which CSAF 2.1 has documents for several groups begin with. */
function bulletinOf(id: string, group: string | undefined): string {
  const prefix = `${group}-`
  return group !== undefined && id.startsWith(prefix) && id.length > prefix.length ? id.slice(prefix.length) : id
}

type CsafVulnerability = NonNullable<Csaf['vulnerabilities']>[number]
type VulnerabilityInput = NonNullable<PackageContentInput['vulnerabilities']>[number]

function vulnerabilityOf(vulnerability: CsafVulnerability, root: string, missing: LeftOut, membersOf: GroupReader): VulnerabilityInput {
  const { cve, ids = [], title, notes, cwe, cwes, product_status: status, release_date: released, disclosure_date: disclosed } = vulnerability
  const read = readVulnerabilityNotes(notes ?? [])
  missing.push(...read.rest.map((at) => `${root}/notes/${at}`))
  const { exploitability, ...threats } = threatsOf(vulnerability, root)
  missing.push(...threats.missing)
  const disclosure = disclosed ?? released
  return {
    ...read.fields,
    cve: cve ?? null,
    otherIds: ids.map(({ system_name: system, text }) => ({ system, text })),
    title: title ?? null,
    cwes: uniqueBy(
      [
        ...(cwes ?? (cwe ? [cwe] : [])).map(({ id, name, version }) => ({ id, name, version: isCatalogue(version) ? version : null })),
        ...(read.fields.cwes ?? []),
      ],
      ({ id }) => id,
    ),
    cvss: uniqueBy([...scoresOf(vulnerability), ...read.vectors.map((vector) => ({ vector, statedScore: null }))], ({ vector }) => vector),
    exploitability: { ...exploitability, ...read.fields.exploitability },
    fixes: [...fixesOf(vulnerability, root, missing, membersOf), ...(read.fields.fixes ?? [])],
    statedDisclosure: disclosure === undefined ? null : new Date(disclosure).toISOString(),
    affected: [...new Set([...(status?.known_affected ?? []), ...(status?.first_affected ?? []), ...(status?.last_affected ?? [])])],
    fixed: [...new Set([...(status?.fixed ?? []), ...(status?.first_fixed ?? [])])],
  }
}

function isCatalogue(version: string | undefined): version is string {
  return version !== undefined && /^[1-9]\d*\.\d+(\.\d+)?$/.test(version)
}

function scoresOf({ scores = [], metrics = [] }: CsafVulnerability): { vector: string; statedScore: number }[] {
  const stated = [...scores.map(({ cvss_v3: score }) => score), ...metrics.flatMap(({ content }) => [content.cvss_v4, content.cvss_v3])]
  return stated.flatMap((score) => (score ? [{ vector: score.vectorString, statedScore: score.baseScore }] : []))
}

function threatsOf({ threats = [] }: CsafVulnerability, root: string) {
  let exploitability: ReturnType<typeof readExploitStatus>
  const missing = threats.flatMap(({ category, details }, at) => {
    const status = category === 'exploit_status' && exploitability === undefined ? readExploitStatus(details) : undefined
    exploitability ??= status
    return status ? [] : [`${root}/threats/${at}`]
  })
  return { exploitability, missing }
}

const FIXES = {
  vendor_fix: 'available',
  fix_planned: 'planned',
  mitigation: 'mitigation',
  workaround: 'workaround',
  no_fix_planned: 'none-planned',
  none_available: 'none',
} as const

/** The products of groups that are named at a place. */
type GroupReader = (groups: readonly string[], pointer: string) => string[]

/** Most products that the groups of all remedies stand for: a few bytes that name a group can stand for thousands. */
const MOST_GROUPED = 1_000_000

function groupReader(format: string, { product_tree: tree }: Csaf): GroupReader {
  const groups = new Map((tree?.product_groups ?? []).map(({ group_id: id, product_ids: products }) => [id, products]))
  let read = 0
  return (ids, pointer) =>
    [...new Set(ids)].flatMap((id) => {
      const products = groups.get(id) ?? []
      read += products.length
      if (read > MOST_GROUPED) throw refused(format, [{ field: pointer, message: 'the groups of the remedies stand for more products than are read' }])
      return products
    })
}

function fixesOf({ remediations = [] }: CsafVulnerability, root: string, missing: LeftOut, membersOf: GroupReader): NonNullable<VulnerabilityInput['fixes']> {
  return remediations.flatMap(({ category, details, product_ids: products = [], group_ids: ids = [], url }, at) => {
    if (category === 'optional_patch') {
      missing.push(`${root}/remediations/${at}`)
      return []
    }
    const usable = url !== undefined && isWebAddress(url)
    if (url !== undefined && !usable) missing.push(`${root}/remediations/${at}/url`)
    return [
      {
        kind: FIXES[category],
        details,
        products: [...new Set([...products, ...membersOf(ids, `${root}/remediations/${at}/group_ids`)])],
        url: usable ? url : null,
      },
    ]
  })
}

function findersOf(lists: readonly (readonly Acknowledgment[] | undefined)[]) {
  const finders = lists.flatMap((list) =>
    (list ?? []).flatMap(({ names, organization }) => {
      if (names === undefined) return organization === undefined ? [] : [{ name: organization, organisation: null }]
      return names.map((name) => ({ name, organisation: organization ?? null }))
    }),
  )
  return uniqueBy(finders, ({ name, organisation }) => JSON.stringify([name, organisation]))
}

function referencesOf({ document, vulnerabilities = [] }: Csaf, missing: LeftOut) {
  const at = (references: Csaf['document']['references'], root: string) =>
    (references ?? []).map(({ url, summary }, index) => ({ url, summary, pointer: `${root}/references/${index}` }))
  const all = [...at(document.references, '/document'), ...vulnerabilities.flatMap((each, n) => at(each.references, `/vulnerabilities/${n}`))]
  for (const { url, pointer } of all) if (!isWebAddress(url)) missing.push(pointer)
  const kept = all.filter(({ url }) => isWebAddress(url))
  return uniqueBy(kept, ({ url }) => url).map(({ url, summary }) => ({ url, summary }))
}

/** Where in the document a part of the content came from, for what only the whole content shows: too much text, too many references. */
function csafPointer({ field, message }: FieldProblem): FieldProblem {
  const at = field
    .replace(/^\/(bulletin\/text|detection|rules|samples)(\/.*)?$/, '/document/notes')
    .replace(/^(\/vulnerabilities\/\d+)\/(description|exploitability|attackVector|triggerConditions|reproduction|crash)(\/.*)?$/, '$1/notes')
    .replace(/^(\/vulnerabilities\/\d+)\/fixes/, '$1/remediations')
    .replace(/^\/references/, '/document/references')
    .replace(/^\/products/, '/product_tree')
    .replace(/^\/sharingGroup/, '/document/distribution/sharing_group')
    .replace(/^\/credit\/finders.*$/, '/document/acknowledgments')
  return { field: at, message }
}
