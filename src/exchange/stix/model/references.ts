import { typeOfId } from '#exchange/stix/identifier.ts'
import { fault, type Check } from '#exchange/stix/model/fault.ts'
import { listOf } from '#exchange/stix/model/values.ts'
import { kindOf, type StixType } from '#exchange/stix/object-types.ts'

const NO_ID = fault('must be an id: a type and a UUID')

/** The id of an object of any type. */
export const anyRef: Check = (value) => (typeOfId(value) === undefined ? NO_ID : undefined)

/** The id of an object of one of these types. */
export function refTo(...types: readonly StixType[]): Check {
  return refThat((type) => (types as readonly string[]).includes(type), types.join(' or '))
}

export function refsTo(...types: readonly StixType[]): Check {
  return listOf(refTo(...types))
}

export const anyRefs = listOf(anyRef)

/** What a relationship joins: domain objects and observables, also those of extensions (section 5.1.2). */
export const thingRef = refThat((type) => !isRelationship(type) && kindOf(type) !== 'meta' && type !== 'bundle', 'domain object or observable')

/** What may have been sighted: a domain object (section 5.2.1). */
export const domainRef = refThat((type) => (kindOf(type) ?? 'domain') === 'domain' && type !== 'bundle', 'domain object')

/** What an analysis found. */
export const observableRef = refThat(isObservable, 'observable')

/** What was observed, and how it hangs together (section 4.14.1). */
export const observedRef = refThat((type) => isObservable(type) || isRelationship(type), 'observable or relationship')

/** Types that the standard does not name may be of any kind. */
export function isObservable(type: string): boolean {
  return (kindOf(type) ?? 'observable') === 'observable' && type !== 'bundle'
}

function isRelationship(type: string): boolean {
  return kindOf(type) === 'relationship'
}

function refThat(fits: (type: string) => boolean, what: string): Check {
  const wrong = fault(`must be the id of a ${what}`)
  return (value) => {
    const type = typeOfId(value)
    return type === undefined ? NO_ID : fits(type) ? undefined : wrong
  }
}
