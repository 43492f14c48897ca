/** A header field: its name in lower case, its value unfolded. */
export interface HeaderField {
  readonly name: string
  readonly value: string
}

const MOST_FIELDS = 2000
/** Bytes of one header block that are looked at. */
const LONGEST_BLOCK = 8 * 2 ** 20
const LONGEST_VALUE = 2 ** 16

/**
 * Reads the header block that begins at `from` (RFC 5322 2.2), unfolding its lines. A line that is no field is passed over, as mail
 * programs do. `body` is where the block ends.
 */
export function readHeader(bytes: Buffer, from: number, to: number): { readonly fields: readonly HeaderField[]; readonly body: number; readonly cut: boolean } {
  const fields: { name: string; value: string }[] = []
  let at = from
  const last = Math.min(to, from + LONGEST_BLOCK)
  const within = bytes.subarray(0, to)
  while (at < last) {
    const feed = within.indexOf(10, at)
    const end = feed === -1 ? to : feed
    const line = bytes.toString('latin1', at, Math.min(end, at + LONGEST_VALUE)).replace(/\r$/, '')
    at = Math.min(end + 1, to)
    if (line === '') return { fields, body: at, cut: false }
    const current = fields.at(-1)
    if (line[0] === ' ' || line[0] === '\t') {
      if (current && current.value.length < LONGEST_VALUE) current.value += ` ${line.trim()}`
      continue
    }
    const colon = line.indexOf(':')
    // However many fields stand before those that say what the content is, programs read them.
    if (colon > 0 && colon < 200 && (fields.length < MOST_FIELDS || /^content-/i.test(line)))
      fields.push({ name: line.slice(0, colon).trim().toLowerCase(), value: line.slice(colon + 1).trim() })
  }
  return { fields, body: at, cut: at < to }
}

export function fieldOf(fields: readonly HeaderField[], name: string): string | undefined {
  return fields.find((field) => field.name === name)?.value
}

/** A value with parameters, as Content-Type and Content-Disposition have (RFC 2045 5.1); split and encoded ones (RFC 2231) are joined. */
export function parameters(value: string): { readonly value: string; readonly of: ReadonlyMap<string, string> } {
  const pieces = splitOutsideQuotes(value)
  const of = new Map<string, string>()
  const split = new Map<string, Map<number, string>>()
  for (const piece of pieces.slice(1)) {
    const equals = piece.indexOf('=')
    if (equals < 1) continue
    const name = piece.slice(0, equals).trim().toLowerCase()
    const text = unquoted(piece.slice(equals + 1).trim())
    const extended = /^([^*]{1,60})\*(\d{1,3})?(\*)?$/.exec(name)
    if (!extended) {
      if (!of.has(name)) of.set(name, decodeWords(text))
      continue
    }
    const encoded = extended[3] !== undefined || extended[2] === undefined
    const parts = split.get(extended[1]!) ?? new Map<number, string>()
    parts.set(Number(extended[2] ?? 0), encoded ? `\0${text}` : text)
    split.set(extended[1]!, parts)
  }
  for (const [name, parts] of split) of.set(name, joined(parts))
  return { value: pieces[0]!.trim().toLowerCase(), of }
}

/** The pieces of a split parameter in order; the first one that is encoded names the character set. */
function joined(parts: ReadonlyMap<number, string>): string {
  let charset = 'utf-8'
  const bytes: Buffer[] = []
  for (const [index, text] of [...parts].toSorted(([a], [b]) => a - b)) {
    if (!text.startsWith('\0')) {
      bytes.push(Buffer.from(text, 'latin1'))
      continue
    }
    const marked = index === 0 ? /^\0([^']{0,40})'[^']{0,40}'/.exec(text) : null
    if (marked?.[1]) charset = marked[1]
    bytes.push(percentDecoded(text.slice(marked ? marked[0].length : 1)))
  }
  return decodeText(Buffer.concat(bytes), charset)
}

function percentDecoded(text: string): Buffer {
  return Buffer.from(
    text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )
}

function splitOutsideQuotes(value: string): string[] {
  const pieces: string[] = []
  let quoted = false
  let from = 0
  for (let at = 0; at < value.length; at++) {
    const c = value[at]
    if (c === '\\' && quoted) at++
    else if (c === '"') quoted = !quoted
    else if (c === ';' && !quoted) {
      pieces.push(value.slice(from, at))
      from = at + 1
    }
  }
  pieces.push(value.slice(from))
  return pieces
}

function unquoted(text: string): string {
  if (!text.startsWith('"')) return text
  let end = 1
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1
  return text.slice(1, end).replace(/\\(.)/g, '$1')
}

/** Text with its encoded words (RFC 2047) read; white space between two of them belongs to neither. */
export function decodeWords(text: string): string {
  return text
    .replace(/\?=[ \t]{1,80}=\?/g, '?==?')
    .replace(/=\?([\w.:-]{1,40})(?:\*[\w-]{1,20})?\?([bq])\?([^? ]{0,1000})\?=/gi, (_, charset: string, kind: string, word: string) => {
      const bytes = kind.toLowerCase() === 'b' ? Buffer.from(word, 'base64') : Buffer.from(quotedWord(word), 'latin1')
      return decodeText(bytes, charset)
    })
}

function quotedWord(word: string): string {
  return word.replaceAll('_', ' ').replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** Text in a character set by its name; Latin-1 where nothing of that name is known. */
export function decodeText(bytes: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset.trim()).decode(bytes)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return bytes.toString('latin1')
  }
}
