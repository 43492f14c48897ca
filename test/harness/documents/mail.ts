import { buildCfb, type CfbStream } from '#test/harness/documents.ts'

/** A property of a built message: an id of MS-OXPROPS, or a number within a set. */
export interface BuiltProperty {
  readonly id: number | { readonly set: string; readonly number: number }
  readonly value: string | boolean | number | Buffer
}

export interface BuiltMessage {
  readonly properties?: readonly BuiltProperty[]
  readonly attachments?: readonly BuiltAttachment[]
}

export type BuiltAttachment = { readonly name: string } & ({ readonly bytes: Buffer } | { readonly message: BuiltMessage })

export const COMMON_SET = '0820060000000000c000000000000046'

function long(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value >>> 0)
  return bytes
}

function short(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

function typeOf(value: BuiltProperty['value']): number {
  if (typeof value === 'string') return 0x1f
  if (typeof value === 'boolean') return 0x0b
  return typeof value === 'number' ? 0x03 : 0x102
}

function hex(value: number): string {
  return value.toString(16).toUpperCase().padStart(4, '0')
}

/** An Outlook message (MS-OXMSG) with the properties and attachments given. */
export function buildMsg(message: BuiltMessage): Buffer {
  const names: { set: string; number: number }[] = []
  const streams = storage([], 32, message, names)
  const sets = [...new Set(names.map(({ set }) => set))]
  const entries = names.map(({ set, number }, index) => Buffer.concat([long(number), short((sets.indexOf(set) + 3) << 1), short(index)]))
  return buildCfb([
    { path: ['__nameid_version1.0', '__substg1.0_00020102'], bytes: Buffer.concat(sets.map((set) => Buffer.from(set, 'hex'))) },
    { path: ['__nameid_version1.0', '__substg1.0_00030102'], bytes: Buffer.concat(entries) },
    { path: ['__nameid_version1.0', '__substg1.0_00040102'], bytes: Buffer.alloc(0) },
    ...streams,
  ])
}

function storage(
  home: readonly string[],
  head: number,
  { properties = [], attachments = [] }: BuiltMessage,
  names: { set: string; number: number }[],
): CfbStream[] {
  const streams: CfbStream[] = []
  const entries: Buffer[] = [Buffer.alloc(head)]
  for (const { id, value } of properties) {
    if (typeof id !== 'number') names.push({ set: id.set, number: id.number })
    const real = typeof id === 'number' ? id : 0x8000 + names.length - 1
    const type = typeOf(value)
    const tag = Buffer.concat([short(type), short(real), long(6)])
    if (typeof value === 'boolean' || typeof value === 'number') {
      entries.push(tag, long(Number(value)), long(0))
      continue
    }
    const bytes = typeof value === 'string' ? Buffer.from(value, 'utf16le') : value
    entries.push(tag, long(bytes.length), long(0))
    streams.push({ path: [...home, `__substg1.0_${hex(real)}${hex(type)}`], bytes })
  }
  streams.unshift({ path: [...home, '__properties_version1.0'], bytes: Buffer.concat(entries) })
  for (const [index, one] of attachments.entries()) streams.push(...attachment([...home, `__attach_version1.0_#${String(index).padStart(8, '0')}`], one, names))
  return streams
}

function attachment(home: readonly string[], one: BuiltAttachment, names: { set: string; number: number }[]): CfbStream[] {
  const data = 'bytes' in one ? [{ id: 0x3701, value: one.bytes }] : []
  const own = storage(home, 8, { properties: [{ id: 0x3707, value: one.name }, { id: 0x3705, value: 'bytes' in one ? 1 : 5 }, ...data] }, names)
  return 'bytes' in one ? own : [...own, ...storage([...home, '__substg1.0_3701000D'], 24, one.message, names)]
}

/** A TNEF stream (MS-OXTNEF) with the same properties and attachments. */
export function buildTnef({ properties = [], attachments = [] }: BuiltMessage): Buffer {
  const blocks = [attribute(1, 0x69003, encoded(properties))]
  for (const one of attachments) {
    const data = 'bytes' in one ? [{ id: 0x3701, value: one.bytes }] : []
    blocks.push(attribute(2, 0x69002, Buffer.alloc(14)))
    const named = encoded([{ id: 0x3707, value: one.name }, ...data])
    if ('message' in one) {
      const object = Buffer.concat([Buffer.from('0703020000000000c000000000000046', 'hex'), buildTnef(one.message)])
      named.writeUInt32LE(2)
      blocks.push(attribute(2, 0x69005, Buffer.concat([named, short(0x0d), short(0x3701), long(1), counted(object)])))
    } else blocks.push(attribute(2, 0x69005, named))
  }
  return Buffer.concat([long(0x223e9f78), short(1), ...blocks])
}

function attribute(level: number, id: number, data: Buffer): Buffer {
  return Buffer.concat([Buffer.from([level]), long(id), long(data.length), data, short(data.reduce((sum, byte) => (sum + byte) & 0xffff, 0))])
}

function counted(bytes: Buffer): Buffer {
  return Buffer.concat([long(bytes.length), bytes, Buffer.alloc(-bytes.length & 3)])
}

function encoded(properties: readonly BuiltProperty[]): Buffer {
  const all = properties.map(({ id, value }) => {
    const head = typeof id === 'number' ? short(id) : Buffer.concat([short(0x8000), Buffer.from(id.set, 'hex'), long(0), long(id.number)])
    const tag = Buffer.concat([short(typeOf(value)), head])
    if (typeof value === 'boolean' || typeof value === 'number') return Buffer.concat([tag, long(Number(value))])
    return Buffer.concat([tag, long(1), counted(typeof value === 'string' ? Buffer.from(`${value}\0`, 'utf16le') : value)])
  })
  return Buffer.concat([long(all.length), ...all])
}

/** The properties of a reminder that plays a sound. */
export function reminder(file: string, overrides: boolean, plays = true): BuiltProperty[] {
  const id = (number: number) => ({ set: COMMON_SET, number })
  return [
    { id: 0x37, value: 'Meeting' },
    { id: id(0x851c), value: overrides },
    { id: id(0x851e), value: plays },
    { id: id(0x851f), value: file },
  ]
}

/** RTF in the packed form of message bodies (MS-OXRTFCP), every byte for itself. */
export function packRtf(rtf: string): Buffer {
  const runs: Buffer[] = []
  const bytes = Buffer.from(rtf, 'latin1')
  for (let at = 0; at < bytes.length; at += 8) runs.push(Buffer.from([0]), bytes.subarray(at, at + 8))
  const packed = Buffer.concat(runs)
  return Buffer.concat([long(packed.length + 12), long(bytes.length), long(0x75465a4c), long(0), packed])
}

/** A message with a multipart of these parts; each is its header lines and its body. */
export function buildEml(parts: readonly (readonly [header: string, body: string])[], subtype = 'mixed'): Buffer {
  const head = `From: a@sender.example\r\nTo: b@reader.example\r\nSubject: Hello\r\nMIME-Version: 1.0\r\nContent-Type: multipart/${subtype}; boundary="cut"\r\n\r\n`
  const body = parts.map(([header, text]) => `--cut\r\n${header}\r\n\r\n${text}\r\n`).join('')
  return Buffer.from(`${head}${body}--cut--\r\n`, 'latin1')
}

/** A message whose body is a page. */
export function htmlMail(html: string): Buffer {
  return buildEml([['Content-Type: text/html; charset=utf-8', html]], 'alternative')
}

/** A OneNote section (MS-ONESTORE) that keeps these files, with a property set that names them. */
export function buildOneNote(files: readonly { readonly name: string; readonly bytes: Buffer }[]): Buffer {
  const head = Buffer.alloc(1024)
  Buffer.from('e4525c7b8cd8a74daeb15378d02996d3', 'hex').copy(head)
  Buffer.from('3fdd9a101b91f549a5d01791edc8aed8', 'hex').copy(head, 48)
  const objects = files.flatMap(({ name, bytes }) => {
    const text = Buffer.from(`${name}\0`, 'utf16le')
    const size = Buffer.alloc(20)
    size.writeBigUInt64LE(BigInt(bytes.length))
    return [
      Buffer.concat([short(2), long(0x14001c1c), long(0x1c001d9c), long(7), long(text.length), text, Buffer.alloc(-(text.length + 18) & 7)]),
      Buffer.from('e716e3bd65261145a4c48d4d0b7a9eac', 'hex'),
      size,
      bytes,
      Buffer.alloc((4 - bytes.length) & 7),
      Buffer.from('22a7fb71790f0b4abb13899256426b24', 'hex'),
    ]
  })
  return Buffer.concat([head, ...objects])
}
