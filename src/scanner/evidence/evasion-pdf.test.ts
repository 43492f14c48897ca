import { deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { buildPdf, objectStream } from '#test/harness/documents.ts'
import { imagePdf, jbig2Segment, singFont } from '#test/harness/documents/pdf.ts'
import { scriptedPdf, tiffOf, xfaScript } from '#test/harness/documents/pdf-scripts.ts'

/** Ways in which PDFs of the wild hide what they do; each must be named as if it did not hide. */

const named = (bytes: Buffer) => scanBytes(bytes).verdict.cve.map(({ id }) => id)
const cases = <T>(of: Readonly<Record<string, T>>) => Object.entries(of)

describe('a call', () => {
  it.each(
    cases({
      'by index': `util["printf"]("%45000f", 1)`,
      'by pieces': `this["ut" + "il"]["pri" + "ntf"]("%" + "45000f", 1)`,
      'by another name': `var u = util, f = "printf"; u[f]("%45000f", 1)`,
      'kept as a function': `var p = util.printf; p("%45000f", 1)`,
      'by call': `util.printf.call(util, "%45000f", 1)`,
      'by apply': `util.printf.apply(util, ["%45000f", 1])`,
      'behind a comma': `(0, util.printf)("%45000f", 1)`,
      'from a list': `var a = ["util", "printf", "%45000f"]; this[a[0]][a[1]](a[2], 1)`,
      'in a catch': `try { throw "x" } catch (e) { util.printf("%45000f", 1) }`,
      'of the document': `app.doc.util.printf("%45000f", 1)`,
      'of the event': `event.target.util.printf("%45000f", 1)`,
      'with flags and a precision': `util.printf("%,045000.45000f", 1)`,
      'in a constructor of functions': `new Function("util.printf('%45000f', 1)")()`,
      'in a timer': `app.setTimeOut("util.printf('%45000f', 1)", 10)`,
      'through eval in pieces': `this["e" + "val"]("util.print" + "f('%45000f', 1)")`,
      'through the eval of another object': `app["ev" + "al"]("util.printf('%45000f', 1)")`,
      'with letters taken out': `eval("uXtilX.priXntf('%45000f', 1)".replace(/X/g, ""))`,
      'with percent signs': `eval(unescape("%75%74%69%6c%2e%70%72%69%6e%74%66%28%27%2545000f%27%2c%31%29"))`,
      'behind an exclusive or': `var s = "", c = "tuhm/qshoug"; for (var i = 0; i < c.length; i++) s += String.fromCharCode(c.charCodeAt(i) ^ 1); eval(s + "('%45000f', 1)")`,
      'with a table of texts that turns until a sum fits': `(function (f, n) { var g = b, t = f(); while (!![]) { try { if (-parseInt(g(1)) + parseInt(g(2)) / 2 === n) break; else t["push"](t["shift"]()) } catch (e) { t["push"](t["shift"]()) } } })(a, -1); function b(i) { var t = a(); return b = function (j) { return t[j] }, b(i) } function a() { var t = ["util", "2a", "2b", "printf", "%45000f"]; a = function () { return t }; return a() } this[b(0)][b(3)](b(4), 1)`,
      'in steps that a loop puts in order': `var o = "2|0|1".split("|"), i = 0; while (true) { switch (o[i++]) { case "0": f = "%45000f"; continue; case "1": util.printf(f, 1); continue; case "2": var f; continue } break }`,
      'from numbers of another base': 'this[(30 * 46656 + 29 * 1296 + 18 * 36 + 21).toString(36)].printf("%45000f", 1)',
      'with escapes': 'this["\\x75\\x74\\x69\\x6c"]["\\u0070rintf"]("\\45\\64\\65000f", 1)',
      'within with': 'with (util) { printf("%45000f", 1) }',
      'by a digit string of the version':
        'var v = app.viewerVersion.toString().replace(/\\D/g, ""); while (v.length < 4) v += "0"; if (parseInt(v, 10) <= 8120) util.printf("%45000f", 1)',
      'for one version only': `if (app.viewerVersion == 8.12) util.printf("%45000f", 1)`,
    }),
  )('%s is the call that it is', (_, source) => {
    expect(named(scriptedPdf(source))).toEqual(['CVE-2008-2992'])
  })
})

const SCRIPT = "util.printf('%45000f',1)"
const text = (source: string) => `(${source.replaceAll(/[()\\]/g, '\\$&')})`
const stream = (data: string | Buffer, dictionary = '') => ({ dictionary, data: Buffer.from(data) })
const bigEndian = (source: string) => Buffer.from(`\ufeff${source}`, 'utf16le').swap16()
const opening = (script: string, ...more: (string | { dictionary: string; data: Buffer })[]) =>
  buildPdf([`<</Type /Catalog /Pages 2 0 R /OpenAction <</S /JavaScript /JS ${script}>>>>`, '<</Type /Pages /Kids [3 0 R] /Count 1>>', ...more])
const packets = (...parts: readonly string[]) =>
  buildPdf([`<</Type /Catalog /AcroForm <</XFA [${parts.map((_, i) => `(p${i}) ${i + 2} 0 R`).join(' ')}]>>>>`, ...parts.map((part) => stream(part))])

describe('a script', () => {
  it.each(
    cases({
      'in octal numbers': opening(`(${Array.from(SCRIPT, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`).join('')})`),
      'in hexadecimal': opening(`<${Buffer.from(SCRIPT).toString('hex')}>`),
      'in two bytes a character': opening(`<${bigEndian(SCRIPT).toString('hex')}>`),
      'in a stream of two bytes a character': opening('3 0 R', stream(bigEndian(SCRIPT))),
      'under names with #xx': buildPdf([`<</Type /C#61talog /#4fpenAction <</#53 /J#61v#61Script /#4aS ${text(SCRIPT)}>>>>`]),
      'in an object stream': buildPdf(['<</Type /Catalog /OpenAction 9 0 R>>', objectStream({ 9: `<</S /JavaScript /JS ${text(SCRIPT)}>>` })]),
      'behind another action': buildPdf([`<</Type /Catalog /OpenAction <</S /GoTo /D [0] /Next <</S /JavaScript /JS ${text(SCRIPT)}>>>>>>`]),
      'of a rendition': buildPdf([`<</Type /Catalog /OpenAction <</S /Rendition /OP 0 /JS ${text(SCRIPT)}>>>>`]),
      'of a field': buildPdf(['<</Type /Catalog /AcroForm <</Fields [2 0 R]>>>>', `<</FT /Tx /T (f) /AA <</C <</S /JavaScript /JS ${text(SCRIPT)}>>>>>>`]),
      'in a tree of names, behind two filters': buildPdf([
        '<</Type /Catalog /Names <</JavaScript 2 0 R>>>>',
        '<</Kids [3 0 R]>>',
        '<</Names [(a) 4 0 R]>>',
        '<</S /JavaScript /JS 5 0 R>>',
        stream(deflateSync(Buffer.from(SCRIPT).toString('hex')), '/Filter [/FlateDecode /ASCIIHexDecode]'),
      ]),
      'in the title': opening(text('eval(this.info.title)'), '<</Type /Page>>', `<</Title ${text(SCRIPT)}>>`),
      'in an entry of its own of the information': opening(text('eval(this.info["Fo"+"o"])'), '<</Type /Page>>', `<</Title (a) /Foo ${text(SCRIPT)}>>`),
      'in the producer, by its short name': opening(text('eval(this.producer)'), '<</Type /Page>>', `<</Producer ${text(SCRIPT)}>>`),
      'in the subject of an annotation': opening(
        text('app.doc.syncAnnotScan(); var a = app.doc.getAnnots({ nPage: 0 }); eval(a[0].subject)'),
        '<</Type /Page /Annots [4 0 R]>>',
        '<</Type /Annot /Subtype /Text /Rect [0 0 1 1] /Subj 5 0 R>>',
        stream(SCRIPT),
      ),
      'in the text of one annotation': opening(
        text('eval(this.getAnnot(0, "x").contents)'),
        '<</Type /Page /Annots [4 0 R]>>',
        `<</Type /Annot /Subtype /Text /Rect [0 0 1 1] /NM (x) /Contents ${text(SCRIPT)}>>`,
      ),
      'in the value of a field': opening(text('eval(this.getField("f").value)'), '<</Type /Page>>', `<</FT /Tx /T (f) /V ${text(SCRIPT)}>>`),
      'in a form of three packets': packets('<xdp:xdp xmlns:xdp="x">', `<template><subform>${xfaScript(SCRIPT)}</subform></template>`, '</xdp:xdp>'),
      'cut up over three packets': packets('<xdp><script contentType="application/x-javascript">util.pr', "intf('%45000f',", '1)</script></xdp>'),
      'in a form with prefixes': packets(`<x:xdp><t:template><t:script t:contentType='application/x-javascript'>${SCRIPT}</t:script></t:template></x:xdp>`),
    }),
  )('%s is run', (_, bytes) => {
    expect(named(bytes)).toEqual(['CVE-2008-2992'])
  })
})

