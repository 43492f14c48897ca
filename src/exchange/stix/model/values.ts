import { isInstant } from '#exchange/stix/instant.ts'
import { fault, isRecord, within, type Check } from '#exchange/stix/model/fault.ts'

/** Data types of STIX 2.1 (section 2), as checks. */

const NO_TEXT = fault('must be a string')
export const text: Check = (value) => (typeof value === 'string' ? undefined : NO_TEXT)

const EMPTY = fault('must be a string that is not empty')
/** A string that says something. */
export const name: Check = (value) => (typeof value === 'string' && value !== '' ? undefined : EMPTY)

const NO_FLAG = fault('must be true or false')
export const flag: Check = (value) => (typeof value === 'boolean' ? undefined : NO_FLAG)

const NO_TIMESTAMP = fault('must be a timestamp (RFC 3339, UTC)')
export const timestamp: Check = (value) => (typeof value === 'string' && isInstant(value) ? undefined : NO_TIMESTAMP)

/** Whole numbers; all fit 54 bits (section 2.10). */
export function integer(least = Number.MIN_SAFE_INTEGER, most = Number.MAX_SAFE_INTEGER): Check {
  const wrong = fault(least === Number.MIN_SAFE_INTEGER ? 'must be a whole number of at most 54 bits' : `must be a whole number from ${least} to ${most}`)
  return (value) => (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most ? undefined : wrong)
}

export function float(least = -Infinity, most = Infinity): Check {
  const wrong = fault(least === -Infinity ? 'must be a number' : `must be a number from ${least} to ${most}`)
  return (value) => (Number.isFinite(value) && (value as number) >= least && (value as number) <= most ? undefined : wrong)
}

/** One of the words of a closed enumeration; an open vocabulary is a `name`. */
export function oneOf(...words: readonly string[]): Check {
  const known: ReadonlySet<unknown> = new Set(words)
  const wrong = fault(`must be one of ${words.join(', ')}`)
  return (value) => (known.has(value) ? undefined : wrong)
}

export function literal(word: string): Check {
  const wrong = fault(`must be "${word}"`)
  return (value) => (value === word ? undefined : wrong)
}

const NO_LIST = fault('must be a list of at least one value')
/** Lists are never empty (section 2.12). */
export function listOf(check: Check): Check {
  return (value) => {
    if (!Array.isArray(value) || value.length === 0) return NO_LIST
    for (let at = 0; at < value.length; at++) {
      const wrong = check(value[at])
      if (wrong !== undefined) return within(at, wrong)
    }
    return undefined
  }
}

const NO_DICTIONARY = fault('must be a dictionary of at least one key')
const NO_KEY = fault('a key has at most 250 letters, digits, hyphens and underscores')
/** Keys with values (section 2.3); never empty. */
export function dictionaryOf(check: Check, shortestKey = 1): Check {
  return (value) => {
    if (!isRecord(value)) return NO_DICTIONARY
    const keys = Object.keys(value)
    if (keys.length === 0) return NO_DICTIONARY
    for (const key of keys) {
      if (key.length < shortestKey || !isKey(key)) return within(key, NO_KEY)
      const wrong = check(value[key])
      if (wrong !== undefined) return within(key, wrong)
    }
    return undefined
  }
}

export const anything: Check = () => undefined

/** Good when one of the checks holds; the fault is that of the first. */
export function either(one: Check, other: Check): Check {
  return (value) => (other(value) === undefined ? undefined : one(value))
}

const NO_HEX = fault('must be an even number of hexadecimal digits')
/** Octets (section 2.8). The standard asks for lower case, and its own examples do not keep to it: either case is read. */
export const hex: Check = (value) => (typeof value === 'string' && value.length % 2 === 0 && isHex(value) ? undefined : NO_HEX)

const NO_BASE64 = fault('must be base64 (RFC 4648)')
export const binary: Check = (value) => (typeof value === 'string' && isBase64(value) ? undefined : NO_BASE64)

const NO_LANGUAGE = fault('must be a language code (RFC 5646)')
export const language: Check = (value) => (typeof value === 'string' && isLanguage(value) ? undefined : NO_LANGUAGE)

