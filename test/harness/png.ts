import { crc32, deflateSync } from 'node:zlib'

/** A picture that looks like a page of text from afar: `shade` gives the grey of a point. */
export function drawPng(width: number, height: number, shade: (x: number, y: number) => number): Buffer {
  const rows = Buffer.alloc((width + 1) * height)
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) rows[y * (width + 1) + 1 + x] = shade(x, y)
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head[8] = 8
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))])
}

/** A page with lines of words, each seed another. */
export function drawPage(seed: number, width = 300, height = 424): Buffer {
  return drawPng(width, height, (x, y) => {
    const line = Math.floor(y / 14)
    const isInk = y % 14 < 6 && line > 2 && line < 27 && x > 36 && x < width - 36 - ((line * 37 + seed * 11) % 90) && (x * 7 + line * 13 + seed) % 41 > 6
    return isInk ? 90 : 255
  })
}

function chunk(type: string, bytes: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), bytes])
  const framed = Buffer.alloc(named.length + 8)
  framed.writeUInt32BE(bytes.length, 0)
  named.copy(framed, 4)
  framed.writeUInt32BE(crc32(named), named.length + 4)
  return framed
}
