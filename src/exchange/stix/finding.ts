import { isDeepStrictEqual } from 'node:util'
import type { TlpLabel } from '#program/packages/contract.ts'
import type { Exploit } from '#scanner/verdict/contract.ts'
import type { StixObject } from '#exchange/stix/check.ts'
import { observableId, uuidV5 } from '#exchange/stix/deterministic-id.ts'
import { TLP_EXTENSION, TLP_MARKINGS } from '#exchange/stix/tlp.ts'

/** Namespace of the ids that Vedette derives for objects other than observables, which have their own. */
const NAMESPACE = '5b0d2f3c-8f8e-4d0a-9c53-7a1f6f0f4d7e'
/** When OASIS made the definitions of TLP 2.0. */
const TLP_CREATED = '2022-10-01T00:00:00.000Z'

/** A verdict of the scanner that may be shared. */
export interface Verdict {
  readonly submission: string
  readonly operator: string
  readonly tlp: TlpLabel
  readonly sha256: string
  readonly size: number
  readonly exploit: Exploit
  readonly cves: readonly string[]
  readonly techniques: readonly string[]
  readonly happenedAt: Date
  /** Version of the scanner. */
  readonly version: string
}

/** In the words of STIX (section 10.15). Nothing seen is never called benign: a scanner that sees nothing has proved nothing. */
const RESULTS: Readonly<Record<Exploit, 'malicious' | 'suspicious' | 'unknown'>> = {
  confirmed: 'malicious',
  attempted: 'malicious',
  'technique-only': 'suspicious',
  'none-seen': 'unknown',
}

/**
 * A verdict as STIX 2.1 objects: who says so, the file, its analysis and, for an exploit, the malware, each named
 * vulnerability, an indicator and how they hang together. Ids follow from the bytes, those of the analysis from the submission, and
 * instants from the event: the same verdict always gives the same objects, and several submissions of the same bytes one
 * indicator. Neither the submitting organisation nor a file name is in any of them.
 */
export function findingObjects(verdict: Verdict): StixObject[] {
  const make = maker(verdict, `${verdict.operator} ${verdict.sha256}`)
  const file = fileObject(verdict)
  const analysis = maker(verdict, verdict.submission)('malware-analysis', '', {
    product: 'vedette-scanner',
    version: verdict.version,
    result: RESULTS[verdict.exploit],
    ...(verdict.techniques.length > 0 && { labels: [...verdict.techniques] }),
    sample_ref: file.id,
  })
  if (RESULTS[verdict.exploit] !== 'malicious') return [file, analysis]
  const cves = [...new Set(verdict.cves)].sort()
  const malware = make('malware', '', { is_family: false, sample_refs: [file.id] })
  const vulnerabilities = cves.map((cve) => make('vulnerability', cve, { name: cve, external_references: [referenceTo(cve)] }))
  const indicator = make('indicator', '', indicatorOf(verdict, cves))
  const link = (from: StixObject, type: string, to: StixObject) =>
    make('relationship', `${from.id} ${type} ${to.id}`, { relationship_type: type, source_ref: from.id, target_ref: to.id })
  return [
    file,
    analysis,
    malware,
    ...vulnerabilities,
    indicator,
    link(indicator, 'indicates', malware),
    ...vulnerabilities.map((vulnerability) => link(malware, 'exploits', vulnerability)),
    link(analysis, 'static-analysis-of', malware),
  ]
}

function maker({ operator, tlp, happenedAt }: Verdict, source: string) {
  const at = happenedAt.toISOString()
  return (type: string, name: string, properties: Readonly<Record<string, unknown>>): StixObject => ({
    type,
    spec_version: '2.1',
    id: `${type}--${uuidV5(NAMESPACE, `${source} ${type} ${name}`)}`,
    created_by_ref: exchangeId(operator),
    created: at,
    modified: at,
    ...properties,
    object_marking_refs: [TLP_MARKINGS[tlp]],
  })
}

/**
 * An object of a finding when its creator has said `before` under the same id: what was made keeps its beginning (STIX 2.1,
 * section 3.6). `changes` tells whether it says anything else than before.
 */
export function saidAgain(object: StixObject, before: StixObject): { readonly object: StixObject; readonly changes: boolean } {
  const again: StixObject = { ...object, ...pick(before, 'created'), ...pick(before, 'valid_from') }
  return { object: again, changes: !isDeepStrictEqual({ ...again, ...pick(before, 'modified') }, before) }
}

function pick(object: StixObject, name: string): object {
  return name in object ? { [name]: object[name] } : {}
}

/** The id of an observable follows from its content (section 2.9), here from the hash alone. */
function fileObject({ sha256, size, tlp }: Verdict): StixObject {
  const hashes = { 'SHA-256': sha256 }
  const id = observableId({ type: 'file', hashes })!
  return { type: 'file', spec_version: '2.1', id, hashes, size, object_marking_refs: [TLP_MARKINGS[tlp]] }
}

function indicatorOf({ sha256, exploit, happenedAt }: Verdict, cves: readonly string[]) {
  const what = cves.length > 0 ? cves.join(', ') : 'a vulnerability'
  return {
    name: exploit === 'confirmed' ? `Document that exploits ${what}` : `Document that attempts to exploit ${what}`,
    indicator_types: ['malicious-activity'],
    pattern: `[file:hashes.'SHA-256' = '${sha256}']`,
    pattern_type: 'stix',
    pattern_version: '2.1',
    valid_from: happenedAt.toISOString(),
    ...(cves.length > 0 && { external_references: cves.map(referenceTo) }),
  }
}

function referenceTo(cve: string) {
  return { source_name: 'cve', external_id: cve }
}

function exchangeId(operator: string): string {
  return `identity--${uuidV5(NAMESPACE, `${operator} exchange`)}`
}

/** What every finding refers to and none contains: the operator's exchange as the creator, and the definitions of TLP 2.0. */
export function findingFoundation(operator: { readonly id: string; readonly name: string; readonly createdAt: Date }): StixObject[] {
  const at = operator.createdAt.toISOString()
  const identity = {
    type: 'identity',
    spec_version: '2.1',
    id: exchangeId(operator.id),
    created: at,
    modified: at,
    name: `Exchange of ${operator.name}`,
    identity_class: 'system',
    object_marking_refs: [TLP_MARKINGS.CLEAR],
  }
  return [identity, ...Object.entries(TLP_MARKINGS).map(([label, id]) => definitionOf(label, id))]
}

/** As OASIS publishes it (oasis-open/cti-stix-common-objects). */
function definitionOf(label: string, id: string): StixObject {
  const extensions = { [TLP_EXTENSION]: { extension_type: 'property-extension', tlp_2_0: label.toLowerCase() } }
  return { type: 'marking-definition', spec_version: '2.1', id, created: TLP_CREATED, name: `TLP:${label}`, extensions }
}
