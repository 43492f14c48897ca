import { createCipheriv, createHmac, pbkdf2Sync } from 'node:crypto'
import { crc32, deflateRawSync } from 'node:zlib'

/** Archives built byte by byte, with the lies that tests need. */

const le16 = (...values: readonly number[]) => Buffer.concat(values.map((value) => Buffer.from([value, value >> 8])))
const le32 = (...values: readonly number[]) => Buffer.concat(values.map((value) => Buffer.from([value, value >> 8, value >> 16, value >> 24])))

/** One header's view of an entry. */
interface Told {
  readonly name?: string
  readonly method?: number
  readonly size?: number
}

export interface Entry {
  readonly name: string
  readonly bytes: Buffer
  /** What the local header says otherwise. */
  readonly local?: Told
  /** Left out of the central directory. */
  readonly unlisted?: boolean
  /** Made by Unix as a link; `bytes` is where it leads. */
  readonly link?: boolean
  readonly stored?: boolean
  readonly password?: string
  readonly aes?: 1 | 2 | 3
  /** Where the central directory says that it begins, instead of where it does. */
  readonly offset?: number
}

/** A ZIP whose two directories can be told apart. */
export function buildRawZip(entries: readonly Entry[], prefix: Buffer = Buffer.alloc(0)): Buffer {
  const body: Buffer[] = [prefix]
  const central: Buffer[] = []
  let at = prefix.length
  for (const entry of entries) {
    const { name, bytes, local = {}, link = false, stored = link, password, aes } = entry
    const plain = stored ? bytes : deflateRawSync(bytes)
    const crc = crc32(bytes)
    const packed = password === undefined ? plain : aes ? sealAes(plain, aes, password) : sealZipCrypto(plain, crc, password)
    const real = stored ? 0 : 8
    const extra = aes ? Buffer.concat([le16(0x9901, 7, 2), Buffer.from('AE'), Buffer.from([aes]), le16(real)]) : Buffer.alloc(0)
    const fields = (told: Told) => {
      const label = Buffer.from(told.name ?? name)
      const head = [le16(20, password === undefined ? 0 : 1, told.method ?? (aes ? 99 : real), 0, 0), le32(crc, packed.length, told.size ?? bytes.length)]
      return { head: Buffer.concat([...head, le16(label.length, extra.length)]), label }
    }
    const [near, far] = [fields(local), fields({})]
    const whole = Buffer.concat([le32(0x04034b50), near.head, near.label, extra, packed])
    if (!entry.unlisted)
      central.push(
        Buffer.concat([le32(0x02014b50), le16((3 << 8) | 20), far.head, le16(0, 0, 0), le32(link ? 0xa1ff0000 | 0 : 0, entry.offset ?? at), far.label, extra]),
      )
    body.push(whole)
    at += whole.length
  }
  const directory = Buffer.concat(central)
  return Buffer.concat([...body, directory, le32(0x06054b50), le16(0, 0, central.length, central.length), le32(directory.length, at), le16(0)])
}

function sealAes(plain: Buffer, strength: 1 | 2 | 3, password: string): Buffer {
  const keyBytes = 8 + strength * 8
  const salt = Buffer.alloc(keyBytes / 2, 7)
  const keys = pbkdf2Sync(password, salt, 1000, keyBytes * 2 + 2, 'sha1')
  const data = Buffer.alloc(plain.length)
  for (let at = 0, count = 1; at < plain.length; at += 16, count++) {
    const engine = createCipheriv(`aes-${keyBytes * 8}-ecb`, keys.subarray(0, keyBytes), null)
    const mask = engine.update(Buffer.concat([le32(count), Buffer.alloc(12)]))
    for (let i = at; i < Math.min(at + 16, plain.length); i++) data[i] = plain[i]! ^ mask[i - at]!
  }
  const code = createHmac('sha1', keys.subarray(keyBytes, keyBytes * 2))
    .update(data)
    .digest()
    .subarray(0, 10)
  return Buffer.concat([salt, keys.subarray(keyBytes * 2), data, code])
}

