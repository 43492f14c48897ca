import { LONGEST_LINE, LookupEntry } from '#exchange/search/contract.ts'
import { readAs, readingsOf, VALUE_KINDS, type Value, type ValueKind } from '#exchange/search/value.ts'

/** A line of a look-up as it was read. */
export type Line = { readonly value: string; readonly readings: readonly Value[] } | { readonly error: string }

const NEWLINE = 0x0a

/** The lines of a body as they arrive, without their ends; of a line that is too long, undefined. Holds no more than one chunk and one line. */
export async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<(string | undefined)[], void, undefined> {
  let held: Buffer = Buffer.alloc(0)
  let skipping = false
  for await (const chunk of bytes) {
    const all = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk])
    const lines: (string | undefined)[] = []
    let from = 0
    for (let end = all.indexOf(NEWLINE); end >= 0; end = all.indexOf(NEWLINE, from)) {
      lines.push(skipping || end - from > LONGEST_LINE ? undefined : all.toString('utf8', from, end))
      skipping = false
      from = end + 1
    }
    held = all.subarray(from)
    if (held.length > LONGEST_LINE) {
      skipping = true
      held = Buffer.alloc(0)
    }
    if (lines.length > 0) yield lines
  }
  if (skipping) yield [undefined]
  else if (held.length > 0) yield [held.toString('utf8')]
}

/** What a line asks for: as JSON a text or an object with its kind, as plain text itself. Undefined for an empty line. */
export function readLine(line: string | undefined, isJson: boolean): Line | undefined {
  if (line === undefined) return { error: `longer than ${LONGEST_LINE} bytes` }
  const text = line.trim()
  if (text === '') return undefined
  if (!isJson) return ofText(text)
  const entry = parse(text)
  if (typeof entry === 'string') return ofText(entry)
  if (entry === undefined) return { error: 'neither a text nor an object with a value' }
  return entry.kind === undefined ? ofText(entry.value) : ofKind(entry.value, entry.kind)
}

function parse(text: string): string | { readonly value: string; readonly kind?: string | undefined } | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'string' ? value : LookupEntry.safeParse(value).data
  } catch {
    return undefined
  }
}

function ofText(value: string): Line {
  const readings = readingsOf(value)
  return readings.length > 0 ? { value, readings } : { error: 'no value that can be looked up' }
}

function ofKind(value: string, kind: string): Line {
  if (!isKind(kind)) return { error: `kind: one of ${VALUE_KINDS.join(', ')}` }
  const reading = readAs(kind, value)
  return reading ? { value, readings: [reading] } : { error: `not of the kind ${kind}` }
}

function isKind(kind: string): kind is ValueKind {
  return (VALUE_KINDS as readonly string[]).includes(kind)
}
