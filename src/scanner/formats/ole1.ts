import { Damaged } from '#scanner/intake/limits.ts'
import { guid, u16, u32, zeroEnded } from './bytes.ts'

/** An OLE 1.0 object as RTF carries it (MS-OLEDS 2.2): `data` is the native data of an embedded one. */
export interface Ole1Object {
  readonly linked: boolean
  readonly className: string
  readonly topic: string
  readonly item: string
  readonly dataOffset: number
  readonly data: Buffer
  readonly statedBytes: number
}

const LONGEST_NAME = 4096

/** Reads the header of an OLE 1.0 object; the version field is not looked at, as Word does not. Throws Damaged. */
export function readOle1(bytes: Buffer): Ole1Object {
  const format = u32(bytes, 4)
  if (format !== 1 && format !== 2) throw new Damaged(`no OLE 1.0 object: format ${format}`)
  const className = lengthString(bytes, 8)
  const topic = lengthString(bytes, className.end)
  const item = lengthString(bytes, topic.end)
  const names = { className: className.value, topic: topic.value, item: item.value }
  if (format === 1) return { linked: true, ...names, dataOffset: bytes.length, data: Buffer.alloc(0), statedBytes: 0 }
  const statedBytes = u32(bytes, item.end)
  const dataOffset = item.end + 4
  return { linked: false, ...names, dataOffset, data: bytes.subarray(dataOffset, dataOffset + statedBytes), statedBytes }
}

function lengthString(bytes: Buffer, at: number): { value: string; end: number } {
  const length = u32(bytes, at)
  if (length > LONGEST_NAME || at + 4 + length > bytes.length) throw new Damaged(`a name of ${length} bytes at ${at} does not fit`)
  const raw = bytes.toString('latin1', at + 4, at + 4 + length)
  const zero = raw.indexOf('\0')
  return { value: zero === -1 ? raw : raw.slice(0, zero), end: at + 4 + length }
}

/** A file wrapped by the Windows packager. */
export interface Package {
  readonly label: string
  readonly file: string
  readonly temporary: string
  readonly dataOffset: number
  readonly data: Buffer
}

/** Reads the native data of a Package (without the leading size of an Ole10Native stream). Throws Damaged. */
export function readPackage(bytes: Buffer): Package {
  if (u16(bytes, 0) !== 2) throw new Damaged('no packager data')
  const label = zeroEnded(bytes, 2)
  const file = zeroEnded(bytes, label.end)
  const kind = u16(bytes, file.end + 2)
  if (kind !== 3 && kind !== 1) throw new Damaged(`packager kind ${kind} is unknown`)
  const longest = Math.min(u32(bytes, file.end + 4), LONGEST_NAME)
  const temporary = bytes.subarray(file.end + 8, file.end + 8 + longest)
  const after = file.end + 8 + longest
  const size = kind === 3 ? u32(bytes, after) : 0
  const text = (value: Buffer) => value.toString('latin1')
  return {
    label: text(label.value),
    file: text(file.value),
    temporary: text(zeroEnded(temporary, 0).value),
    dataOffset: after + 4,
    data: bytes.subarray(after + 4, after + 4 + size),
  }
}

/** A moniker of a linked OLE 2 object and where it points to. */
export interface Moniker {
  readonly offset: number
  readonly clsid: string
  readonly kind: 'url' | 'file' | 'script' | 'soap' | 'composite'
  readonly target: string
}

const MONIKERS = [
  { kind: 'url', clsid: '{79EAC9E0-BAF9-11CE-8C82-00AA004BA90B}', bytes: 'e0c9ea79f9bace118c8200aa004ba90b' },
  { kind: 'file', clsid: '{00000303-0000-0000-C000-000000000046}', bytes: '0303000000000000c000000000000046' },
  { kind: 'script', clsid: '{06290BD3-48AA-11D2-8432-006008C3FBFC}', bytes: 'd30b2906aa48d2118432006008c3fbfc' },
  { kind: 'soap', clsid: '{ECABB0C7-7F19-11D2-978E-0000F8757E2A}', bytes: 'c7b0abec197fd211978e0000f8757e2a' },
  { kind: 'composite', clsid: '{00000309-0000-0000-C000-000000000046}', bytes: '0903000000000000c000000000000046' },
] as const

/** The monikers in an `\1Ole` stream of a linked object (MS-OLEDS 2.3.3), in their order. */
export function readMonikers(stream: Buffer): Moniker[] {
  const found: Moniker[] = []
  for (const { kind, clsid, bytes } of MONIKERS) {
    const mark = Buffer.from(bytes, 'hex')
    for (let at = stream.indexOf(mark); at !== -1 && found.length < 32; at = stream.indexOf(mark, at + 16))
      found.push({ offset: at, clsid, kind, target: targetOf(stream, at + 16, kind) })
  }
  return found.sort((a, b) => a.offset - b.offset)
}

function targetOf(stream: Buffer, at: number, kind: Moniker['kind']): string {
  if (at + 6 > stream.length) return ''
  if (kind === 'url' || kind === 'soap') {
    const length = stream.readUInt32LE(at)
    const raw = stream.toString('utf16le', at + 4, Math.min(stream.length, at + 4 + Math.min(length, 8192)))
    return raw.split('\0')[0] ?? ''
  }
  if (kind === 'file') {
    const length = Math.min(stream.readUInt32LE(at + 2), 4096)
    return stream.toString('latin1', at + 6, Math.min(stream.length, at + 6 + length)).split('\0')[0] ?? ''
  }
  return ''
}

/** The class id at the start of an `\1CompObj` stream (after its 12 bytes of header); undefined in a short one. */
export function compObjClass(stream: Buffer): string | undefined {
  return stream.length >= 28 ? guid(stream, 12) : undefined
}