describe('a picture of a form', () => {
  const tiff = tiffOf([[336, 204, 8]]).toString('base64')

  it.each(
    cases({
      'in the data': packets(`<xfa:data><ImageField1 xfa:contentType="image/tif" href="">${tiff}</ImageField1></xfa:data>`),
      'under another type': packets(`<xfa:data><ImageField1 xfa:contentType="text/plain">${tiff}</ImageField1></xfa:data>`),
      'cut up over two packets': packets(`<template><image contentType="image/tif">${tiff.slice(0, 12)}`, `${tiff.slice(12)}</image></template>`),
    }),
  )('%s is looked at', (_, bytes) => {
    expect(named(bytes)).toEqual(['CVE-2010-0188'])
  })
})

describe('what lies in a stream', () => {
  it('is found behind several filters, in no image, and without its end', () => {
    const segment = jbig2Segment({ number: 0x2050ff, type: 0, page: 0x690000 })
    expect(named(imagePdf('JBIG2Decode', segment))).toEqual(['CVE-2009-0658'])
    const packed = deflateSync(segment.subarray(0, 14).toString('hex'))
    const contents = stream(packed, '/Filter [ /FlateDecode /ASCIIHexDecode /JBIG2Decode ]')
    expect(named(buildPdf(['<</Type /Catalog /Pages 2 0 R>>', '<</Type /Pages /Kids [3 0 R]>>', '<</Type /Page /Contents [4 0 R]>>', contents]))).toEqual([
      'CVE-2009-0658',
    ])
  })

  it('is found where the predictor is written with zeros in front, and in fonts of fonts', () => {
    const parameters = '/DecodeParms <</Columns 1/Predictor 02/Colors 1073741838/BitsPerComponent 8>> /Filter/FlateDecode'
    expect(named(buildPdf(['<</Type /Catalog>>', stream(deflateSync(Buffer.alloc(64)), parameters)]))).toEqual(['CVE-2009-3459'])
    const font = stream(`${deflateSync(singFont(Buffer.alloc(60, 65))).toString('hex')}>`, '/Filter [/ASCIIHexDecode /FlateDecode]')
    const chain = [
      '<</Type /Font /Subtype /Type0 /DescendantFonts [3 0 R]>>',
      '<</Type /Font /Subtype /CIDFontType2 /FontDescriptor 4 0 R>>',
      '<</FontFile2 5 0 R>>',
    ]
    expect(named(buildPdf(['<</Type /Catalog>>', ...chain, font]))).toEqual(['CVE-2010-2883'])
    const matrix = '[1 2 3 4 5 (1\\); alert\\(1\\))]'
    expect(named(buildPdf(['<</Type /Catalog>>', '<</Type /Font /Subtype /Type1 /FontMatrix 3 0 R>>', matrix]))).toEqual(['CVE-2024-4367'])
  })
})
