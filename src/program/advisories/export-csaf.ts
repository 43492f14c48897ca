import { Problem } from '#platform/errors.ts'
import { canonicalJson } from '#platform/audit/canonical-json.ts'
import { bytesOf, disclosureOf, present, revisionsOf, toldContent, type Advisory, type Stage } from '#program/advisories/advisory.ts'
import { documentNotes, GENERIC_TITLE, PERMITTED_USE_JSON_TITLE, PERMITTED_USE_TITLE, type CsafNote } from '#program/advisories/csaf-notes.ts'
import { productTree, type CsafVersion } from '#program/advisories/csaf-tree.ts'
import { csafVulnerability } from '#program/advisories/csaf-vulnerability.ts'
import type { CurrentContent, TlpLabel } from '#program/packages/contract.ts'
import { permittedUseText } from '#program/packages/permitted-use.ts'

type Content = Partial<CurrentContent>

/** Most product ids in one document: more make it larger than the standard advises (15 MB; CSAF 2.0, appendix C.1). */
const MOST_NAMED = 1_000_000

/** Each vulnerability names its products for its status, for every score and for every remedy. */
function namedIn({ affected, fixed, cvss, fixes }: CurrentContent['vulnerabilities'][number]): number {
  const remedies = fixes.reduce((sum, { products }) => sum + (products.length || affected.length), 0)
  return (affected.length + fixed.length) * (cvss.length + 2) + remedies
}

/**
 * A CSAF document of what a reader may tell of a version: the same bytes for the same advisory. Before the release it is a draft
 * with the marking of the package; afterwards it is final and TLP:CLEAR, and holds what everybody may read. Throws CONFLICT for one
 * that would name products more often than a document can.
 */
export function exportCsaf(advisory: Advisory, version: CsafVersion): Buffer {
  const content = toldContent(advisory)
  const named = (content.vulnerabilities ?? []).reduce((sum, each) => sum + namedIn(each), 0)
  if (named > MOST_NAMED) throw new Problem('CONFLICT', 'This version names its products too often for one CSAF document.')
  const gone = advisory.stage === 'withdrawn' || advisory.stage === 'superseded'
  const vulnerabilities = (content.vulnerabilities ?? []).map((each) =>
    csafVulnerability(each, { version, disclosure: disclosureOf(advisory, each), known: content.products ?? [] }),
  )
  const body = gone ? {} : present({ product_tree: productTree(content.products ?? [], version), vulnerabilities })
  return bytesOf({
    ...(version === '2.1' ? { $schema: 'https://docs.oasis-open.org/csaf/csaf/v2.1/schema/csaf.json' } : {}),
    document: documentOf(advisory, content, version, categoryOf(advisory.stage, content, vulnerabilities, version)),
    ...body,
  })
}

function documentOf(advisory: Advisory, content: Content, version: CsafVersion, category: string): object {
  const { stage, publisher, address } = advisory
  const revisions = revisionsOf(advisory)
  const references = [
    ...(content.references ?? []).map(({ url, summary }) => ({ category: 'external', summary: summary || url, url })),
    ...(stage === 'superseded' ? [{ category: 'external', summary: 'Superseding Document: the newest version of the package', url: address }] : []),
  ]
  return {
    ...present({
      acknowledgments: (content.credit?.finders ?? []).map(({ name, organisation }) => ({ names: [name], ...present({ organization: organisation }) })),
    }),
    category,
    csaf_version: version,
    distribution: distributionOf(advisory, content, version),
    lang: 'en',
    ...present({ notes: notesOf(advisory, content) }),
    publisher: { category: 'coordinator', name: publisher.name, namespace: publisher.namespace },
    ...present({ references }),
    title: content.title ?? 'Not public yet',
    tracking: {
      current_release_date: revisions.at(-1)!.date,
      id: trackingId(advisory, content, version),
      initial_release_date: revisions[0]!.date,
      revision_history: revisions.map(({ date, number, summary, stated }) => ({
        date,
        ...(stated === undefined || stated === number ? {} : { legacy_version: stated }),
        number,
        summary,
      })),
      status: stage === 'draft' ? 'draft' : 'final',
      version: revisions.at(-1)!.number,
    },
  }
}

/** An advisory where it has all that the profile asks for; CSAF 2.1 has profiles for what was taken back or replaced. */
function categoryOf(stage: Stage, { products = [] }: Content, vulnerabilities: readonly Readonly<Record<string, unknown>>[], version: CsafVersion): string {
  if (stage === 'withdrawn' || stage === 'superseded') return version === '2.1' ? `csaf_${stage}` : 'csaf_base'
  const isComplete = vulnerabilities.every(
    ({ notes, product_status: status }) => notes && typeof status === 'object' && status !== null && 'known_affected' in status,
  )
  return products.length > 0 && vulnerabilities.length > 0 && isComplete ? 'csaf_security_advisory' : 'csaf_base'
}

/** CSAF 2.1 has the id of a document for one of several groups begin with that of the group. */
function trackingId({ package: id }: Advisory, { bulletin, sharingGroup }: Content, version: CsafVersion): string {
  const own = bulletin?.id ?? `VEDETTE-${id}`
  return version === '2.1' && sharingGroup ? `${sharingGroup.id}-${own}` : own
}

const TLP_1: Readonly<Record<TlpLabel, string>> = { CLEAR: 'WHITE', GREEN: 'GREEN', AMBER: 'AMBER', 'AMBER+STRICT': 'AMBER', RED: 'RED' }

function distributionOf({ stage, release }: Advisory, { tlp = 'RED', sharingGroup }: Content, version: CsafVersion): object {
  const label = stage === 'draft' ? tlp : 'CLEAR'
  const group = stage === 'draft' && sharingGroup ? sharingGroup : undefined
  const until = release === null ? 'Under embargo; no release is set yet.' : `Under embargo until ${release.toISOString()}, as it is planned now.`
  const within = group ? ` Only within the sharing group ${group.name ?? group.id}, as the permitted-use clause allows.` : ''
  const text = stage === 'draft' ? `TLP:${label} (TLP 2.0). ${until}${within}` : undefined
  return {
    ...(version === '2.1' && group ? { sharing_group: { id: group.id, ...present({ name: group.name }) } } : {}),
    ...present({ text }),
    tlp: { label: version === '2.0' ? TLP_1[label] : label, url: 'https://www.first.org/tlp/' },
  }
}

function notesOf({ stage }: Advisory, content: Content): CsafNote[] {
  const clause = content.permittedUse
  const terms: CsafNote[] = clause
    ? [
        { category: 'legal_disclaimer', title: PERMITTED_USE_TITLE, text: permittedUseText(clause) },
        { category: 'other', title: PERMITTED_USE_JSON_TITLE, text: canonicalJson({ permittedUse: clause }) },
      ]
    : []
  if (stage === 'withdrawn') return [reason('Withdrawal', 'This advisory was public and has been withdrawn by its publisher.'), ...terms]
  if (stage === 'superseded') return [reason('Supersession', 'A newer version of this advisory took its place.'), ...terms]
  const generic: CsafNote[] = content.description ? [{ category: 'general', title: GENERIC_TITLE, text: content.description }] : []
  return [...generic, ...documentNotes(content), ...terms]
}

/** The titles are those of CSAF 2.1 (6.1.27.17 and 6.1.27.18). */
function reason(what: 'Withdrawal' | 'Supersession', text: string): CsafNote {
  return { category: 'description', title: `Reasoning for ${what}`, text }
}
