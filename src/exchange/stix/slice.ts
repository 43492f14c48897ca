const QUOTE = '"'

/**
 * The exact texts of the elements of the array `objects` at the top of an envelope, in their order, so that an object leaves
 * as it came: no second serialiser writes it. `text` is JSON that the strict parser accepted (one key is never named twice);
 * empty when there is no such array.
 */
export function sliceObjects(text: string): string[] {
  let at = skipSpace(text, 0)
  if (text[at] !== '{') return []
  at = skipSpace(text, at + 1)
  while (text[at] === QUOTE) {
    const keyEnd = skipValue(text, at)
    const key = JSON.parse(text.slice(at, keyEnd)) as string
    at = skipSpace(text, skipSpace(text, keyEnd) + 1)
    if (key === 'objects') return text[at] === '[' ? sliceElements(text, at) : []
    at = skipSpace(text, skipValue(text, at))
    if (text[at] === ',') at = skipSpace(text, at + 1)
  }
  return []
}

function sliceElements(text: string, open: number): string[] {
  const elements: string[] = []
  let at = skipSpace(text, open + 1)
  while (text[at] !== ']') {
    const end = skipValue(text, at)
    elements.push(text.slice(at, end))
    at = skipSpace(text, end)
    if (text[at] === ',') at = skipSpace(text, at + 1)
  }
  return elements
}

/** Where the value that begins at `at` ends. */
function skipValue(text: string, at: number): number {
  if (text[at] === QUOTE) return skipString(text, at)
  if (text[at] !== '{' && text[at] !== '[') return skipWord(text, at)
  let depth = 0
  do {
    const letter = text[at]
    if (letter === QUOTE) {
      at = skipString(text, at)
      continue
    }
    if (letter === '{' || letter === '[') depth++
    if (letter === '}' || letter === ']') depth--
    at++
  } while (depth > 0)
  return at
}

function skipString(text: string, at: number): number {
  for (at++; text[at] !== QUOTE; at++) if (text[at] === '\\') at++
  return at + 1
}

/** A number, true, false or null. */
function skipWord(text: string, at: number): number {
  while (at < text.length && !',]} \t\n\r'.includes(text[at]!)) at++
  return at
}

function skipSpace(text: string, at: number): number {
  while (at < text.length && ' \t\n\r'.includes(text[at]!)) at++
  return at
}
