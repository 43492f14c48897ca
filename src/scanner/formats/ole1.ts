import { Damaged } from '#scanner/intake/limits.ts'
import { u16, u32, zeroEnded } from './bytes.ts'

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
  /** Only a path: the file itself lies where `file` says. */
  readonly linked: boolean
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
  if (kind === 1) return linkedPackage(label.value, file.value, file.end + 4)
  const longest = Math.min(u32(bytes, file.end + 4), LONGEST_NAME)
  const temporary = bytes.subarray(file.end + 8, file.end + 8 + longest)
  const after = file.end + 8 + longest
  const size = u32(bytes, after)
  const text = (value: Buffer) => value.toString('latin1')
  return {
    label: text(label.value),
    file: text(file.value),
    temporary: text(zeroEnded(temporary, 0).value),
    linked: false,
    dataOffset: after + 4,
    data: bytes.subarray(after + 4, after + 4 + size),
  }
}

/** A package without data: the packager takes the file from its path, which may lie on another host. */
function linkedPackage(label: Buffer, file: Buffer, dataOffset: number): Package {
  return { label: label.toString('latin1'), file: file.toString('latin1'), temporary: '', linked: true, dataOffset, data: Buffer.alloc(0) }
}
