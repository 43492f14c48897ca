import { createHash } from 'node:crypto'
import { bytesOf, present, toldContent, type Advisory } from '#program/advisories/advisory.ts'
import { affectedItem } from '#program/advisories/cve-versions.ts'
import type { CurrentContent } from '#program/packages/contract.ts'
import { cvssRating, cvssScore } from '#program/packages/cvss-score.ts'
import { permittedUseText } from '#program/packages/permitted-use.ts'

type Vulnerability = CurrentContent['vulnerabilities'][number]

/** The version of CVEProject/cve-schema that is written. */
const DATA_VERSION = '5.1'
const english = (value: string) => ({ lang: 'en', value })

/**
 * The CVE record of one vulnerability of a version, for its CNA to publish: undefined when the advisory does not name it. Before
 * the release `x_vedette` says that it is under embargo, with the marking of the package; always, what members were permitted.
 */
export function exportCve(advisory: Advisory, cve: string): Buffer | undefined {
  const content = toldContent(advisory)
  const vulnerability = content.vulnerabilities?.find((each) => each.cve === cve)
  if (!vulnerability || advisory.stage === 'withdrawn' || advisory.stage === 'superseded') return undefined
  const { publisher, release, stage } = advisory
  const org = organisationId(publisher.id)
  return bytesOf({
    dataType: 'CVE_RECORD',
    dataVersion: DATA_VERSION,
    cveMetadata: { assignerOrgId: org, cveId: cve, state: 'PUBLISHED', ...present({ datePublished: stage === 'draft' ? undefined : release?.toISOString() }) },
    containers: { cna: { providerMetadata: { orgId: org }, ...cnaOf(advisory, content, vulnerability) } },
  })
}

/** A CNA's id is of version 4 and given by the CVE programme; until the operator puts its own there, this one is always the same. */
export function organisationId(operator: string): string {
  const hex = createHash('sha256').update(`vedette cve organisation\n${operator}`).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-')
}

function cnaOf(advisory: Advisory, content: Partial<CurrentContent>, vulnerability: Vulnerability): object {
  const { description, cwes, fixes, triggerConditions, reproduction: _, crash: _crash } = vulnerability
  const title = vulnerability.title ?? content.title
  const said = (kinds: readonly string[]) => fixes.filter(({ kind }) => kinds.includes(kind)).map(({ details, url }) => english(url === null ? details : `${details}\n\n${url}`)) // prettier-ignore
  return {
    ...present({ title: title?.slice(0, 256), datePublic: advisory.release?.toISOString() }),
    descriptions: [english(description || (title ?? 'Not described yet.'))],
    affected: affectedOf(content.products ?? [], vulnerability),
    ...present({
      problemTypes: cwes.map(({ id, name }) => ({ descriptions: [{ lang: 'en', cweId: id, description: `${id} ${name}`, type: 'CWE' }] })),
      metrics: metricsOf(vulnerability),
      configurations: triggerConditions === '' ? [] : [english(triggerConditions)],
      workarounds: said(['workaround', 'mitigation']),
      solutions: said(['available']),
      credits: (content.credit?.finders ?? []).map(({ name, organisation }) => ({
        lang: 'en',
        value: organisation === null ? name : `${name} of ${organisation}`,
        type: 'finder',
      })),
    }),
    references: referencesOf(advisory, content),
    x_vedette: marksOf(advisory, content),
  }
}

/** A record names at least one product. */
function affectedOf(products: CurrentContent['products'], { affected, fixed }: Vulnerability): object[] {
  const items = products.flatMap((product) => {
    if (affected.includes(product.id)) return [affectedItem(product, false)]
    return fixed.includes(product.id) ? [affectedItem(product, true)] : []
  })
  return items.length > 0 ? items : [{ vendor: 'n/a', product: 'n/a', defaultStatus: 'unknown' }]
}

function metricsOf({ cvss }: Vulnerability): object[] {
  return cvss.map(({ vector }) => {
    const { version, base } = cvssScore(vector)!
    const name = `cvssV${version.replace('.', '_')}`
    return { format: 'CVSS', [name]: { version, vectorString: vector, baseScore: base, baseSeverity: cvssRating(base).toUpperCase() } }
  })
}

/** A record has at least one reference, and each once. */
function referencesOf({ address }: Advisory, { references = [] }: Partial<CurrentContent>): object[] {
  const named = references.map(({ url, summary }) => ({ url, ...present({ name: summary.slice(0, 512) || undefined }) }))
  return named.length > 0 ? named : [{ url: address }]
}

function marksOf({ stage, release }: Advisory, { tlp, sharingGroup, permittedUse }: Partial<CurrentContent>): object {
  const embargo =
    stage === 'draft' ? { status: 'under embargo', tlp: tlp ?? 'RED', release: release?.toISOString(), sharingGroup } : { status: 'released', tlp: 'CLEAR' }
  return present({ ...embargo, permittedUse, permittedUseText: permittedUse && permittedUseText(permittedUse) })
}
