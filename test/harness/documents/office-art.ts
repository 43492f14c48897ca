import { deflateSync } from 'node:zlib'

const TYPES = { emf: [0xf01a, 0x3d4], wmf: [0xf01b, 0x216], jpeg: [0xf01d, 0x46a], png: [0xf01e, 0x6e0], tiff: [0xf029, 0x6e4] } as const

/** A picture as binary Office documents keep it: a record of the drawing layer, a metafile packed unless told otherwise. */
export function blip(kind: keyof typeof TYPES, picture: Buffer, { ids = 1, packed = true }: { ids?: 1 | 2; packed?: boolean } = {}): Buffer {
  const [type, instance] = TYPES[kind]
  const front = Buffer.alloc(16 * ids, 0x11)
  const body = kind === 'emf' || kind === 'wmf' ? Buffer.concat([front, metafile(picture, packed)]) : Buffer.concat([front, Buffer.from([0xff]), picture])
  const header = Buffer.alloc(8)
  header.writeUInt16LE((instance + ids - 1) << 4, 0)
  header.writeUInt16LE(type, 2)
  header.writeUInt32LE(body.length, 4)
  return Buffer.concat([header, body])
}

function metafile(picture: Buffer, packed: boolean): Buffer {
  const data = packed ? deflateSync(picture) : picture
  const header = Buffer.alloc(34)
  header.writeUInt32LE(picture.length, 0)
  header.writeUInt32LE(data.length, 28)
  header[32] = packed ? 0 : 0xfe
  header[33] = 0xfe
  return Buffer.concat([header, data])
}

/** A workbook's stream whose drawing group is these bytes, in records of so many bytes. */
export function drawingRecords(group: Buffer, size: number): Buffer {
  const record = (type: number, data: Buffer) => {
    const header = Buffer.alloc(4)
    header.writeUInt16LE(type, 0)
    header.writeUInt16LE(data.length, 2)
    return Buffer.concat([header, data])
  }
  const pieces: Buffer[] = [record(0x809, Buffer.from('0006050000000000c100000006040000', 'hex'))]
  for (let at = 0; at < group.length; at += size) pieces.push(record(at === 0 ? 0xeb : 0x3c, group.subarray(at, at + size)))
  return Buffer.concat([...pieces, record(0x0a, Buffer.alloc(0))])
}
