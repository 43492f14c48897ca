import { describe, expect, it } from 'vitest'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import {
  buildCfb,
  buildDocx,
  buildEquation,
  buildOle1,
  buildPdf,
  buildRtf,
  equationObject,
  fontRecord,
  matrixRecord,
  relationships,
} from '#test/harness/documents.ts'
import { buildWordBody } from '#test/harness/documents/ooxml.ts'
import { linkObject, rtfLink, scriptMoniker, soapMoniker, urlMoniker } from '#test/harness/documents/ole-links.ts'
import { buildShellLink, controlPanelItems, folderBlock } from '#test/harness/documents/shell-link.ts'
import { scriptedPdf } from '#test/harness/documents/pdf-scripts.ts'

/** The CVEs that are named, and beside them those that are candidates. */
function answer(bytes: Buffer): [string[], string[]] {
  const { cve, candidates } = scanBytes(bytes).verdict
  return [cve.map(({ id }) => id), candidates.map(({ id }) => id)]
}
const named = (bytes: Buffer) => answer(bytes)[0]

const font = (length: number) => fontRecord(Buffer.alloc(length, 0x41))
const object = (data: Buffer, words = '\\objemb', name = 'Equation.3') => `{\\object${words}{\\*\\objdata ${buildOle1(name, data).toString('hex')}}}`
const rtf = (...parts: readonly string[]) => Buffer.from(`{\\rtf1 ${parts.join('')}}`, 'latin1')
const link = (moniker: Buffer) => object(linkObject(moniker), '\\objautlink\\objupdate', 'OLE2Link')

describe('a document with several exploits', () => {
  it('names each of them with its own proof, and nothing else', () => {
    const document = rtf(
      object(equationObject(font(0x2f))),
      object(equationObject(font(0x95))),
      object(equationObject(matrixRecord(3, 40))),
      '{\\*\\listoverridetable{\\listoverride\\listoverridecount25}}',
      '\\dfrxst1'.repeat(40),
      link(urlMoniker('http://host.example/')),
      link(soapMoniker('wsdl=http://host.example/a')),
    )
    const { verdict } = scanBytes(document)
    expect(verdict.cve.map(({ id }) => id)).toEqual([
      'CVE-2014-1761',
      'CVE-2016-7193',
      'CVE-2017-0199',
      'CVE-2017-11882',
      'CVE-2017-8759',
      'CVE-2018-0798',
      'CVE-2018-0802',
    ])
    const places = verdict.cve.flatMap(({ findings }) => findings)
    expect(new Set(places).size).toBe(places.length)
  })

  it('of scripts names each call that was made', () => {
    const source = `var s = unescape("%u0c0c"); while (s.length < 20000) s += s; Collab.getIcon("N." + s); util.printf("%45000f", 1); media.newPlayer(null)`
    expect(named(scriptedPdf(source))).toEqual(['CVE-2008-2992', 'CVE-2009-0927', 'CVE-2009-4324'])
  })
})

