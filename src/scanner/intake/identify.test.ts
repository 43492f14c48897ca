import { describe, expect, it } from 'vitest'
import { buildCfb, buildPdf, buildZip } from '#test/harness/documents.ts'
import { identify, type ContentType } from './identify.ts'

const hex = (text: string, length = 600) => Buffer.concat([Buffer.from(text.replaceAll(' ', ''), 'hex'), Buffer.alloc(length)])
const sector = (mark: string) => Buffer.concat([Buffer.alloc(16 * 2048), Buffer.from(`\u0001${mark}\u0001`, 'latin1'), Buffer.alloc(2048)])
const emf = () => {
  const bytes = Buffer.alloc(100)
  bytes.writeUInt32LE(1, 0)
  bytes.write(' EMF', 40, 'latin1')
  return bytes
}
const bmp = () => {
  const bytes = Buffer.alloc(60)
  bytes.write('BM', 'latin1')
  bytes.writeUInt32LE(40, 14)
  return bytes
}
const tar = () => {
  const bytes = Buffer.alloc(1024)
  bytes.write('a.txt', 'latin1')
  const sum = 8 * 32 + [...Buffer.from('a.txt')].reduce((a, b) => a + b, 0)
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return bytes
}

describe('bytes are typed by what is in them', () => {
  it.each<[ContentType, Buffer]>([
    ['onenote', hex('e4525c7b8cd8a74daeb15378d02996d3')],
    ['tnef', hex('789f3e22')],
    ['lnk', hex('4c0000000114020000000000c000000000000046')],
    ['swf', Buffer.from('CWS\u000a\u0000\u0001\u0000\u0000\u0000', 'latin1')],
    ['tiff', hex('49492a00')],
    ['emf', emf()],
    ['wmf', hex('010009000003')],
    ['bmp', bmp()],
    ['eps', Buffer.from('%!PS-Adobe-3.0 EPSF-3.0\n')],
    ['eps', hex('c5d0d3c6')],
    ['jpx', hex('0000000c6a5020200d0a')],
    ['font', hex('4f54544f')],
    ['biff', hex('0908 0800 0005 0500')],
    ['cab', hex('4d534346')],
    ['rar', hex('526172211a0700')],
    ['7z', hex('377abcaf271c')],
    ['tar', tar()],
    ['iso', sector('CD001')],
    ['udf', sector('BEA01')],
    ['bzip2', Buffer.from('BZh9\u0031\u0041\u0059\u0026\u0053\u0059', 'latin1')],
    ['url-file', Buffer.from('[InternetShortcut]\r\nURL=file://host.example/a\r\n')],
    ['url-file', Buffer.from('; note\r\n[{000214A0-0000-0000-C000-000000000046}]\r\nProp3=19,2\r\n[InternetShortcut]\r\n')],
    ['iqy', Buffer.from('WEB\r\n1\r\nhttp://page.example/\r\n')],
    ['slk', Buffer.from('ID;PWXL;N;E\r\n')],
    ['csv', Buffer.from('name,amount\na,1\nb,2\n')],
    ['text', Buffer.from('Dear all,\nthis is a letter.\n')],
    ['html', Buffer.from('<!-- saved -->\r\n<!DOCTYPE HTML><html></html>')],
    ['html', Buffer.from('<HTA:APPLICATION id=a></HTA:APPLICATION>')],
    ['html', Buffer.from('<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml"/>')],
    ['xml', Buffer.from('<?xml version="1.0"?>\r\n<table xmlns="urn:a"/>')],
    ['xml', Buffer.from('<table xmlns="urn:a"/>')],
    ['xml', Buffer.from('<a:theme xmlns:a="urn:a"/>')],
    ['xml', Buffer.from('<?xml version="1.0"?><w:document/>')],
    ['eml', Buffer.from('Received: from a\r\nSubject: b\r\nFrom: c@d.example\r\n\r\nx')],
    ['mhtml', Buffer.from('MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="b"\r\n\r\n--b\r\n')],
    ['mhtml', Buffer.from('junk before it\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="b"\r\n\r\n--b\r\n')],
    ['script', Buffer.from('#!/bin/sh\n')],
    ['script', Buffer.from('@echo off\r\n')],
    ['script', Buffer.from('Dim a\r\nSet a = CreateObject("b.c")\r\n')],
    ['script', Buffer.from('var a = new ActiveXObject("b.c");\n')],
    ['text', Buffer.from('We set the value with CreateObject("b.c") in it.\n')],
    ['rtf', Buffer.from(' \r\n{\\rt1')],
    ['pdf', Buffer.concat([Buffer.from('junk\n'), buildPdf(['<</Type /Catalog>>'])])],
    ['unknown', hex('8899aabb')],
    ['empty', Buffer.alloc(0)],
  ])('%s (%#)', (type, bytes) => {
    expect(identify(bytes)[0]).toBe(type)
  })

  it('and stay answered when they are cut off anywhere', () => {
    for (const whole of [emf(), bmp(), tar().subarray(0, 600), hex('0908 0800 0005 0500', 20), Buffer.from('CWS\u000a\u0000\u0001\u0000\u0000\u0000')])
      for (let length = 0; length < whole.length; length++) expect(identify(whole.subarray(0, length))).not.toHaveLength(0)
  })
})

describe('bytes that are two formats', () => {
  const zip = buildZip([{ name: 'a.txt', bytes: Buffer.from('text') }])
  const page = '<script>1</script>'
  it.each<[string, Buffer, readonly ContentType[]]>([
    ['an archive behind a picture', Buffer.concat([hex('89504e470d0a1a0a'), zip]), ['png', 'zip']],
    ['an archive behind a PDF', Buffer.concat([buildPdf(['<<>>']), zip]), ['pdf', 'zip']],
    ['an archive behind a compound file', Buffer.concat([buildCfb([{ path: ['a'], bytes: Buffer.from('a') }]), zip]), ['cfb', 'zip']],
    ['a PDF before the entries of an archive', Buffer.concat([zip.subarray(0, 35), Buffer.from('%PDF-1.7 '), zip.subarray(44)]), ['zip']],
    ['a PDF in front of an archive', Buffer.concat([zip, Buffer.from('%PDF-1.7')]), ['zip', 'pdf']],
    ['a page in a link', Buffer.concat([hex('4c0000000114020000000000c000000000000046'), Buffer.from('<hta:application>')]), ['lnk', 'html']],
    ['a page behind an archive', Buffer.concat([zip, Buffer.from(page)]), ['zip', 'html']],
    ['a page as an entry', buildZip([{ name: 'a.html', bytes: Buffer.from(page) }]), ['zip']],
    ['an archive as a stream of a PDF', buildPdf([{ dictionary: '', data: zip }]), ['pdf']],
    ['an archive inside a compound file', buildCfb([{ path: ['a'], bytes: zip }]), ['cfb']],
  ])('%s', (_, bytes, types) => {
    expect(identify(bytes)).toEqual(types)
  })
})
