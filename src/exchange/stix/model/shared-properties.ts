import { typeOfId } from '#exchange/stix/identifier.ts'
import { fault, isRecord, within, type Check, type Fault, type Rule } from '#exchange/stix/model/fault.ts'
import { granularMarkings, selectorsLead } from '#exchange/stix/model/granular-markings.ts'
import { atLeastOneOf, needed, notBefore, record, type Properties } from '#exchange/stix/model/record.ts'
import { anyRef, anyRefs, refsTo, refTo } from '#exchange/stix/model/references.ts'
import { anything, dictionaryOf, flag, hashes, integer, language, listOf, literal, name, oneOf, text, timestamp } from '#exchange/stix/model/values.ts'

/** References to what is not STIX (section 2.5). */
const externalReference = record({ source_name: needed(name), description: text, url: text, hashes, external_id: text }, [
  atLeastOneOf('external_id', 'url', 'description'),
])

/** Steps of a kill chain (section 2.11). */
export const killChainPhases = listOf(record({ kill_chain_name: needed(name), phase_name: needed(name) }))

const EXTENSION_TYPES = ['new-sdo', 'new-sco', 'new-sro', 'property-extension', 'toplevel-property-extension'] as const
export const extensionType = oneOf(...EXTENSION_TYPES)

const NO_EXTENSION = fault('must be an object that is not empty')
const NO_EXTENSION_TYPE = fault('an extension by definition says its extension_type')

/**
 * Extensions of an object (sections 3.2, 7.3): those that the standard defines for its type are checked, one that refers to
 * an extension definition says of which type it is, and its own properties are kept as they are; so are custom extensions (11.3).
 */
export function extensionsWith(predefined: Readonly<Record<string, Check>> = {}): Check {
  const checks = new Map(Object.entries(predefined))
  const each = (key: string, extension: unknown): Fault | undefined => {
    if (!isRecord(extension) || Object.keys(extension).length === 0) return NO_EXTENSION
    const known = checks.get(key)
    if (known !== undefined) return known(extension)
    const { extension_type: type } = extension
    if (type === undefined) return typeOfId(key) === 'extension-definition' ? NO_EXTENSION_TYPE : undefined
    const wrong = extensionType(type)
    return wrong && within('extension_type', wrong)
  }
  const shape = dictionaryOf(anything)
  return (value) => {
    const wrong = shape(value)
    if (wrong !== undefined) return wrong
    for (const [key, extension] of Object.entries(value as object)) {
      const inside = each(key, extension)
      if (inside !== undefined) return within(key, inside)
    }
    return undefined
  }
}

const extensions = extensionsWith()

/** What every object may say (section 3.2); its type and id are looked at before. */
const ANY: Properties = {
  type: anything,
  id: anything,
  created_by_ref: refTo('identity'),
  created: timestamp,
  modified: timestamp,
  revoked: flag,
  labels: listOf(text),
  confidence: integer(0, 100),
  lang: language,
  external_references: listOf(externalReference),
  object_marking_refs: refsTo('marking-definition'),
  granular_markings: granularMarkings,
  extensions,
}
const specVersion = literal('2.1')
const NOT_DEFANGED: Check = () => fault('is for observables only')

/** Domain objects, relationships and the other objects that have versions. */
export const VERSIONED: Properties = {
  ...ANY,
  spec_version: needed(specVersion),
  created: needed(timestamp),
  modified: needed(timestamp),
  defanged: NOT_DEFANGED,
}
/** Observables are STIX 2.1 unless they say otherwise, and have no versions; what they say of one is read as everywhere else (section 3.6). */
export const OBSERVABLE: Properties = { ...ANY, spec_version: specVersion, defanged: flag }
/** Definitions of markings are never changed (section 7.2.1). */
export const MARKING: Properties = { ...VERSIONED, modified: timestamp }

const NOT_ITSELF = fault('must not refer to the marking itself', 'object_marking_refs')
const marksNotItself: Rule = ({ id, object_marking_refs: refs }) => (Array.isArray(refs) && refs.includes(id) ? NOT_ITSELF : undefined)

const COMMON_RULES: readonly Rule[] = [notBefore('created', 'modified'), marksNotItself, selectorsLead]

/** The check of a whole object: its table beside that of its kind. Custom properties called `…_ref` and `…_refs` hold ids (section 3.1). */
export function objectOf(kind: Properties, properties: Properties, rules: readonly Rule[] = []): Check {
  return record({ ...kind, ...properties }, [...rules, ...COMMON_RULES], customReference)
}

function customReference(property: string, value: unknown): Fault | undefined {
  return property.endsWith('_ref') ? anyRef(value) : property.endsWith('_refs') ? anyRefs(value) : undefined
}