describe('the same container with the structure of the sibling', () => {
  const tails = [1, 7, 0x35, 0x3c5].map((seed) => Buffer.from(Array.from({ length: 900 }, (_, i) => (i * seed * 37 + (i >> 3)) & 0xff)))

  it.each(tails.map((tail, i) => [i, tail] as const))('names one CVE of the Equation Editor, whatever data follow (%i)', (_, tail) => {
    const behind = (record: Buffer) => equationObject(Buffer.concat([record, tail]))
    expect(named(behind(font(0x2f)))).toEqual(['CVE-2017-11882'])
    expect(named(behind(font(0x95)))).toEqual(['CVE-2018-0802'])
    expect(named(behind(matrixRecord(3, 40)))).toEqual(['CVE-2018-0798'])
  })

  it('lists what follows an overflow in the same equation as a candidate', () => {
    expect(answer(equationObject(Buffer.concat([matrixRecord(3, 40), font(0x95)])))).toEqual([['CVE-2018-0798'], ['CVE-2018-0802']])
    expect(answer(equationObject(Buffer.concat([font(0x2f), font(0x95)])))).toEqual([['CVE-2017-11882'], ['CVE-2018-0802']])
    // Ordinary records in front of it change nothing.
    expect(answer(equationObject(Buffer.concat([font(0x20), matrixRecord(3, 3), font(0x95)])))).toEqual([['CVE-2018-0802'], []])
  })

  it('lists what cannot be told apart beside what is named, and not beside a candidate', () => {
    const levels = (count: number) => rtf(`{\\*\\listoverridetable{\\listoverride\\listoverridecount${count}}}`)
    expect(answer(levels(25))).toEqual([['CVE-2014-1761'], ['CVE-2012-2539']])
    expect(answer(levels(5))).toEqual([[], ['CVE-2014-1761']])
    expect(answer(scriptedPdf('util.printf("%45000f", 1)'))).toEqual([['CVE-2008-2992'], ['CVE-2008-1104']])
  })

  it('tells the three faults of links to control panel files apart', () => {
    const items = (file: string) => controlPanelItems(file, 0)
    expect(named(buildShellLink({ items: items('E:\\a.dll') }))).toEqual(['CVE-2010-2568'])
    expect(named(buildShellLink({ items: items('E:\\a.dll'), extra: folderBlock(5) }))).toEqual(['CVE-2010-2568'])
    expect(named(buildShellLink({ items: items('E:\\a.dll'), extra: folderBlock(3) }))).toEqual(['CVE-2017-8464'])
    const long = `E:\\${'a'.repeat(250)}.dll`
    expect(named(buildShellLink({ items: items(long) }))).toEqual(['CVE-2015-0096'])
    expect(named(buildShellLink({ items: items(long.slice(1)) }))).toEqual(['CVE-2010-2568'])
    expect(named(buildShellLink({ items: items(long), extra: folderBlock(3) }))).toEqual(['CVE-2017-8464'])
  })

  it('tells a linked address, a SOAP service, a script and MHTML with a control apart', () => {
    const one = (moniker: Buffer) => named(rtfLink(moniker))
    expect(one(urlMoniker('http://host.example/a'))).toEqual(['CVE-2017-0199'])
    expect(one(urlMoniker('http://host.example/a?soap:wsdl=b'))).toEqual(['CVE-2017-0199'])
    expect(one(urlMoniker('soap:wsdl=http://host.example/a'))).toEqual(['CVE-2017-8759'])
    expect(one(soapMoniker('wsdl=http://host.example/a'))).toEqual(['CVE-2017-8759'])
    expect(one(scriptMoniker('script:http://host.example/a'))).toEqual(['CVE-2017-0199'])
    expect(one(urlMoniker('mhtml:http://host.example/a!x-usc:http://host.example/b'))).toEqual(['CVE-2021-40444'])
  })
})

