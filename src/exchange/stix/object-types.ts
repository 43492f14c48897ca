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
]
const RELATIONSHIP_TYPES = ['relationship', 'sighting']
const OBSERVABLE_TYPES = [
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
]
const META_TYPES = ['language-content', 'marking-definition', 'extension-definition']

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
