import { compareInstants } from '#exchange/stix/instant.ts'
import { fault, isRecord, within, type Check, type Fault, type Rule } from '#exchange/stix/model/fault.ts'

/** A property that has to be there. */
interface Needed {
  readonly needed: Check
}

/** What the standard says of an object's properties: of each its type, and whether it is needed. */
export type Properties = Readonly<Record<string, Check | Needed>>

/** A type's own properties, and how they fit together. */
export interface Described {
  readonly properties: Properties
  readonly rules?: readonly Rule[]
}

export function needed(check: Check): Needed {
  return { needed: check }
}

const NO_OBJECT = fault('must be an object')
const NO_NAME = fault('a property that STIX 2.1 does not name has 3 to 250 lower-case letters, digits and underscores')

/**
 * Makes the check of an object from its table. A property that the table does not name is custom: its name is checked (section
 * 11.1), its value is the business of `custom`, if anybody's.
 */
export function record(properties: Properties, rules: readonly Rule[] = [], custom?: (name: string, value: unknown) => Fault | undefined): Check {
  const checks = new Map(Object.entries(properties).map(([property, check]) => [property, typeof check === 'function' ? check : check.needed]))
  const mandatory = Object.entries(properties).flatMap(([property, check]) => (typeof check === 'function' ? [] : [property]))
  return (value) => {
    if (!isRecord(value)) return NO_OBJECT
    for (const property of mandatory) if (value[property] === undefined) return fault('is missing', property)
    for (const property of Object.keys(value)) {
      const check = checks.get(property)
      if (check === undefined) {
        if (!isCustomName(property)) return within(property, NO_NAME)
        const wrong = custom?.(property, value[property])
        if (wrong !== undefined) return within(property, wrong)
        continue
      }
      const wrong = check(value[property])
      if (wrong !== undefined) return within(property, wrong)
    }
    for (const rule of rules) {
      const wrong = rule(value)
      if (wrong !== undefined) return wrong
    }
    return undefined
  }
}

/** Names of custom properties (section 11.1.1; TAXII 2.1, section 7.1). */
function isCustomName(property: string): boolean {
  if (property.length < 3 || property.length > 250) return false
  for (let at = 0; at < property.length; at++) {
    const code = property.charCodeAt(at)
    if (!(code >= 0x61 && code <= 0x7a) && !(code >= 0x30 && code <= 0x39) && code !== 0x5f) return false
  }
  return true
}

/** At least one of the properties is there. */
export function atLeastOneOf(...properties: readonly string[]): Rule {
  const wrong = fault(`is missing; at least one of ${properties.join(', ')} is needed`, properties[0])
  return (object) => (properties.some((property) => object[property] !== undefined) ? undefined : wrong)
}

/** Exactly one of the two is there. */
export function eitherOf(one: string, other: string): Rule {
  const [both, none] = [fault(`must not be there beside ${one}`, other), fault(`is missing; ${one} or ${other} is needed`, one)]
  return (object) => (object[one] === undefined ? (object[other] === undefined ? none : undefined) : object[other] === undefined ? undefined : both)
}

/** Where the property is, the others are. */
export function needs(property: string, ...others: readonly string[]): Rule {
  return (object) => {
    const lacking = object[property] === undefined ? undefined : others.find((other) => object[other] === undefined)
    return lacking === undefined ? undefined : fault(`is missing; ${property} needs it`, lacking)
  }
}

const NOTHING = fault('says nothing: at least one of its own properties is needed')
/** Any property of the table but those named: what is all optional says something nevertheless. */
export function saysSomething(properties: Properties, ...but: readonly string[]): Rule {
  const own = Object.keys(properties).filter((property) => !but.includes(property))
  return (object) => (own.some((property) => object[property] !== undefined) ? undefined : NOTHING)
}

/** The second of two timestamps is not the earlier one. */
export function notBefore(first: string, second: string): Rule {
  const wrong = fault(`must not be before ${first}`, second)
  return (object) => (both(object, first, second, (order) => order <= 0) ? undefined : wrong)
}

/** The second of two timestamps is the later one. */
export function laterThan(first: string, second: string): Rule {
  const wrong = fault(`must be later than ${first}`, second)
  return (object) => (both(object, first, second, (order) => order < 0) ? undefined : wrong)
}

function both(object: Record<string, unknown>, first: string, second: string, holds: (order: number) => boolean): boolean {
  const [from, to] = [object[first], object[second]]
  return from === undefined || to === undefined || holds(compareInstants(from as string, to as string))
}
