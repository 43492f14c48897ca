import type { StixObject } from '#exchange/stix/check.ts'

const CVE = /^CVE-\d{4}-\d{4,19}$/

/** CVE ids that the object's own external references name (STIX 2.1, section 2.5.2), each once. */
export function cvesOf(object: StixObject): string[] {
  const { external_references: references = [] } = object as { external_references?: { source_name: string; external_id?: string }[] }
  return [...new Set(references.flatMap(({ source_name: source, external_id: id }) => (source === 'cve' && id !== undefined && CVE.test(id) ? [id] : [])))]
}
