import { Problem } from '#platform/errors.ts'
import { pointerToken } from '#platform/http/strict-json.ts'

/** What a query string says, or why it is refused: a parser inside the router cannot throw. */
export type Query = { readonly values: Readonly<Record<string, string>> } | { readonly refused: Problem }

const MAX_PAIRS = 100

/**
 * Reads `a=1&b=2`. Refused with VALIDATION_FAILED: percent signs that do not spell UTF-8 (never
 * repaired), a name given twice, U+0000, more than 100 pairs.
 */
export function parseQuery(text: string): Query {
  const values: Record<string, string> = Object.create(null) as Record<string, string>
  const pairs = text.split('&').filter(Boolean)
  if (pairs.length > MAX_PAIRS) return refuse('/query', `more than ${MAX_PAIRS} parameters`)
  for (const pair of pairs) {
    const split = pair.indexOf('=')
    const name = decode(split < 0 ? pair : pair.slice(0, split))
    const value = decode(split < 0 ? '' : pair.slice(split + 1))
    if (name === undefined || value === undefined) return refuse('/query', 'percent signs that do not spell UTF-8')
    const field = `/query/${pointerToken(name)}`
    if (name in values) return refuse(field, 'given twice')
    if (name.includes('\0') || value.includes('\0')) return refuse(field, 'text that holds the character U+0000')
    values[name] = value
  }
  return { values }
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

function refuse(field: string, message: string): Query {
  return { refused: new Problem('VALIDATION_FAILED', undefined, { fields: [{ field, message }] }) }
}
