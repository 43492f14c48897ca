import { toMicroseconds } from '#exchange/stix/instant.ts'
import type { Literal } from '#exchange/stix/patterns/syntax-tree.ts'

/**
 * Comparing a constant with a value of an object (STIX 2.1, sections 9.2, 9.6). A value has the type that its JSON has; properties
 * whose names end in `_bin` and `_hex` hold octets, which are compared decoded.
 */

/** How a property writes its octets: by the end of its name. */
export type Encoding = 'bin' | 'hex' | undefined

export function encodingOf(property: string): Encoding {
  return property.endsWith('_bin') ? 'bin' : property.endsWith('_hex') ? 'hex' : undefined
}

/** Less than, equal to or greater than nought as the value is to the constant; undefined if they cannot be compared. */
export type Compare = (value: unknown) => number | undefined

export function comparator(literal: Literal, encoding: Encoding): Compare {
  switch (literal.type) {
    case 'integer':
    case 'float':
      return compareNumber(literal)
    case 'boolean': {
      const constant = literal.text === 'true'
      return (value) => (typeof value === 'boolean' ? Number(value) - Number(constant) : undefined)
    }
    case 'timestamp':
      return compareInstant(literal.text)
    case 'string':
      return encoding
        ? compareOctets(octetsOfText(literal.text), encoding)
        : (value) => (typeof value === 'string' ? comparePoints(value, literal.text) : undefined)
    default: {
      const octets = octetsOf(literal)
      // A string without code points over U+00FF stands for the octets of those numbers.
      return encoding
        ? compareOctets(octets, encoding)
        : (value) => (typeof value === 'string' && octetsOfText(value) !== undefined ? comparePoints(value, octets) : undefined)
    }
  }
}

/** Octets as a text of code points up to U+00FF, which sorts as they do. */
export function octetsOf({ type, text }: Literal): string {
  return Buffer.from(text, type === 'hex' ? 'hex' : 'base64').toString('latin1')
}

/** The text itself if it stands for octets. */
export function octetsOfText(text: string): string | undefined {
  // oxlint-disable-next-line no-control-regex -- octets are what is looked for
  return /^[\u0000-\u00ff]*$/.test(text) ? text : undefined
}

/** What a property of octets holds; undefined if its text is not of its encoding. */
export function decode(value: unknown, encoding: Encoding): string | undefined {
  if (typeof value !== 'string' || encoding === undefined) return undefined
  const text = Buffer.from(value, encoding === 'hex' ? 'hex' : 'base64')
  const length = encoding === 'hex' ? value.length / 2 : Math.floor((value.replace(/={1,2}$/, '').length * 3) / 4)
  return text.length === length ? text.toString('latin1') : undefined
}

function compareOctets(constant: string | undefined, encoding: Encoding): Compare {
  return (value) => {
    const octets = decode(value, encoding)
    return constant === undefined || octets === undefined ? undefined : comparePoints(octets, constant)
  }
}

function compareNumber({ type, text }: Literal): Compare {
  const number = Number(text)
  const constant = type === 'integer' && !Number.isSafeInteger(number) ? BigInt(text) : number
  return (value) => {
    if (typeof value !== 'number' && typeof value !== 'bigint') return undefined
    // Numbers and big integers are compared exactly by these operators.
    return value < constant ? -1 : value > constant ? 1 : 0
  }
}

function compareInstant(text: string): Compare {
  const constant = sortable(text)!
  return (value) => {
    const instant = typeof value === 'string' ? sortable(value) : undefined
    return instant === undefined ? undefined : instant < constant ? -1 : instant > constant ? 1 : 0
  }
}

/** A timestamp that sorts as text at any precision; undefined for what is none. */
export function sortable(text: string): string | undefined {
  if (text.length > 60 || toMicroseconds(text) === undefined) return undefined
  const [seconds, fraction = ''] = text.slice(0, -1).split('.') as [string, string?]
  const digits = fraction.replace(/0+$/, '')
  return digits === '' ? seconds : `${seconds}.${digits}`
}

/** Order by code points, without normalisation; the order of UTF-16 units differs where surrogates meet U+E000 to U+FFFF. */
export function comparePoints(a: string, b: string): number {
  const least = Math.min(a.length, b.length)
  let at = 0
  while (at < least && a.charCodeAt(at) === b.charCodeAt(at)) at++
  if (at === least) return a.length - b.length
  return rank(a.charCodeAt(at)) - rank(b.charCodeAt(at))
}

function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}
