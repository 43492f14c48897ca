import { Problem } from '#platform/errors.ts'
import type { PlainValue } from '#platform/audit/audit.ts'

/** PostgreSQL's own JSON parser stops somewhere; evidence never needs more. */
const DEEPEST = 32

/**
 * The one text of a JSON value (RFC 8785): keys sorted by UTF-16 code units, numbers and strings as
 * ECMAScript writes them, no white space. Throws Problem INVALID_UTF8 for text that has no UTF-8 form
 * or holds U+0000, which PostgreSQL cannot read back, and RangeError for what is not JSON or has a member
 * called `__proto__`, which readers of objects lose.
 */
export function canonicalJson(value: PlainValue): string {
  return write(value, 0)
}

function write(value: PlainValue, depth: number): string {
  if (depth > DEEPEST) throw new RangeError('nested too deeply')
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return writeText(value)
  if (typeof value === 'number') return writeNumber(value)
  if (isList(value)) return `[${value.map((item) => write(item, depth + 1)).join(',')}]`
  if (typeof value !== 'object') throw new RangeError(`not a JSON value: ${typeof value}`)
  const keys = Object.keys(value).sort()
  if (keys.includes('__proto__')) throw new RangeError('a member called __proto__')
  const members = keys.map((key) => `${writeText(key)}:${write(value[key]!, depth + 1)}`)
  return `{${members.join(',')}}`
}

function isList(value: PlainValue): value is readonly PlainValue[] {
  return Array.isArray(value)
}

function writeText(value: string): string {
  if (!value.isWellFormed() || value.includes('\0')) throw new Problem('INVALID_UTF8')
  return JSON.stringify(value)
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError('not a finite number')
  return JSON.stringify(value)
}