/** Longest language tag: the standard of tags sets no limit, and none in use comes near this one. */
const LONGEST_LANGUAGE = 100

/** Whether it has the form of a language tag; whether somebody speaks it is not asked. */
export function isLanguage(tag: string): boolean {
  if (tag.length > LONGEST_LANGUAGE) return false
  const parts = tag.split('-')
  const [first = ''] = parts
  const opens = (first.length >= 2 && first.length <= 8 && areLetters(first)) || (parts.length > 1 && (first === 'x' || first === 'i'))
  return opens && parts.every((part) => part.length >= 1 && part.length <= 8 && isAlphanumeric(part))
}

/** Digits of each algorithm's hash (section 10.7); others are not looked into. */
const HASH_DIGITS: ReadonlyMap<string, number> = new Map([
  ['MD5', 32],
  ['SHA-1', 40],
  ['SHA-224', 56],
  ['SHA-256', 64],
  ['SHA-384', 96],
  ['SHA-512', 128],
  ['SHA3-224', 56],
  ['SHA3-256', 64],
  ['SHA3-384', 96],
  ['SHA3-512', 128],
  ['RIPEMD-160', 40],
  ['WHIRLPOOL', 128],
])
/** 35 octets in hexadecimal digits, with the mark of the later form before it or without. */
const TLSH_DIGITS = 70
const LONGEST_HASH = 1000
const NO_HASHES = fault('must be a dictionary of at least one hash')
const NO_ALGORITHM = fault('an algorithm has 3 to 250 letters, digits, hyphens and underscores')

/** Hashes by algorithm (section 2.7). */
export const hashes: Check = (value) => {
  if (!isRecord(value)) return NO_HASHES
  const algorithms = Object.keys(value)
  if (algorithms.length === 0) return NO_HASHES
  for (const algorithm of algorithms) {
    if (algorithm.length < 3 || !isKey(algorithm)) return within(algorithm, NO_ALGORITHM)
    const hash = value[algorithm]
    if (typeof hash !== 'string' || hash === '' || hash.length > LONGEST_HASH || !isHash(algorithm, hash))
      return within(algorithm, fault('not a hash of this algorithm'))
  }
  return undefined
}

function isHash(algorithm: string, hash: string): boolean {
  if (algorithm === 'TLSH')
    return isHex(hash.startsWith('T1') ? hash.slice(2) : hash) && (hash.startsWith('T1') ? hash.length - 2 : hash.length) === TLSH_DIGITS
  if (algorithm === 'SSDEEP') return hash.split(':').length === 3
  const digits = HASH_DIGITS.get(algorithm)
  return digits === undefined || (hash.length === digits && isHex(hash))
}

function isKey(key: string): boolean {
  if (key.length > 250) return false
  for (let at = 0; at < key.length; at++) {
    const code = key.charCodeAt(at)
    if (!isLetterOrDigit(code) && code !== 0x2d && code !== 0x5f) return false
  }
  return true
}

function isHex(value: string): boolean {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at)
    if (!(code >= 0x30 && code <= 0x39) && !(code >= 0x61 && code <= 0x66) && !(code >= 0x41 && code <= 0x46)) return false
  }
  return true
}

function isBase64(value: string): boolean {
  if (value.length % 4 !== 0) return false
  const padding = value.endsWith('==') ? 2 : value.endsWith('=') ? 1 : 0
  for (let at = 0; at < value.length - padding; at++) {
    const code = value.charCodeAt(at)
    if (!isLetterOrDigit(code) && code !== 0x2b && code !== 0x2f) return false
  }
  return true
}

function areLetters(value: string): boolean {
  for (let at = 0; at < value.length; at++) if (value.charCodeAt(at) <= 0x39 || !isLetterOrDigit(value.charCodeAt(at))) return false
  return true
}

function isAlphanumeric(value: string): boolean {
  for (let at = 0; at < value.length; at++) if (!isLetterOrDigit(value.charCodeAt(at))) return false
  return true
}

function isLetterOrDigit(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a)
}
