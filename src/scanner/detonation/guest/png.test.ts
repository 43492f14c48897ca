import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { crc32, inflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'

const AGENT = join(import.meta.dirname, '../../../../guest/agent')
const hasPython = spawnSync('python3', ['--version']).status === 0

/** What the agent makes of a pixmap: its PNG, or nothing. */
function packed(pixmap: Buffer): Buffer {
  const script = 'import sys; from viewers import png; made = png.from_ppm(sys.stdin.buffer.read()); sys.stdout.buffer.write(made[0] if made else b"")'
  return spawnSync('python3', ['-B', '-c', script], { cwd: AGENT, input: pixmap }).stdout
}

function chunks(png: Buffer): Map<string, Buffer> {
  const found = new Map<string, Buffer>()
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at)
    const body = png.subarray(at + 4, at + 8 + length)
    expect(png.readUInt32BE(at + 8 + length)).toBe(crc32(body))
    found.set(body.toString('latin1', 0, 4), body.subarray(4))
    at += 12 + length
  }
  return found
}

const head = (width: number, height: number) => Buffer.from(`P6\n${width} ${height}\n255\n`)

describe.skipIf(!hasPython)('pictures of the agent', () => {
  it('are the pixels that were painted', () => {
    const pixels = Buffer.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 1, 2, 3, 4, 5, 6, 10, 13, 9])
    const png = packed(Buffer.concat([head(3, 2), pixels]))
    expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n')
    const parts = chunks(png)
    const header = parts.get('IHDR')!
    expect([header.readUInt32BE(0), header.readUInt32BE(4), ...header.subarray(8)]).toEqual([3, 2, 8, 2, 0, 0, 0])
    expect(inflateSync(parts.get('IDAT')!)).toEqual(Buffer.concat([Buffer.of(0), pixels.subarray(0, 9), Buffer.of(0), pixels.subarray(9)]))
    expect(parts.has('IEND')).toBe(true)
  })

  it('are greys where nothing has a colour', () => {
    const grey = Buffer.from([0, 7, 255, 1, 2, 3])
    const of = (pixels: Buffer) => chunks(packed(Buffer.concat([head(3, 2), pixels])))
    const coloured = Buffer.from([...grey].flatMap((value) => [value, value, value]))
    const parts = of(coloured)
    expect([...parts.get('IHDR')!.subarray(8)]).toEqual([8, 0, 0, 0, 0])
    expect(inflateSync(parts.get('IDAT')!)).toEqual(Buffer.concat([Buffer.of(0), grey.subarray(0, 3), Buffer.of(0), grey.subarray(3)]))
    for (const at of [0, 10, 17]) {
      const one = Buffer.from(coloured)
      one[at]! ^= 1
      expect(of(one).get('IHDR')![9]).toBe(2)
    }
  })

  it('are none where the pixmap is not whole or none', () => {
    expect(packed(Buffer.concat([head(3, 2), Buffer.alloc(17)]))).toHaveLength(0)
    expect(packed(head(0, 0))).toHaveLength(0)
    expect(packed(Buffer.from('P5\n1 1\n255\n0'))).toHaveLength(0)
    expect(packed(Buffer.concat([head(3, 2), Buffer.alloc(18)])).length).toBeGreaterThan(0)
  })
})
