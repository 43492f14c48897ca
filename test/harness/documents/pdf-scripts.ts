import { buildPdf } from '#test/harness/documents.ts'

/** A PDF that runs a script as it opens. */
export function scriptedPdf(source: string): Buffer {
  return buildPdf(['<</Type /Catalog /OpenAction <</S /JavaScript /JS 2 0 R>>>>', { dictionary: '', data: Buffer.from(source, 'latin1') }])
}

/** A PDF with a form of one XFA packet, `template`, that holds what is given. */
export function xfaPdf(content: string): Buffer {
  return buildPdf(['<</Type /Catalog /AcroForm <</XFA [(template) 2 0 R]>>>>', { dictionary: '', data: Buffer.from(`<template>${content}</template>`) }])
}

/** A field of an XFA form with a picture in it. */
export function xfaImage(bytes: Buffer, type: string): string {
  return `<field name="ImageField1"><value><image contentType="${type}">${bytes.toString('base64')}</image></value></field>`
}

/** A script that an XFA form runs as it is ready. */
export function xfaScript(source: string): string {
  return `<event activity="ready"><script contentType="application/x-javascript"><![CDATA[${source}]]></script></event>`
}

/** A little-endian TIFF of one directory with SHORT tags: number, count and value. */
export function tiffOf(entries: readonly (readonly [tag: number, count: number, value: number])[]): Buffer {
  const bytes = Buffer.alloc(8 + 2 + entries.length * 12 + 4)
  bytes.write('II*\0', 'latin1')
  bytes.writeUInt32LE(8, 4)
  bytes.writeUInt16LE(entries.length, 8)
  for (const [i, [tag, count, value]] of entries.entries()) {
    const at = 10 + i * 12
    bytes.writeUInt16LE(tag, at)
    bytes.writeUInt16LE(3, at + 2)
    bytes.writeUInt32LE(count, at + 4)
    bytes.writeUInt32LE(value, at + 8)
  }
  return bytes
}

/** A BMP of 16 by 16 pixels in RLE8, with its codes. */
export function rleBitmap(codes: Buffer): Buffer {
  const header = Buffer.alloc(54)
  header.write('BM', 'latin1')
  header.writeUInt32LE(54 + codes.length, 2)
  header.writeUInt32LE(54, 10)
  header.writeUInt32LE(40, 14)
  header.writeInt32LE(16, 18)
  header.writeInt32LE(16, 22)
  header.writeUInt16LE(1, 26)
  header.writeUInt16LE(8, 28)
  header.writeUInt32LE(1, 30)
  return Buffer.concat([header, codes])
}

/** Codes of RLE8 that move to the right, so many times by so many columns. */
export function moves(times: number, columns: number): Buffer {
  return Buffer.concat(Array.from({ length: times }, () => Buffer.of(0, 2, columns, 0)))
}
