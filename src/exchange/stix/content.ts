import type { StixObject } from '#exchange/stix/check.ts'
import { canonicalText, Decimal } from '#exchange/stix/canonical.ts'
import { kindOfObject } from '#exchange/stix/object-types.ts'

/**
 * One text for what an object says: two representations of one version have the same (section 3.6), whatever the order of their
 * properties, and whether they name a default or leave it out. Numbers that a double does not keep are compared by their own digits, so
 * `bytes`, from which the object was parsed, are looked at where they hold such ones.
 */
export function contentKeyText(object: StixObject, bytes: Uint8Array): string {
  return canonicalText(withoutDefaults(mayLoseDigits(bytes) ? (parseExactly(bytes) as StixObject) : object))
}

/** Whether two objects, given as they came, say the same. Both passed the checks. */
export function saysTheSame(one: Buffer, other: Buffer): boolean {
  return one.equals(other) || textOf(one) === textOf(other)
}

function textOf(bytes: Buffer): string {
  return canonicalText(withoutDefaults((mayLoseDigits(bytes) ? parseExactly(bytes) : JSON.parse(bytes.toString('utf8'))) as StixObject))
}

/** What holds where a property is left out (sections 3.2, 5.2.1). */
const DEFAULTS = { revoked: false, defanged: false, lang: 'en' } as const

function withoutDefaults(object: StixObject): object {
  const said: string[] = Object.entries(DEFAULTS).flatMap(([property, value]) => (object[property] === value ? [property] : []))
  if (object['spec_version'] === '2.1' && kindOfObject(object) === 'observable') said.push('spec_version')
  if (object.type === 'sighting' && object['summary'] === false) said.push('summary')
  if (said.length === 0) return object
  const rest: Record<string, unknown> = { ...object }
  for (const property of said) delete rest[property]
  return rest
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
/** Fewer characters than these hold no number that a double loses, unless it has an exponent. */
const LONG = 16

/** Whether some number in the JSON is long enough, or has an exponent, so that a double may not keep it. */
function mayLoseDigits(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!
    if (byte === QUOTE) {
      for (at++; bytes[at] !== QUOTE && at < bytes.length; at++) if (bytes[at] === BACKSLASH) at++
    } else if (byte >= 0x30 && byte <= 0x39) {
      const from = at
      while (isOfNumber(bytes[at])) if ((bytes[at++]! | 0x20) === 0x65) return true
      if (at - from >= LONG) return true
    }
  }
  return false
}

/** Digits, points, signs and the letter of an exponent. */
function isOfNumber(byte: number | undefined): boolean {
  return byte !== undefined && ((byte >= 0x30 && byte <= 0x39) || byte === 0x2e || byte === 0x2b || byte === 0x2d || (byte | 0x20) === 0x65)
}

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown

/** Parses JSON with `Decimal` in place of each number that a double does not keep. */
function parseExactly(bytes: Uint8Array): unknown {
  const reviver: Reviver = (_, value, { source }) => (typeof value === 'number' && source !== undefined ? exactly(source, value) : value)
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'), reviver as Parameters<typeof JSON.parse>[1])
}

/** A double keeps every decimal of so many digits, unless its exponent has more than two. */
const ALWAYS_KEPT = 15

function exactly(source: string, value: number): number | Decimal {
  const exponent = source.search(/[eE]/)
  if (exponent < 0 ? source.length <= ALWAYS_KEPT : exponent <= ALWAYS_KEPT && source.length - exponent <= 4) return value
  const digits = decimalOf(source)
  return digits === decimalOf(String(value)) ? value : new Decimal(digits)
}

/** Longest exponent that is reckoned with; a longer one is compared by its digits. */
const LONGEST_EXPONENT = 30

/** A decimal number in one spelling: its digits without noughts at either end, and the power of ten that they are of. */
function decimalOf(source: string): string {
  const [mantissa = '', exponent = '0'] = source.toLowerCase().split('e')
  const isNegative = mantissa.startsWith('-')
  const [whole = '', fraction = ''] = (isNegative ? mantissa.slice(1) : mantissa).split('.')
  const all = trimStart(whole + fraction)
  if (all === '') return '0'
  const digits = trimEnd(all)
  const shift = all.length - digits.length - fraction.length
  const power = exponent.length > LONGEST_EXPONENT ? `${exponent}+${shift}` : String(BigInt(exponent.replace('+', '')) + BigInt(shift))
  return `${isNegative ? '-' : ''}${digits}e${power}`
}

function trimStart(digits: string): string {
  let from = 0
  while (digits[from] === '0') from++
  return digits.slice(from)
}

function trimEnd(digits: string): string {
  let to = digits.length
  while (digits[to - 1] === '0') to--
  return digits.slice(0, to)
}
