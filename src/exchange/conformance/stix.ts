import { createHash, randomUUID } from 'node:crypto'
import { toMicroseconds } from '#exchange/conformance/timestamps.ts'
import { asText, type Json } from '#exchange/conformance/turn.ts'

const OBSERVABLES = new Set(
  'artifact autonomous-system directory domain-name email-addr email-message file ipv4-addr ipv6-addr mac-addr mutex network-traffic process software url user-account windows-registry-key x509-certificate'.split(
    ' ',
  ),
)
/** Every type of object of STIX 2.1. */
export const STIX_TYPES: readonly string[] = [
  ...'attack-pattern campaign course-of-action grouping identity incident indicator infrastructure intrusion-set location malware malware-analysis note observed-data opinion report threat-actor tool vulnerability'.split(
    ' ',
  ),
  'relationship',
  'sighting',
  ...OBSERVABLES,
  'language-content',
  'marking-definition',
  'extension-definition',
]

/** One version of an object, as far as the filters of TAXII look at it. */
export interface Version {
  /** Same for the same version however its instant is spelt (C9). */
  readonly key: string
  readonly id: string
  readonly type: string
  /** `modified`, else `created`; undefined for an object that has neither. */
  readonly version: string | undefined
  readonly at: bigint
  readonly spec: string
}

export function readVersion(object: Json): Version {
  const [id, type] = [asText(object.id) ?? '', asText(object.type) ?? '']
  const version = asText(object.modified) ?? asText(object.created)
  const spec = asText(object.spec_version) ?? (OBSERVABLES.has(type) ? '2.1' : '2.0')
  return { key: versionKey(id, version), id, type, version, at: toMicroseconds(version) ?? 0n, spec }
}

export function versionKey(id: string, version: string | undefined): string {
  return `${id} ${toMicroseconds(version) ?? version ?? ''}`
}

/** The newest version of each object, or the oldest, of a list in any order. */
export function extremes(versions: readonly Version[], which: 'first' | 'last'): Version[] {
  const best = new Map<string, Version>()
  for (const one of versions) {
    const held = best.get(one.id)
    if (!held || (which === 'last' ? one.at > held.at : one.at < held.at)) best.set(one.id, one)
  }
  return [...best.values()]
}

/** What ids of STIX observables are computed in (STIX 2.1, section 2.9). */
const NAMESPACE = Buffer.from('00abedb4aa42466c9c01fed23315a9b7', 'hex')
const CLEAR = 'marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487'
export const PROBE_NAME = 'TAXII conformance probe'
const CREATED = '2024-01-01T00:00:00.000Z'
/** Instants of the three versions of the first indicator. */
export const MOMENTS = [CREATED, '2024-01-02T00:00:00.000Z', '2024-01-03T00:00:00.123Z'] as const

type ProbeObject = Json & { readonly id: string; readonly type: string }

/** An indicator of the check's own, with a fresh id unless one is given. */
export function probeIndicator(properties: Json = {}): ProbeObject {
  return {
    type: 'indicator',
    spec_version: '2.1',
    id: `indicator--${randomUUID()}`,
    created: CREATED,
    modified: CREATED,
    name: PROBE_NAME,
    description: 'Made and taken away again by a check of this server; it says nothing about any threat.',
    indicator_types: ['benign'],
    pattern: `[domain-name:value = 'probe-${randomUUID()}.invalid']`,
    pattern_type: 'stix',
    valid_from: '2024-01-01T00:00:00Z',
    object_marking_refs: [CLEAR],
    ...properties,
  }
}

/** A small set of objects of several types, the first of them in three versions; one envelope after the other. */
export function probeObjects(): { indicator: string; envelopes: ProbeObject[][] } {
  const [identity, marked] = [`identity--${randomUUID()}`, { object_marking_refs: [CLEAR] }]
  const common = { spec_version: '2.1', created: CREATED, modified: CREATED, created_by_ref: identity, ...marked }
  const first = probeIndicator({ created_by_ref: identity })
  const malware = { ...common, type: 'malware', id: `malware--${randomUUID()}`, name: PROBE_NAME, is_family: false }
  const versions = MOMENTS.slice(1).map((modified) => ({ ...first, modified, description: `${String(first.description)} Version of ${modified}.` }))
  const related = { relationship_type: 'indicates', source_ref: first.id, target_ref: malware.id }
  return {
    indicator: first.id,
    envelopes: [
      [{ ...common, type: 'identity', id: identity, created_by_ref: identity, name: PROBE_NAME, identity_class: 'system' }, first, malware],
      [versions[0]!, domainName(), probeIndicator({ created_by_ref: identity })],
      [versions[1]!, { ...common, type: 'relationship', id: `relationship--${randomUUID()}`, ...related }, probeIndicator({ created_by_ref: identity })],
    ],
  }
}

/** An observable, which has no version of its own; its id is computed from its value. */
function domainName(): ProbeObject {
  const value = `taxii-conformance-probe-${randomUUID()}.invalid`
  const hash = createHash('sha1').update(NAMESPACE).update(JSON.stringify({ value })).digest()
  hash[6] = (hash[6]! & 0x0f) | 0x50
  hash[8] = (hash[8]! & 0x3f) | 0x80
  const uuid = hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  return { type: 'domain-name', spec_version: '2.1', id: `domain-name--${uuid}`, value, object_marking_refs: [CLEAR] }
}
