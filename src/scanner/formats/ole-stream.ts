import { guid, utf16 } from './bytes.ts'

export type MonikerKind = 'url' | 'file' | 'script' | 'soap' | 'composite' | 'new' | 'item' | 'html-application' | 'script-file'

/** A moniker, or a class that a link activates, and where it points to. */
export interface Moniker {
  readonly offset: number
  readonly clsid: string
  readonly kind: MonikerKind
  readonly target: string
}

/** What the `\1Ole` stream of an OLE 2 object says (MS-OLEDS 2.3.3). */
export interface OleStream {
  readonly linked: boolean
  /** The link is updated when the document is opened (OLEUPDATE_ALWAYS). */
  readonly automatic: boolean
  readonly monikers: readonly Moniker[]
}

const CLASSES: readonly (readonly [MonikerKind, string])[] = [
  ['url', '79EAC9E0-BAF9-11CE-8C82-00AA004BA90B'],
  ['file', '00000303-0000-0000-C000-000000000046'],
  ['item', '00000304-0000-0000-C000-000000000046'],
  ['composite', '00000309-0000-0000-C000-000000000046'],
  ['script', '06290BD3-48AA-11D2-8432-006008C3FBFC'],
  ['script-file', '06290BD2-48AA-11D2-8432-006008C3FBFC'],
  ['soap', 'ECABB0C7-7F19-11D2-978E-0000F8757E2A'],
  ['new', 'ECABAFC6-7F19-11D2-978E-0000F8757E2A'],
  ['html-application', '3050F4D8-98B5-11CF-BB82-00AA00BDCE0B'],
]
const MARKS = CLASSES.map(([kind, text]) => ({ kind, clsid: `{${text}}`, mark: classBytes(text) }))
const MOST_MONIKERS = 64
const LONGEST_TARGET = 8192
const LINKED = 1
const ALWAYS = 1

/**
 * The monikers of an `\1Ole` stream in their order. They are looked for by their class wherever it stands, because sizes that lie
 * do not keep OLE from binding what it finds. Never throws.
 */
export function readOleStream(stream: Buffer): OleStream {
  const found: Moniker[] = []
  for (const { kind, clsid, mark } of MARKS)
    for (let at = stream.indexOf(mark), count = 0; at !== -1 && count < MOST_MONIKERS; at = stream.indexOf(mark, at + 16), count++)
      found.push({ offset: at, clsid, kind, target: targetOf(stream, at + 16, kind) })
  const flags = stream.length >= 12 ? stream.readUInt32LE(4) : 0
  return {
    linked: (flags & LINKED) !== 0,
    automatic: (flags & LINKED) !== 0 && stream.readUInt32LE(8) === ALWAYS,
    monikers: found.sort((a, b) => a.offset - b.offset).slice(0, MOST_MONIKERS),
  }
}

/** The text behind a moniker's class (MS-OSHARED 2.3.7); empty where it has none or it cannot be read. */
function targetOf(stream: Buffer, at: number, kind: MonikerKind): string {
  if (kind === 'file') return filePath(stream, at)
  if (kind === 'item') return ansi(stream, ansi(stream, at).end).text
  if (kind === 'url') return wide(stream, at + 4, lengthAt(stream, at))
  if (kind === 'soap' || kind === 'script') return nearbyText(stream, at)
  return ''
}

function lengthAt(stream: Buffer, at: number): number {
  return at + 4 <= stream.length ? Math.min(stream.readUInt32LE(at), LONGEST_TARGET) : 0
}

/** UTF-16 text that ends with a zero or with its length. */
function wide(stream: Buffer, at: number, bytes: number): string {
  return utf16(stream, at, at + bytes).split('\0')[0] ?? ''
}

function ansi(stream: Buffer, at: number): { readonly text: string; readonly end: number } {
  const length = lengthAt(stream, at)
  return { text: stream.toString('latin1', at + 4, Math.min(stream.length, at + 4 + length)).split('\0')[0] ?? '', end: at + 4 + length }
}

/** A file moniker: the path of one byte a character and, where it has one, the wide path that counts instead (MS-OSHARED 2.3.7.8). */
function filePath(stream: Buffer, at: number): string {
  const { text, end } = ansi(stream, at + 2)
  const unicode = end + 24
  if (lengthAt(stream, unicode) === 0) return text
  return wide(stream, unicode + 10, lengthAt(stream, unicode + 4)) || text
}

/** The formats of the SOAP and script monikers are not published: the text begins within the next words, behind its length. */
function nearbyText(stream: Buffer, at: number): string {
  for (let skip = 0; skip <= 16; skip += 4) {
    const length = lengthAt(stream, at + skip)
    const text = length >= 4 ? wide(stream, at + skip + 4, length) : ''
    if (/^[\x20-\x7e]{2}/.test(text)) return text
    const narrow = length >= 2 ? ansi(stream, at + skip).text : ''
    if (/^[\x20-\x7e]{4}/.test(narrow)) return narrow
  }
  return ''
}

/** The class id at the start of an `\1CompObj` stream (after its 12 bytes of header); undefined in a short one. */
export function compObjClass(stream: Buffer): string | undefined {
  return stream.length >= 28 ? guid(stream, 12) : undefined
}

/** The 16 bytes of a class id as files keep it. */
export function classBytes(text: string): Buffer {
  const raw = Buffer.from(text.replaceAll(/[{}-]/g, ''), 'hex')
  return Buffer.concat([raw.subarray(0, 4).reverse(), raw.subarray(4, 6).reverse(), raw.subarray(6, 8).reverse(), raw.subarray(8)])
}
