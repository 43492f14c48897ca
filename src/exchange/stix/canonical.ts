import { Problem } from '#platform/errors.ts'

/** A number's own digits, where a double does not keep them. */
export class Decimal {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/**
 * The one text of a JSON value (RFC 8785), however its properties were ordered and its numbers written: keys by UTF-16 code units,
 * numbers and strings as ECMAScript writes them. The value is no deeper than the strict parser lets it be. Throws
 * INVALID_UTF8 for half a surrogate pair and RangeError for what is no JSON.
 */
export function canonicalText(value: unknown): string {
  if (typeof value === 'string') return canonicalString(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new RangeError('not a finite number')
    return JSON.stringify(value)
  }
  if (value === null || typeof value === 'boolean') return String(value)
  if (value instanceof Decimal) return value.text
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`
  if (typeof value !== 'object') throw new RangeError(`not a JSON value: ${typeof value}`)
  let text = '{'
  for (const key of Object.keys(value).sort()) {
    if (text !== '{') text += ','
    text += `${canonicalString(key)}:${canonicalText((value as Record<string, unknown>)[key])}`
  }
  return `${text}}`
}

function canonicalString(value: string): string {
  if (!value.isWellFormed()) throw new Problem('INVALID_UTF8')
  return JSON.stringify(value)
}
