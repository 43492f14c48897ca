import { type Budget, upToLimit, type LimitName } from '#scanner/intake/limits.ts'
import { decodeWords, fieldOf, parameters, readHeader, type HeaderField } from './mime-header.ts'
import { decodeTransfer } from './mime-transfer.ts'

/** A part of a message that holds content: no multipart itself. */
export interface MimePart {
  /** Its place in the tree, such as 1.2. */
  readonly number: string
  readonly fields: readonly HeaderField[]
  /** The media type in lower case; text/plain where none is said. */
  readonly type: string
  readonly charset: string
  /** The name that it would be saved under; empty without one. */
  readonly name: string
  /** True where the header asks to show it as an attachment. */
  readonly attached: boolean
  readonly location: string
  readonly offset: number
  /** The content with its transfer encoding undone. Throws LimitReached. */
  read(): Buffer
}

export interface Mime {
  readonly fields: readonly HeaderField[]
  readonly parts: readonly MimePart[]
  /** What was not read, each once. */
  readonly skipped: readonly string[]
  /** The limit that ended the reading. */
  readonly cut?: LimitName
}

const DEEPEST = 16
const MOST_PARTS = 1000

/**
 * Reads a message (RFC 5322, RFC 2045, RFC 2046) into the parts that hold content, in their order. A part whose end is missing goes to the end of
 * what it stands in; a multipart without its boundary is one part. Throws LimitReached.
 */
export function readMime(bytes: Buffer, budget: Budget): Mime {
  const parts: MimePart[] = []
  const skipped = new Set<string>()
  const walk = (from: number, to: number, number: string, depth: number): readonly HeaderField[] => {
    budget.step(1 + ((to - from) >> 6))
    const { fields, body, cut } = readHeader(bytes, from, to)
    if (cut) skipped.add('what follows the longest header that is read')
    const content = parameters(fieldOf(fields, 'content-type') ?? 'text/plain')
    const boundary = content.of.get('boundary')
    const ranges = boundary && content.value.startsWith('multipart/') ? split(bytes, body, to, boundary, budget) : []
    if (ranges.length > 0 && depth < DEEPEST) {
      for (const [index, range] of ranges.entries()) {
        if (parts.length >= MOST_PARTS) {
          skipped.add(`more than ${MOST_PARTS} parts`)
          break
        }
        walk(range.from, range.to, number === '' ? `${index + 1}` : `${number}.${index + 1}`, depth + 1)
      }
      return fields
    }
    if (ranges.length > 0) skipped.add(`more than ${DEEPEST} multiparts inside each other`)
    parts.push(partOf(bytes, { fields, body, to, number: number || '1', content, budget }))
    return fields
  }
  let fields: readonly HeaderField[] = []
  const cut = upToLimit(() => {
    fields = walk(skipJunk(bytes), bytes.length, '', 0)
  })
  return { fields, parts, skipped: [...skipped], ...(cut && { cut }) }
}

/** Empty lines and the `From ` line of a mailbox before the header. */
function skipJunk(bytes: Buffer): number {
  let at = bytes.length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb ? 3 : 0
  while (at < bytes.length && (bytes[at] === 10 || bytes[at] === 13 || bytes[at] === 32)) at++
  return at
}

interface Leaf {
  readonly fields: readonly HeaderField[]
  readonly body: number
  readonly to: number
  readonly number: string
  readonly content: ReturnType<typeof parameters>
  readonly budget: Budget
}

function partOf(bytes: Buffer, { fields, body, to, number, content, budget }: Leaf): MimePart {
  const disposition = parameters(fieldOf(fields, 'content-disposition') ?? '')
  const encoding = fieldOf(fields, 'content-transfer-encoding') ?? ''
  return {
    number,
    fields,
    type: content.value,
    charset: content.of.get('charset') ?? 'utf-8',
    name: disposition.of.get('filename') ?? content.of.get('name') ?? '',
    attached: disposition.value === 'attachment',
    location: decodeWords(fieldOf(fields, 'content-location') ?? ''),
    offset: body,
    read: () => decodeTransfer(bytes.subarray(body, to), encoding, budget),
  }
}

/** The pieces between the lines of a boundary (RFC 2046 5.1.1); what stands before the first and behind the last belongs to none. */
function split(whole: Buffer, from: number, to: number, boundary: string, budget: Budget): { from: number; to: number }[] {
  // What stands behind the part is not looked at: each of a thousand parts would go over all of it again.
  const bytes = whole.subarray(0, to)
  const mark = Buffer.from(`--${boundary}`, 'latin1')
  const ranges: { from: number; to: number }[] = []
  let open: number | undefined
  // Lines are looked for, and not the boundary: a search for a long text that almost fits at each place takes long.
  for (let at = bytes.toString('latin1', from, from + 2) === '--' ? from : nextLine(bytes, from); at !== -1; at = nextLine(bytes, at)) {
    budget.step()
    if (at + mark.length > to || bytes.compare(mark, 0, mark.length, at, at + mark.length) !== 0) continue
    const feed = bytes.indexOf(10, at)
    const end = feed === -1 || feed >= to ? to : feed
    // A longer boundary of a part inside begins with the same bytes.
    const rest = bytes.toString('latin1', at + mark.length, Math.min(end, at + mark.length + 200)).trim()
    if (rest !== '' && rest !== '--') continue
    if (open !== undefined) ranges.push({ from: open, to: Math.max(open, lineStart(bytes, at)) })
    open = rest === '--' ? undefined : Math.min(end + 1, to)
    if (rest === '--') break
  }
  if (open !== undefined) ranges.push({ from: open, to })
  return ranges
}

/** Where the next line begins that starts with two dashes, or -1. */
function nextLine(bytes: Buffer, at: number): number {
  const found = bytes.indexOf('\n--', at, 'latin1')
  return found === -1 ? -1 : found + 1
}

/** Where a line before the boundary ends: its line feed belongs to the boundary. */
function lineStart(bytes: Buffer, at: number): number {
  const feed = at > 0 && bytes[at - 1] === 10 ? at - 1 : at
  return feed > 0 && bytes[feed - 1] === 13 ? feed - 1 : feed
}