function sealZipCrypto(plain: Buffer, crc: number, password: string): Buffer {
  // crc32 of node chains over inverted values; one byte of the bare register is that of both ends inverted.
  const step = (register: number, byte: number) => ~crc32(Buffer.from([byte]), ~register >>> 0) >>> 0
  let [a, b, c] = [0x12345678, 0x23456789, 0x34567890]
  const update = (byte: number) => {
    a = step(a, byte)
    b = (Math.imul(b + (a & 255), 134775813) + 1) >>> 0
    c = step(c, b >>> 24)
  }
  for (const byte of Buffer.from(password)) update(byte)
  const head = Buffer.alloc(12, 3)
  head[11] = crc >>> 24
  return Buffer.from(
    Buffer.concat([head, plain]).map((byte) => {
      const mask = (c & 0xffff) | 2
      const out = byte ^ ((Math.imul(mask, mask ^ 1) >>> 8) & 255)
      update(byte)
      return out
    }),
  )
}

/** A tape archive; `link` gives an entry a place that it leads to instead of content. */
export function buildTar(entries: readonly { readonly name: string; readonly bytes?: Buffer; readonly link?: string; readonly type?: string }[]): Buffer {
  const blocks = entries.flatMap(({ name, bytes = Buffer.alloc(0), link, type = link === undefined ? '0' : '2' }) => {
    const header = Buffer.alloc(512)
    header.write(name, 0, 100)
    header.write(`0000644\0`, 100)
    header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124)
    header.write(type, 156)
    if (link !== undefined) header.write(link, 157, 100)
    header.write('ustar\u000000', 257)
    header.fill(0x20, 148, 156)
    header.write(
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    )
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]
  })
  return Buffer.concat([...blocks, Buffer.alloc(1024)])
}

/** A cabinet of one folder, packed as MSZIP in blocks of at most `blockBytes`, or stored. */
export function buildCab(files: readonly { readonly name: string; readonly bytes: Buffer }[], { packing = 1, blockBytes = 32_768 } = {}): Buffer {
  const whole = Buffer.concat(files.map(({ bytes }) => bytes))
  const blocks: Buffer[] = []
  for (let at = 0; at < whole.length; at += blockBytes) {
    const plain = whole.subarray(at, at + blockBytes)
    const dictionary = at === 0 ? undefined : whole.subarray(at - blockBytes, at)
    const packed = packing === 1 ? Buffer.concat([Buffer.from('CK'), deflateRawSync(plain, dictionary ? { dictionary } : {})]) : plain
    blocks.push(le32(0), le16(packed.length, plain.length), packed)
  }
  const start = 36 + 8
  let offset = 0
  const list = files.map(({ name, bytes }) => {
    const entry = Buffer.concat([le32(bytes.length, offset), le16(0, 0, 0, 0), Buffer.from(`${name}\0`)])
    offset += bytes.length
    return entry
  })
  const table = Buffer.concat(list)
  const size = start + table.length + Buffer.concat(blocks).length
  return Buffer.concat([
    Buffer.from('MSCF'),
    le32(0, size, 0, start, 0),
    Buffer.from([3, 1]),
    le16(1, files.length, 0, 0, 0),
    le32(start + table.length),
    le16(blocks.length / 3, packing),
    table,
    ...blocks,
  ])
}

