import { crc32, deflateSync } from 'node:zlib'

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')
const TRUECOLOUR = 2

/** Writes a PNG of pixels, three bytes each. Throws RangeError where they are not as many as stated. Pure. */
export function writePng(width: number, height: number, rgb: Buffer): Buffer {
  const line = width * 3
  if (!(width > 0 && height > 0) || rgb.length !== line * height) throw new RangeError('not the pixels of a picture')
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, TRUECOLOUR], 8)
  // Each line begins with its filter: none.
  const lines = Buffer.alloc((line + 1) * height)
  for (let y = 0; y < height; y++) rgb.copy(lines, y * (line + 1) + 1, y * line, (y + 1) * line)
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), chunk('IDAT', deflateSync(lines)), chunk('IEND', Buffer.alloc(0))])
}

function chunk(kind: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(kind, 'latin1'), body])
  const ends = Buffer.alloc(8)
  ends.writeUInt32BE(body.length, 0)
  ends.writeUInt32BE(crc32(named), 4)
  return Buffer.concat([ends.subarray(0, 4), named, ends.subarray(4)])
}
