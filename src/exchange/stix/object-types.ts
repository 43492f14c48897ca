import { isTypeName } from '#exchange/stix/identifier.ts'

/** Kinds of STIX 2.1 objects (sections 4 to 7). */
const DOMAIN_TYPES = [
  'attack-pattern',
  'campaign',
  'course-of-action',
  'grouping',
  'identity',
  'incident',
  'indicator',
  'infrastructure',
  'intrusion-set',
  'location',
  'malware',
  'malware-analysis',
  'note',
  'observed-data',
  'opinion',
  'report',
  'threat-actor',
  'tool',
  'vulnerability',
] as const
const RELATIONSHIP_TYPES = ['relationship', 'sighting'] as const
export const OBSERVABLE_TYPES = [
  'artifact',
  'autonomous-system',
  'directory',
  'domain-name',
  'email-addr',
  'email-message',
  'file',
  'ipv4-addr',
  'ipv6-addr',
  'mac-addr',
  'mutex',
  'network-traffic',
  'process',
  'software',
  'url',
  'user-account',
  'windows-registry-key',
  'x509-certificate',
] as const
const META_TYPES = ['language-content', 'marking-definition', 'extension-definition'] as const

export type DomainType = (typeof DOMAIN_TYPES)[number]
export type RelationshipType = (typeof RELATIONSHIP_TYPES)[number]
export type ObservableType = (typeof OBSERVABLE_TYPES)[number]
export type MetaType = (typeof META_TYPES)[number]
export type StixType = DomainType | RelationshipType | ObservableType | MetaType
export type ObjectKind = 'domain' | 'relationship' | 'observable' | 'meta'

const KINDS: ReadonlyMap<string, ObjectKind> = new Map([
  ...DOMAIN_TYPES.map((type) => [type, 'domain'] as const),
  ...RELATIONSHIP_TYPES.map((type) => [type, 'relationship'] as const),
  ...OBSERVABLE_TYPES.map((type) => [type, 'observable'] as const),
  ...META_TYPES.map((type) => [type, 'meta'] as const),
])

/** Undefined for a type that STIX 2.1 does not name. */
export function kindOf(type: string): ObjectKind | undefined {
  return KINDS.get(type)
}

const NEW_KINDS: ReadonlyMap<unknown, ObjectKind> = new Map([
  ['new-sdo', 'domain'],
  ['new-sro', 'relationship'],
  ['new-sco', 'observable'],
])

/**
 * What kind an object is of. A type that STIX 2.1 does not name is accepted when one of the object's extensions says that it
 * is new, and of which kind (section 7.3), or when its name begins with `x-` (section 11.2): then it is a domain object if it
 * says when it was created or modified, and an observable otherwise. Undefined for every other type, `bundle` among them.
 */
export function kindOfObject(object: { readonly type: string; readonly [property: string]: unknown }): ObjectKind | undefined {
  const known = KINDS.get(object.type)
  if (known !== undefined) return known
  if (object.type === 'bundle' || !isTypeName(object.type)) return undefined
  const { extensions, created, modified } = object
  if (typeof extensions === 'object' && extensions !== null) {
    for (const extension of Object.values(extensions) as ({ extension_type?: unknown } | null)[]) {
      const kind = NEW_KINDS.get(extension?.extension_type)
      if (kind !== undefined) return kind
    }
  }
  if (!object.type.startsWith('x-')) return undefined
  return created === undefined && modified === undefined ? 'observable' : 'domain'
}
