import { uuidV5 as uuidOf } from '#platform/uuid-v5.ts'
import { canonicalText } from '#exchange/stix/canonical.ts'
import { uuidVersionOf } from '#exchange/stix/identifier.ts'
import { kindOf, type ObservableType } from '#exchange/stix/object-types.ts'

/** Namespace of observables (STIX 2.1, section 2.9): objects of other kinds must not use it. */
const OBSERVABLE_NAMESPACE = '00abedb4-aa42-466c-9c01-fed23315a9b7'

/** UUIDv5 (RFC 9562, section 5.5): the same name in the same namespace is the same id everywhere. */
export function uuidV5(namespace: string, name: string): string {
  if (namespace === OBSERVABLE_NAMESPACE) throw new RangeError('the namespace of observables is for observables')
  return uuidOf(namespace, name)
}

/** Properties that the id of each observable follows from (section 6, "ID Contributing Properties"). */
const CONTRIBUTING_OF: Readonly<Record<ObservableType, readonly string[]>> = {
  artifact: ['hashes', 'payload_bin'],
  'autonomous-system': ['number'],
  directory: ['path'],
  'domain-name': ['value'],
  'email-addr': ['value'],
  'email-message': ['from_ref', 'subject', 'body'],
  file: ['hashes', 'name', 'extensions', 'parent_directory_ref'],
  'ipv4-addr': ['value'],
  'ipv6-addr': ['value'],
  'mac-addr': ['value'],
  mutex: ['name'],
  'network-traffic': ['start', 'end', 'src_ref', 'dst_ref', 'src_port', 'dst_port', 'protocols', 'extensions'],
  process: [],
  software: ['name', 'cpe', 'swid', 'vendor', 'version'],
  url: ['value'],
  'user-account': ['account_type', 'user_id', 'account_login'],
  'windows-registry-key': ['key', 'values'],
  'x509-certificate': ['hashes', 'serial_number'],
}
/** A map: an object has names of its own, such as `constructor`, which is a name that a type can have. */
const CONTRIBUTING: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(CONTRIBUTING_OF))
/** Of several hashes one goes into an id, the first of these that is there. */
const PREFERRED = ['MD5', 'SHA-1', 'SHA-256', 'SHA-512']

type Observable = Readonly<Record<string, unknown>> & { readonly type: string }

/**
 * The id that follows from what an observable says (section 2.9); undefined where none does: nothing that contributes is there, so
 * that the id is a UUIDv4, or only a hash for which the standard has no preference. The object passed the checks.
 */
export function observableId(object: Observable): string | undefined {
  const name = nameOf(object)
  return name === undefined || name === 'unknown' ? undefined : `${object.type}--${uuidOf(OBSERVABLE_NAMESPACE, canonicalText(name))}`
}

/** What the id of an observable is made of: undefined when nothing is there for it; unknown when the standard does not say what to take. */
function nameOf(object: Observable): object | 'unknown' | undefined {
  const name: Record<string, unknown> = {}
  for (const property of CONTRIBUTING.get(object.type) ?? []) {
    const value = object[property]
    if (value === undefined) continue
    const hash = property === 'hashes' ? PREFERRED.find((algorithm) => Object.hasOwn(value as object, algorithm)) : undefined
    if (property === 'hashes' && hash === undefined) return 'unknown'
    name[property] = hash === undefined ? value : { [hash]: (value as Record<string, unknown>)[hash] }
  }
  return Object.keys(name).length === 0 ? undefined : name
}

/**
 * What to tell the sender of an observable whose id is of version 5 and does not follow from its content: it is kept all the
 * same, because the standard only recommends the rule, and many producers derive their ids from something else.
 */
export function warningOfId(object: Observable & { readonly id: string }): string | undefined {
  if (kindOf(object.type) !== 'observable' || uuidVersionOf(object.id) !== 5) return undefined
  const name = nameOf(object)
  if (name === 'unknown') return undefined
  if (name === undefined) return 'kept; but the id is of version 5, and nothing is there that it could follow from (STIX 2.1, section 2.9)'
  const id = observableId(object)
  return id === object.id ? undefined : `kept; but the id does not follow from the content, which would give ${id} (STIX 2.1, section 2.9)`
}
