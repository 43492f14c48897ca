import { fc, test } from '@fast-check/vitest'
import { crc32, deflateSync } from 'node:zlib'
import { PNG } from 'pngjs'
import { describe, expect, it } from 'vitest'
import { cleanLogo } from '#program/membership/directory/logo/clean-logo.ts'
import { inspectPng } from '#program/membership/directory/logo/inspect-png.ts'
import { shrink } from '#program/membership/directory/logo/shrink.ts'

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')

function chunk(type: string, data: Buffer = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}

function header(width: number, height: number, { depth = 8, colour = 6, interlace = 0 } = {}): Buffer {
  const data = Buffer.alloc(13)
  data.writeUInt32BE(width, 0)
  data.writeUInt32BE(height, 4)
  data.set([depth, colour, 0, 0, interlace], 8)
  return chunk('IHDR', data)
}

/** A picture of one colour, with further chunks before its pixels. */
function picture(width: number, height: number, extra: readonly Buffer[] = []): Buffer {
  const line = Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 4, Buffer.from([200, 30, 30, 255]))])
  const pixels = chunk('IDAT', deflateSync(Buffer.concat(Array.from({ length: height }, () => line))))
  return Buffer.concat([SIGNATURE, header(width, height), ...extra, pixels, chunk('IEND')])
}

function typesOf(png: Uint8Array): string[] {
  const bytes = Buffer.from(png)
  const types = []
  for (let at = 8; at < bytes.length; at += bytes.readUInt32BE(at) + 12) types.push(bytes.toString('latin1', at + 4, at + 8))
  return types
}

const refusal = (bytes: Buffer) =>
  cleanLogo(bytes).then(
    () => 'taken',
    (error: { code?: string; fields?: { message: string }[] }) => `${error.code}: ${error.fields?.[0]?.message}`,
  )