describe('a document that only looks like an exploit', () => {
  it('is an equation with the longest names and the largest matrices that are allowed', () => {
    const records = [font(0x1f), font(0x28), matrixRecord(31, 31), matrixRecord(2, 31)]
    for (const record of records) expect(answer(equationObject(record))).toEqual([[], []])
    expect(answer(equationObject(Buffer.concat(records)))).toEqual([[], []])
  })

  it('is a script with wide fields, small numbers, ordinary names and texts about exploits', () => {
    for (const source of [
      'util.printf("%12.2f|%-100.2f|%,0 20.4f", 1, 2, 3)',
      'util.printf("%999f", 1)',
      'util.printf("100%%45000f", 1)',
      'util.printf("%s", "%45000f")',
      'util.printf("%5000d", 1)',
      'var text = "util.printf(\'%45000f\')"; app.alert(text)',
      'function never() { util.printf("%45000f", 1) }',
      'if (false) media.newPlayer(null)',
      'app.media.newPlayer({ events: null })',
      'Collab.getIcon("N." + "icon")',
      'var s = "a"; while (s.length < 100000) s += s; Collab.getIcon(s)',
      'Collab.collectEmailInfo({ to: "a@host.example", msg: "short" })',
      'getAnnots({ nPage: 0 }); getAnnots(0, 1)',
      'spell.customDictionaryOpen(0, "/C/dictionary")',
      'app.addToolButton({ cName: "a", cExec: "1", cEnable: "app.removeToolButton({ cName: \'b\' })" })',
      'this.exportXFAData({ cPath: "/c/form.xml" })',
    ])
      expect([source, named(scriptedPdf(source))]).toEqual([source, []])
  })

  it('is a document with links to its own machine or to pages', () => {
    const to = (target: string, type = 'oleObject') => named(buildDocx({ 'word/_rels/document.xml.rels': relationships(type, target) }))
    for (const target of [
      'file:///C:/a.docx',
      'C:\\a.docx',
      'file://localhost/c$/a.docx',
      'http://host.example/a.docx',
      'https://host.example/mhtml:a!x-usc:b',
      'mhtml:http://host.example/a',
      'http://host.example/a.html!',
      'http://host.example/?soap:wsdl=',
      'http://host.example/?script:http://b',
    ])
      expect([target, to(target)]).toEqual([target, []])
    expect(to('https://host.example/template.dotx', 'attachedTemplate')).toEqual([])
    expect(to('mhtml:http://host.example/a!x-usc:b', 'hyperlink')).toEqual([])
    expect(named(rtfLink(urlMoniker('file:///C:/a.docx')))).toEqual([])
    expect(named(rtfLink(urlMoniker('http://host.example/a'), '\\objautlink'))).toEqual([])
  })

  it('is a PDF that goes to a file of its own machine, or that waits for a click', () => {
    const going = (file: string, key = 'OpenAction') => named(buildPdf([`<</Type /Catalog /${key} <</S /GoToR /F (${file.replaceAll('\\', '\\\\')})>>>>`]))
    expect(going('\\\\host.example\\share\\a.pdf')).toEqual(['CVE-2018-4993'])
    for (const file of [
      'file://C:/a.pdf',
      'file:///C:/a.pdf',
      'file://localhost/c/a.pdf',
      '\\\\127.0.0.1\\c\\a.pdf',
      '\\\\.\\C:\\a.pdf',
      'C:\\a.pdf',
      '/C/a.pdf',
      'a.pdf',
    ])
      expect([file, going(file)]).toEqual([file, []])
    expect(going('\\\\host.example\\share\\a.pdf', 'Other')).toEqual([])
  })

  it('is a shortcut to a file of its own machine', () => {
    for (const url of ['file:///C:/a.vbs', 'file://C:/a.vbs', 'file://localhost/c$/a.vbs', 'file://127.0.0.1/a/a.vbs', 'file://[::1]/a/a.zip/a.vbs'])
      expect([url, named(Buffer.from(`[InternetShortcut]\r\nURL=${url}\r\n`))]).toEqual([url, []])
    const local = '[InternetShortcut]\r\nURL=C:\\Windows\\notepad.exe\r\nWorkingDirectory='
    for (const folder of ['C:\\', '\\\\localhost\\c$', '%userprofile%']) expect(named(Buffer.from(`${local}${folder}\r\n`))).toEqual([])
  })

  it('is a Word document with smart tags, fonts and ranges as Word writes them', () => {
    for (const body of [
      '<w:smartTag w:uri="urn:x" w:element="place"><w:bookmarkStart w:id="4294967295" w:name="a" w:displacedByCustomXml="next"/></w:smartTag>',
      '<w:smartTag w:uri="urn:x" w:element="&#x5730;&#x5740;"><w:bookmarkStart w:id="12" w:name="a" w:displacedByCustomXml="next"/></w:smartTag>',
      '<w:smartTag w:uri="urn:x" w:element="&#x5730;&#x5740;"><w:bookmarkStart w:id="-1" w:name="a"/></w:smartTag>',
      '<w:object><o:OLEObject Type="Embed" ProgID="Equation.3"/></w:object><w:font w:name="a"><o:idmap/></w:font>',
      '<o:OLEObject><w:font w:name="a"/><o:idmap/></o:OLEObject>',
    ])
      expect([body, named(buildWordBody(body))]).toEqual([body, []])
  })

  it('is an RTF with lists, shapes and fonts as Word writes them', () => {
    for (const text of [
      '{\\*\\listoverridetable{\\listoverride\\listid1\\listoverridecount0\\ls1}{\\listoverride\\listid2\\listoverridecount9\\ls2}}',
      '{\\shp{\\sp{\\sn pFragments}{\\sv 2;16;0200040010000000}}{\\sp{\\sn pVerticies}{\\sv 8;4;(0,0);(1,1)}}}',
      '{\\shp{\\sp{\\sn pFragments}{\\sv }}}',
      `{\\fonttbl${Array.from({ length: 300 }, (_, i) => `{\\f${i} Arial;}`).join('')}}`,
      '\\dfrstart1\\dfrxst65\\dfrxst66\\dfrstop1'.repeat(20),
    ])
      expect([text, named(rtf(text))]).toEqual([text, []])
  })

  it('is a stream with the name of an equation that holds something else', () => {
    for (const bytes of [Buffer.alloc(400, 0x41), Buffer.from('plain text '.repeat(40)), buildEquation(Buffer.alloc(0)).subarray(0, 30)])
      expect(named(buildCfb([{ path: ['Equation Native'], bytes }]))).toEqual([])
    expect(named(buildRtf(buildOle1('Word.Document.8', Buffer.alloc(400, 8)).toString('hex')))).toEqual([])
  })
})