/** An image of ISO 9660 with one file in one folder; `joliet` gives it the second tree, with its long names. */
export function buildIso(name: string, bytes: Buffer, joliet = false): Buffer {
  const SECTOR = 2048
  const sector = (part: Buffer) => Buffer.concat([part, Buffer.alloc((SECTOR - (part.length % SECTOR)) % SECTOR)])
  const record = (label: Buffer, at: number, size: number, flags: number) => {
    const length = 33 + label.length + ((33 + label.length) % 2)
    const out = Buffer.alloc(length)
    out[0] = length
    out.writeUInt32LE(at, 2)
    out.writeUInt32LE(size, 10)
    out[25] = flags
    out[32] = label.length
    label.copy(out, 33)
    return out
  }
  const wide = (text: string) => Buffer.from(text, 'utf16le').swap16()
  const first = joliet ? 19 : 18
  const descriptor = (type: number, root: number) => {
    const out = Buffer.alloc(SECTOR)
    out[0] = type
    out.write('CD001\u0001', 1, 'latin1')
    if (type === 2) out.write('%/E', 88)
    out.writeUInt16LE(SECTOR, 128)
    if (type < 255) record(Buffer.from([0]), root, SECTOR, 2).copy(out, 156)
    return out
  }
  const folders = (joliet ? [false, true] : [false]).flatMap((long, i) => {
    const at = first + i * 2
    const dots = (own: number) => Buffer.concat([record(Buffer.from([0]), own, SECTOR, 2), record(Buffer.from([1]), at, SECTOR, 2)])
    const [folder, file] = long ? [wide('folder'), wide(name)] : [Buffer.from('FOLDER'), Buffer.from(joliet ? 'FILE.BIN;1' : `${name};1`)]
    const data = first + (joliet ? 4 : 2)
    return [sector(Buffer.concat([dots(at), record(folder, at + 1, SECTOR, 2)])), sector(Buffer.concat([dots(at + 1), record(file, data, bytes.length, 0)]))]
  })
  const heads = [descriptor(1, first), ...(joliet ? [descriptor(2, first + 2)] : []), descriptor(255, 0)]
  return Buffer.concat([Buffer.alloc(16 * SECTOR), ...heads, ...folders, sector(bytes)])
}

/** A 7z archive of one folder, whose packed data are given with the coder's id and properties; `sealed` packs its header too, by the same coder. */
export function buildSevenZip(
  files: readonly { readonly name: string; readonly size: number }[],
  { packed, coder, properties = Buffer.alloc(0) }: { packed: Buffer; coder: string; properties?: Buffer },
): Buffer {
  const number = (value: number) => (value < 0x80 ? Buffer.from([value]) : Buffer.from([0xc0, value & 255, (value >> 8) & 255]))
  const id = Buffer.from(coder, 'hex')
  const total = files.reduce((sum, { size }) => sum + size, 0)
  const folder = Buffer.concat([
    Buffer.from([1, id.length | (properties.length > 0 ? 0x20 : 0)]),
    id,
    ...(properties.length > 0 ? [number(properties.length), properties] : []),
  ])
  const names = Buffer.concat([Buffer.from([0]), ...files.map(({ name }) => Buffer.from(`${name}\0`, 'utf16le'))])
  const header = Buffer.concat([
    Buffer.from([1, 4, 6, 0, 1, 9]),
    number(packed.length),
    Buffer.from([0, 7, 11, 1, 0]),
    folder,
    Buffer.from([12]),
    number(total),
    Buffer.from([0, 8, 13]),
    number(files.length),
    Buffer.from([9]),
    ...files.slice(0, -1).map(({ size }) => number(size)),
    Buffer.from([10, 1]),
    Buffer.alloc(files.length * 4),
    Buffer.from([0, 0, 5]),
    number(files.length),
    Buffer.from([17]),
    number(names.length),
    names,
    Buffer.from([0, 0]),
  ])
  const start = Buffer.concat([le32(packed.length, 0, header.length, 0, crc32(header) | 0)])
  return Buffer.concat([Buffer.from('377abcaf271c0004', 'hex'), le32(crc32(start) | 0), start, packed, header])
}

export interface RarFile {
  readonly name: string
  readonly bytes: Buffer
  readonly packed?: boolean
  readonly encrypted?: boolean
  /** Makes it a stream beside a file, with this name. */
  readonly stream?: string
}

/** A RAR archive of version 4. */
export function buildRar4(files: readonly RarFile[]): Buffer {
  const blocks = files.map(({ name, bytes, packed = false, encrypted = false }) => {
    const label = Buffer.from(name)
    const fields = Buffer.concat([
      le32(bytes.length, bytes.length),
      Buffer.from([2]),
      le32(0, 0),
      Buffer.from([29, packed ? 0x33 : 0x30]),
      le16(label.length),
      le32(0x20),
    ])
    return Buffer.concat([le16(0), Buffer.from([0x74]), le16(0x8000 | (encrypted ? 4 : 0), 7 + fields.length + label.length), fields, label, bytes])
  })
  return Buffer.concat([Buffer.from('526172211a0700', 'hex'), le16(0), Buffer.from([0x73]), le16(0, 13), Buffer.alloc(6), ...blocks])
}

