import { crc32, deflateSync } from 'node:zlib'

type Entry = readonly [tag: number, type: 3 | 4, values: readonly number[]]

/** A TIFF with one directory: values that do not fit their entry stand behind it. */
export function buildTiff(entries: readonly Entry[], big = false): Buffer {
  const behind: Buffer[] = []
  const put = (bytes: Buffer, value: number, at: number, width: number) => (big ? bytes.writeUIntBE(value, at, width) : bytes.writeUIntLE(value, at, width))
  const head = Buffer.alloc(8 + 2 + entries.length * 12 + 4)
  head.write(big ? 'MM\0*' : 'II*\0', 'latin1')
  put(head, 8, 4, 4)
  put(head, entries.length, 8, 2)
  let end = head.length
  for (const [i, [tag, type, values]] of entries.entries()) {
    const at = 10 + i * 12
    const width = type === 3 ? 2 : 4
    put(head, tag, at, 2)
    put(head, type, at + 2, 2)
    put(head, values.length, at + 4, 4)
    const bytes = Buffer.alloc(values.length * width)
    values.forEach((value, j) => put(bytes, value, j * width, width))
    if (bytes.length <= 4) bytes.copy(head, at + 8)
    else {
      put(head, end, at + 8, 4)
      behind.push(bytes)
      end += bytes.length
    }
  }
  return Buffer.concat([head, ...behind])
}

/** A TIFF packed as JPEG of the old kind whose strips and JPEG stream state these lengths. */
export function jpegTiff(strips: readonly number[], jpegBytes: number, { compression = 6, big = false } = {}): Buffer {
  return buildTiff(
    [
      [256, 3, [16]],
      [257, 3, [16]],
      [259, 3, [compression]],
      [273, 4, strips.map(() => 8)],
      [279, 4, strips],
      [513, 4, [8]],
      [514, 4, [jpegBytes]],
    ],
    big,
  )
}

/** The beginning of a JPEG: its APP0 segment, one more segment that states this length, and the start of its picture data. */
export function jpegWith(marker: number, length: number): Buffer {
  const app0 = Buffer.from('ffe000104a46494600010100000100010000', 'hex')
  const segment = Buffer.from([0xff, marker, length >> 8, length & 0xff, ...Array.from({ length: Math.max(0, length - 2) }, () => 0x41)])
  return Buffer.concat([Buffer.from('ffd8', 'hex'), app0, segment, Buffer.from('ffda0002ffd9', 'hex')])
}

/** A metafile without the placeable header, of these records. */
export function buildWmf(records: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(18)
  header.writeUInt16LE(1, 0)
  header.writeUInt16LE(9, 2)
  header.writeUInt16LE(0x300, 4)
  return Buffer.concat([header, ...records, Buffer.from('030000000000', 'hex')])
}

/** An escape record of a metafile. */
export function escapeRecord(asked: number, data: Buffer): Buffer {
  const padded = Buffer.concat([data, Buffer.alloc(data.length % 2)])
  const record = Buffer.alloc(10)
  record.writeUInt32LE((10 + padded.length) / 2, 0)
  record.writeUInt16LE(0x626, 4)
  record.writeUInt16LE(asked, 6)
  record.writeUInt16LE(data.length, 8)
  return Buffer.concat([record, padded])
}

/** An enhanced metafile that carries a picture of another format in a comment. */
export function buildEmf(kind: 'eps' | 'wmf', picture: Buffer): Buffer {
  const header = Buffer.alloc(88)
  header.writeUInt32LE(1, 0)
  header.writeUInt32LE(88, 4)
  header.write(' EMF', 40, 'latin1')
  const comment = Buffer.alloc(kind === 'wmf' ? 36 : 56)
  comment.writeUInt32LE(70, 0)
  comment.writeUInt32LE(comment.length + picture.length, 4)
  comment.writeUInt32LE(comment.length + picture.length - 12, 8)
  comment.write('GDIC', 12, 'latin1')
  if (kind === 'wmf') {
    comment.writeUInt32LE(0x80000001, 16)
    comment.writeUInt32LE(picture.length, 32)
  } else {
    comment.writeUInt32LE(0x40000004, 16)
    comment.writeUInt32LE(1, 36)
    comment.write('EPSF', 40, 'latin1')
    comment.writeUInt32LE(picture.length, 48)
    comment.writeUInt32LE(56 - 12, 52)
  }
  return Buffer.concat([header, comment, picture, Buffer.from('0e00000014000000000000001000000014000000', 'hex')])
}

/** An animated cursor with headers of these sizes, and a list between them. */
export function buildCursor(sizes: readonly number[]): Buffer {
  const chunk = (name: string, data: Buffer) => {
    const head = Buffer.from(`${name}\0\0\0\0`, 'latin1')
    head.writeUInt32LE(data.length, 4)
    return Buffer.concat([head, data])
  }
  const body = Buffer.concat([Buffer.from('ACON'), ...sizes.flatMap((size) => [chunk('anih', Buffer.alloc(size)), chunk('LIST', Buffer.from('INFO'))])])
  return chunk('RIFF', body)
}

/**
 * A PNG of one colour type and depth, of lines that all hold these bytes, with one filter; the width is what fits into a line. `more` comes before the pixels.
 */
export function pngOf(
  colour: number,
  depth: number,
  height: number,
  line: readonly number[],
  {
    filter = 0,
    palette,
    interlaced = false,
    more = [],
  }: { filter?: number; palette?: readonly number[]; interlaced?: boolean; more?: [string, Buffer][] } = {},
): Buffer {
  const samples = [1, 0, 3, 1, 2, 0, 4][colour]!
  const header = Buffer.alloc(13)
  header.writeUInt32BE(Math.max(1, Math.floor((line.length * 8) / (depth * samples))), 0)
  header.writeUInt32BE(height, 4)
  header.set([depth, colour, 0, 0, interlaced ? 1 : 0], 8)
  const lines = Buffer.concat(Array.from({ length: height }, () => Buffer.from([filter, ...line])))
  const chunks: [string, Buffer][] = [['IHDR', header], ...(palette ? [['PLTE', Buffer.from(palette)] as [string, Buffer]] : []), ...more]
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    ...[...chunks, ['IDAT', deflateSync(lines)] as const, ['IEND', Buffer.alloc(0)] as const].map(([kind, body]) => {
      const named = Buffer.concat([Buffer.from(kind, 'latin1'), body])
      const ends = Buffer.alloc(8)
      ends.writeUInt32BE(body.length, 0)
      ends.writeUInt32BE(crc32(named), 4)
      return Buffer.concat([ends.subarray(0, 4), named, ends.subarray(4)])
    }),
  ])
}
