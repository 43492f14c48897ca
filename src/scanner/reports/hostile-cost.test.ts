import { describe, expect, it } from 'vitest'
import { buildCfb, buildPdf } from '#test/harness/documents.ts'
import { buildIso } from '#test/harness/documents/archives.ts'
import { biffRecord } from '#test/harness/documents/excel.ts'
import { scriptedPdf } from '#test/harness/documents/pdf-scripts.ts'
import { scanBytes } from './scan-report.ts'

/** Each of these took longer than a file may, more memory, or threw, before its reader was bounded. Milliseconds of processor time of the whole scan. */
const MOST_MS = 2500
const BIG = "var s = 'a'; while (s.length < 1048576) s = s + s;"

function costOf(bytes: Buffer): number {
  const before = process.cpuUsage()
  scanBytes(bytes)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

describe('a script that makes the interpreter work', () => {
  it.each([
    ['by comparing long texts', `var a = '${'x'.repeat(500_000)}'; var b = '${'x'.repeat(500_000)}'; while (a == b) {}`],
    ['by a pattern of a large set', `var r = /[${'abcdefghij'.repeat(20_000)}]/; for (;;) r.test('x')`],
    [
      'by many texts in each call',
      `var t = '${'abcdefg'.repeat(60)}', l = [t,t,t,t,t,t,t,t], m = [l,l,l,l,l,l,l,l]; for (var i = 0; ; i++) app.foo(i, m, m, m, m, m, m, m)`,
    ],
    ['by a search from the end', `${BIG} var p = s.substring(0, 50000) + 'b'; for (;;) s.lastIndexOf(p)`],
    [
      'by a set of many characters',
      "var c = ''; for (var i = 0; i < 5000; i++) c += String.fromCharCode(200 + i); var r = new RegExp('[' + c + ']*q'); var s = 'a'; while (s.length < 100000) s += s; for (;;) s.match(r)",
    ],
    ['by functions of many names', `function f() { var ${Array.from({ length: 50_000 }, (_, i) => `a${i}`).join(',')}; } for (;;) f()`],
    ['by a switch of many cases', `for (;;) switch (1) { case 1: break; ${Array.from({ length: 30_000 }, (_, i) => `case ${i}:`).join('')} }`],
  ])('%s is stopped', (_, source) => expect(costOf(scriptedPdf(source))).toBeLessThan(MOST_MS), 20_000)
})

describe('bytes that make a reader go over the same again and again, or keep too much', () => {
  const message = (header: string, body: string) =>
    Buffer.from(`From: a\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=${header}\r\n\r\n${body}`)
  const parts = Array.from({ length: 999 }, (_, i) => `--b\r\nContent-Type: multipart/mixed; boundary=z${i}\r\n\r\nx\r\n`).join('')

  it.each<readonly [string, () => Buffer]>([
    ['a message of parts whose boundaries never come', () => message('b', parts + '--z'.repeat(4 * 2 ** 20))],
    ['a message of a long boundary that almost comes', () => message(`"a${'-'.repeat(60_000)}"`, '-'.repeat(8 * 2 ** 20))],
    [
      'a workbook of beginnings',
      () =>
        buildCfb([
          {
            path: ['Workbook'],
            bytes: Buffer.concat([
              biffRecord(0x809, Buffer.from('0006100000000000', 'hex')),
              Buffer.alloc(4 * 2 ** 20, Buffer.from('0908040000064000', 'hex')),
            ]),
          },
        ]),
    ],
    [
      'streams whose length is a large object',
      () => Buffer.from(`%PDF-1.4\n9 0 obj [${'1 '.repeat(2 ** 18)}] endobj\n${'1 0 obj <</Length 9 0 R>> stream\nx\nendstream\nendobj\n'.repeat(10_000)}`),
    ],
    ['runs of a run-length stream', () => buildPdf([{ dictionary: '/Type /EmbeddedFile /Filter /RunLengthDecode', data: Buffer.alloc(4 * 2 ** 20, 0x81) }])],
    ['folders of an image that lie over each other', overlappingFolders],
    ['a TNEF attribute of many values', manyValues],
    [
      'a message of many values',
      () => buildCfb([{ path: ['__properties_version1.0'], bytes: Buffer.alloc(4 * 2 ** 20, Buffer.from('03000100000000000000000000000000', 'hex')) }]),
    ],
    [
      'an object stream of more objects than a call takes',
      () => buildPdf([{ dictionary: '/Type /ObjStm /N 999999 /First 0', data: Buffer.from(Array.from({ length: 200_000 }, (_, i) => `${i} ${i}`).join(' ')) }]),
    ],
  ])('%s', (_, build) => expect(costOf(build())).toBeLessThan(MOST_MS), 20_000)
})

/** Each sector of the image is a folder that reaches to its end. */
function overlappingFolders(): Buffer {
  const image = Buffer.concat([buildIso('a', Buffer.from('x')), Buffer.alloc(2 ** 20)])
  const folder = (sector: number, at: number) => {
    image.fill(0, at, at + 34)
    image[at] = 34
    image.writeUInt32LE(sector, at + 2)
    image.writeUInt32LE(0xffffff, at + 10)
    image[at + 25] = 2
    image[at + 32] = 1
    image[at + 33] = 65
  }
  const first = Math.ceil((image.length - 2 ** 20) / 2048)
  for (let sector = first; sector < image.length / 2048 - 1; sector++) for (let i = 0; i < 60; i++) folder(sector, sector * 2048 + i * 34)
  folder(first, image.readUInt32LE(16 * 2048 + 158) * 2048 + 68)
  image.writeUInt32LE(0xfffffff, 16 * 2048 + 166)
  return image
}

function manyValues(): Buffer {
  const values = Buffer.alloc(4 * 2 ** 20, Buffer.from('0300010000000000', 'hex'))
  const head = Buffer.alloc(13)
  head[0] = 1
  head.writeUInt32LE(0x69003, 1)
  head.writeUInt32LE(values.length + 4, 5)
  head.writeUInt32LE(0x7fffffff, 9)
  return Buffer.concat([Buffer.from('789f3e220100', 'hex'), head, values, Buffer.alloc(2)])
}