/** A RAR archive of version 5. */
export function buildRar5(files: readonly RarFile[]): Buffer {
  const number = (value: number): Buffer => (value < 0x80 ? Buffer.from([value]) : Buffer.concat([Buffer.from([(value & 0x7f) | 0x80]), number(value >> 7)]))
  const block = (type: number, fields: Buffer, extra: Buffer, data: Buffer) => {
    const flags = (extra.length > 0 ? 1 : 0) | (data.length > 0 ? 2 : 0)
    const sizes = [...(extra.length > 0 ? [number(extra.length)] : []), ...(data.length > 0 ? [number(data.length)] : [])]
    const body = Buffer.concat([number(type), number(flags), ...sizes, fields, extra])
    return Buffer.concat([le32(0), number(body.length), body, data])
  }
  const blocks = files.map(({ name, bytes, packed = false, encrypted = false, stream }) => {
    const label = Buffer.from(stream === undefined ? name : 'STM')
    const fields = Buffer.concat([number(0), number(bytes.length), number(0x20), number(packed ? 3 << 7 : 0), number(0), number(label.length), label])
    const record = encrypted ? Buffer.concat([number(1), Buffer.alloc(20)]) : stream === undefined ? undefined : Buffer.concat([number(7), Buffer.from(stream)])
    return block(stream === undefined ? 2 : 3, fields, record ? Buffer.concat([number(record.length), record]) : Buffer.alloc(0), bytes)
  })
  return Buffer.concat([Buffer.from('526172211a070100', 'hex'), block(1, number(0), Buffer.alloc(0), Buffer.alloc(0)), ...blocks])
}

/** An image of UDF alone, with one file in one folder (ECMA-167): a recognition area, an anchor, a volume of one partition. */
export function buildUdf(name: string, bytes: Buffer): Buffer {
  const SECTOR = 2048
  const START = 300
  const image = Buffer.alloc((START + 8) * SECTOR + Math.ceil(bytes.length / SECTOR) * SECTOR)
  for (const [i, mark] of ['BEA01', 'NSR02', 'TEA01'].entries()) image.write(`\0${mark}\x01`, (16 + i) * SECTOR, 'latin1')
  const at = (sector: number, tag: number) => {
    image.writeUInt16LE(tag, sector * SECTOR)
    return sector * SECTOR
  }
  const long = (to: number, block: number) => {
    image.writeUInt32LE(SECTOR, to)
    image.writeUInt32LE(block, to + 4)
  }
  const anchor = at(256, 2)
  image.writeUInt32LE(16 * SECTOR, anchor + 16)
  image.writeUInt32LE(32, anchor + 20)
  image.writeUInt32LE(START, at(32, 5) + 188)
  const volume = at(33, 6)
  image.writeUInt32LE(SECTOR, volume + 212)
  long(volume + 248, 0)
  image.writeUInt32LE(6, volume + 264)
  image.writeUInt32LE(1, volume + 268)
  image.set([1, 6, 1, 0, 0, 0], volume + 440)
  at(34, 8)
  long(at(START, 256) + 400, 1)
  const entry = (block: number, type: number, size: number, data: number) => {
    const to = at(START + block, 261)
    image[to + 27] = type
    image.writeUInt32LE(size, to + 56)
    image.writeUInt32LE(8, to + 172)
    image.writeUInt32LE(size, to + 176)
    image.writeUInt32LE(data, to + 180)
  }
  const folder = (block: number, label: string, flags: number, icb: number) => {
    const text = Buffer.concat([Buffer.from([16]), Buffer.from(label, 'utf16le').swap16()])
    const to = at(START + block, 257)
    image[to + 18] = flags
    image[to + 19] = text.length
    long(to + 20, icb)
    text.copy(image, to + 38)
    return (38 + text.length + 3) & ~3
  }
  entry(1, 4, folder(2, 'folder', 2, 3), 2)
  entry(3, 4, folder(4, name, 0, 5), 4)
  entry(5, 5, bytes.length, 6)
  bytes.copy(image, (START + 6) * SECTOR)
  return image
}