describe('a logo', () => {
  it('is made anew of its pixels alone: no text, profile, animation or time is left', async () => {
    const extra = [
      chunk('iCCP', Buffer.concat([Buffer.from('profile\0\0'), deflateSync(Buffer.from('canary profile'))])),
      chunk('tEXt', Buffer.from('Comment\0canary<script>')),
      chunk('eXIf', Buffer.from('canary')),
      chunk('acTL', Buffer.from('0000000200000000', 'hex')),
      chunk('fcTL', Buffer.alloc(26)),
      chunk('tIME', Buffer.alloc(7)),
    ]
    const sent = picture(40, 20, extra)
    expect(sent.includes('canary')).toBe(true)
    const { png, width, height } = await cleanLogo(sent)
    expect(typesOf(png)).toEqual(['IHDR', 'IDAT', 'IEND'])
    expect(Buffer.from(png).includes('canary')).toBe(false)
    expect([width, height]).toEqual([40, 20])
    expect([...PNG.sync.read(Buffer.from(png)).data.subarray(0, 4)]).toEqual([200, 30, 30, 255])
  })

  it('is at most 512 pixels wide and high, in its own proportions', async () => {
    const { png, width, height } = await cleanLogo(picture(2048, 1024))
    expect([width, height]).toEqual([512, 256])
    expect([...PNG.sync.read(Buffer.from(png)).data.subarray(-4)]).toEqual([200, 30, 30, 255])
  })

  const zip = Buffer.concat([Buffer.from('504b0304', 'hex'), Buffer.alloc(30)])
  it.each<[string, Buffer, RegExp]>([
    ['a ZIP file behind it', Buffer.concat([picture(4, 4), zip]), /follows the end/],
    ['a page behind it', Buffer.concat([picture(4, 4), Buffer.from('<html><script>alert(1)</script>')]), /follows the end/],
    ['SVG named .png', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), /SVG and every other format/],
    ['GIF', Buffer.from('GIF89a'), /Only PNG/],
    ['nothing', Buffer.alloc(0), /Only PNG/],
    ['half of it', picture(40, 40).subarray(0, 70), /ends in the middle/],
    ['no end', Buffer.concat([SIGNATURE, header(1, 1)]), /ends in the middle/],
    ['no pixels', Buffer.concat([SIGNATURE, header(1, 1), chunk('IEND')]), /no pixels/],
    ['a huge header', Buffer.concat([SIGNATURE, header(2 ** 31 - 1, 2 ** 31 - 1), chunk('IDAT'), chunk('IEND')]), /at most 2048/],
    ['2,049 lines', Buffer.concat([SIGNATURE, header(1, 2049), chunk('IDAT'), chunk('IEND')]), /at most 2048/],
    ['no width', Buffer.concat([SIGNATURE, header(0, 1), chunk('IDAT'), chunk('IEND')]), /at most 2048/],
    ['a colour type that is none', Buffer.concat([SIGNATURE, header(1, 1, { colour: 5 }), chunk('IDAT'), chunk('IEND')]), /no PNG has/],
    ['two headers', Buffer.concat([SIGNATURE, header(1, 1), header(1, 1), chunk('IEND')]), /one header/],
    ['an unknown chunk that it needs', picture(2, 2, [chunk('ABCD')]), /ABCD/],
    ['fewer pixels than it says', Buffer.concat([SIGNATURE, header(9, 9), chunk('IDAT', deflateSync(Buffer.alloc(20))), chunk('IEND')]), /in the middle/],
    ['what does not unpack', Buffer.concat([SIGNATURE, header(9, 9), chunk('IDAT', Buffer.alloc(20, 7)), chunk('IEND')]), /damaged/],
  ])('is refused with %s', async (_, bytes, why) => {
    expect(await refusal(bytes)).toMatch(/^VALIDATION_FAILED/)
    expect(await refusal(bytes)).toMatch(why)
  })

  it('is refused with a wrong checksum anywhere', async () => {
    const bytes = picture(4, 4)
    for (const at of [20, 29, 45, bytes.length - 1]) {
      const wrong = Buffer.from(bytes)
      wrong[at]! ^= 1
      expect(await refusal(wrong), `byte ${at}`).toMatch(/^VALIDATION_FAILED/)
    }
    expect(await refusal(bytes)).toBe('taken')
  })

  it.each([0, 1])('unpacks a bomb to no more than its header promised (interlace %i)', async (interlace) => {
    const bomb = deflateSync(Buffer.alloc(300 * 2 ** 20))
    const bytes = Buffer.concat([SIGNATURE, header(16, 16, { interlace }), chunk('IDAT', bomb), chunk('IEND')])
    expect(bytes.length).toBeLessThan(512 * 1024)
    const before = process.memoryUsage.rss()
    expect(await refusal(bytes)).toMatch(/other pixels/)
    expect(process.memoryUsage.rss() - before).toBeLessThan(150 * 2 ** 20)
  })

  test.prop([fc.uint8Array({ maxLength: 200 }), fc.nat(80), fc.boolean()], { numRuns: 300 })(
    'never throws at inspection, whatever it holds',
    (noise, at, inside) => {
      const bytes = inside ? Buffer.concat([picture(3, 3).subarray(0, at), noise]) : Buffer.from(noise)
      expect(Object.keys(inspectPng(bytes))).toHaveLength(1)
    },
  )
})

describe('shrinking', () => {
  test.prop([fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 40 })])(
    'keeps one colour what it is, and the proportions',
    (width, height, side) => {
      const data = new Uint8Array(width * height * 4).map((_, at) => [9, 99, 199, 128][at % 4]!)
      const small = shrink({ width, height, data }, side)
      expect(Math.max(small.width, small.height)).toBeLessThanOrEqual(Math.max(side, 1))
      expect([...new Set(Array.from({ length: small.width * small.height }, (_, at) => small.data.slice(at * 4, at * 4 + 4).join()))]).toEqual(['9,99,199,128'])
    },
  )

  it('averages areas, and takes no colour from what is transparent', () => {
    const data = Uint8Array.from([255, 0, 0, 255, 0, 255, 0, 0, 0, 0, 255, 255, 0, 255, 0, 0])
    expect([...shrink({ width: 4, height: 1, data }, 2).data]).toEqual([255, 0, 0, 128, 0, 0, 255, 128])
  })
})
