import { pointerToken } from '#platform/http/strict-json.ts'
import { LONGEST_ID, LONGEST_TYPE, typeOfId } from '#exchange/stix/identifier.ts'
import { objectOf, OBSERVABLE, VERSIONED } from '#exchange/stix/model/shared-properties.ts'
import { DOMAIN } from '#exchange/stix/model/domain-types.ts'
import { isRecord, type Check } from '#exchange/stix/model/fault.ts'
import { META } from '#exchange/stix/model/meta-types.ts'
import { OBSERVABLES } from '#exchange/stix/model/observable-types.ts'
import { RELATIONSHIPS } from '#exchange/stix/model/relationship-types.ts'
import { kindOfObject } from '#exchange/stix/object-types.ts'

/** A STIX 2.1 object that passed `checkObject`; everything that is not named here is as the sender wrote it. */
export interface StixObject {
  readonly type: string
  readonly id: string
  readonly created?: string
  readonly modified?: string
  readonly revoked?: boolean
  readonly [property: string]: unknown
}

export type Checked = { readonly object: StixObject } | { readonly fault: string }

/** References of one object at most: whatever points at an object is read again when its standing changes. */
const MOST_REFERENCES = 2_000

/** The check of each type that the standard names, made once from its table. */
const CHECKS: ReadonlyMap<string, Check> = new Map(Object.entries({ ...DOMAIN, ...RELATIONSHIPS, ...OBSERVABLES, ...META }))
/** Types of extensions and custom types keep the rules that all objects of their kind keep. */
const [NEW_OBSERVABLE, NEW_VERSIONED] = [objectOf(OBSERVABLE, {}), objectOf(VERSIONED, {})]

/**
 * Whether an object handed in is one of STIX 2.1: the types, the constraints and the closed vocabularies that the standard
 * states for its type, and for each property that the standard names; open vocabularies take any word, and custom properties and
 * extensions are kept as they are. The fault is one reason with a JSON Pointer. Pure, and linear in the size of the object.
 */
export function checkObject(raw: unknown): Checked {
  if (!isRecord(raw)) return { fault: 'not an object' }
  const { type, id } = raw
  if (typeof type !== 'string' || type.length > LONGEST_TYPE) return { fault: '/type: a type of STIX 2.1 is needed' }
  if (type === 'bundle') return { fault: '/type: a bundle is not kept; send the objects that it holds' }
  const check = CHECKS.get(type) ?? checkOfNewType(raw as StixObject)
  if (check === undefined) return { fault: '/type: not a type of STIX 2.1, nor one that an extension of the object says is new, nor a custom one (x-…)' }
  const named = typeOfId(id)
  if (named === undefined) return { fault: `/id: must be an id of at most ${LONGEST_ID} characters: a type and a UUID` }
  if (named !== type) return { fault: '/id: does not begin with the type' }
  const wrong = check(raw)
  if (wrong !== undefined) return { fault: `${wrong.path === '' ? '/type' : wrong.path}: ${wrong.message}` }
  const fault = tooManyReferences(raw as StixObject)
  return fault === undefined ? { object: raw as StixObject } : { fault }
}

function checkOfNewType(object: StixObject): Check | undefined {
  const kind = kindOfObject(object)
  return kind === undefined ? undefined : kind === 'observable' ? NEW_OBSERVABLE : NEW_VERSIONED
}

/** Counts what the object's own properties point at; lists inside of extensions are bounded by the size of what is posted only. */
function tooManyReferences(object: StixObject): string | undefined {
  let references = 0
  for (const property of Object.keys(object)) {
    if (property.endsWith('_ref')) references++
    else if (property.endsWith('_refs')) references += (object[property] as readonly unknown[]).length
    if (references > MOST_REFERENCES) return `/${pointerToken(property)}: more than ${MOST_REFERENCES} references in one object`
  }
  return undefined
}
