/** The values of a probe's entry: text for a string, a number's text for the others; a field that could not be fetched is absent. */
export type Fields = ReadonlyMap<string, string>

export type ReadFields = { readonly fields: Fields } | 'unfinished' | 'foreign'

const PLACE = /^\([^()\n]{1,200}\)/
const NUMBER = /^-?(?:0x[0-9a-f]{1,16}|\d{1,20})$/
const FAULT = '(fault)'

/**
 * Reads `(place) name="..." flags=0x1` by the names that the probe prints. The kernel prints strings as they are, with quotes, line feeds and whatever looks
 * like a field: a string ends at the last place that the fields behind it allow. `guard`: the number that ends each entry, which strings cannot know.
 * Linear in the text.
 */
export function readFields(text: string, names: readonly string[], guard?: string): ReadFields {
  const place = PLACE.exec(text)
  if (!place) return text.startsWith('(') && !text.includes(')') ? 'unfinished' : 'foreign'
  let rest = text.slice(place[0].length)
  if (guard !== undefined) {
    const tail = ` guard=${guard}`
    if (!rest.endsWith(tail)) return 'unfinished'
    rest = rest.slice(0, -tail.length)
  }
  return fieldsOf(rest, names)
}

function fieldsOf(text: string, names: readonly string[]): ReadFields {
  const fields = new Map<string, string>()
  let at = 0
  for (const [index, name] of names.entries()) {
    const begin = ` ${name}=`
    if (!text.startsWith(begin, at)) return at >= text.length ? 'unfinished' : 'foreign'
    at += begin.length
    const string = text[at] === '"'
    const next = names[index + 1]
    const end = next === undefined ? text.length : endOf(text, at, next, string, index + 2 === names.length)
    if (end === -1) return 'unfinished'
    const value = text.slice(at, end)
    at = end
    if (string) {
      if (value.length < 2 || !value.endsWith('"')) return 'unfinished'
      fields.set(name, value.slice(1, -1))
    } else if (NUMBER.test(value)) fields.set(name, value)
    else if (value !== FAULT) return 'foreign'
  }
  return { fields }
}

/** Where the field ends and ` next=` begins; -1 where it never does. */
function endOf(text: string, at: number, next: string, string: boolean, nextIsLast: boolean): number {
  if (!string) return text.indexOf(` ${next}=`, at)
  // In front of the last field, only its last beginning can be the true one unless that is a string too.
  const find = `" ${next}=`
  const found = nextIsLast && !text.endsWith('"') ? text.lastIndexOf(find) : text.indexOf(find, at + 1)
  return found <= at ? -1 : found + 1
}

export function numberOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  const negative = value.startsWith('-')
  const number = Number(negative ? value.slice(1) : value)
  return Number.isFinite(number) ? (negative ? -number : number) : undefined
}

/** As the contract has addresses, without loss. */
export function addressOf(value: string | undefined): string | undefined {
  if (value === undefined || value.startsWith('-')) return undefined
  try {
    return `0x${BigInt.asUintN(64, BigInt(value)).toString(16)}`
  } catch {
    return undefined
  }
}
