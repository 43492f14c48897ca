import { describe, expect, it } from 'vitest'
import { classBytes } from '#scanner/formats/ole-stream.ts'
import { OLE_CLASSES } from '#scanner/formats/ole-classes.ts'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { buildCfb, buildOle1, buildPackage, buildRtf, equationObject, fontRecord, buildEquation, nativeStream } from '#test/harness/documents.ts'
import {
  compositeMoniker,
  fileMoniker,
  linkObject,
  newMoniker,
  ole1Link,
  rtfLink,
  shellExplorer,
  shellLink,
  urlMoniker,
} from '#test/harness/documents/ole-links.ts'

const verdictOf = (bytes: Buffer) => scanBytes(bytes).verdict
const summary = (bytes: Buffer) => {
  const { exploit, cve, candidates } = verdictOf(bytes)
  return [exploit, cve.map(({ id }) => id), candidates.map(({ id }) => id)]
}
const ofClass = (clsid: string) => buildCfb([{ path: ['Contents'], bytes: Buffer.alloc(40, 1) }], { '': classBytes(clsid).toString('hex') })
const inRtf = (className: string, data: Buffer) => buildRtf(buildOle1(className, data).toString('hex'))

describe('a link', () => {
  it('to an address that updates itself in RTF names one CVE, with the other that uses the same document as a candidate', () => {
    expect(summary(rtfLink(urlMoniker('https://host.example/')))).toEqual(['attempted', ['CVE-2017-0199'], ['CVE-2018-8174']])
    expect(verdictOf(rtfLink(urlMoniker('https://host.example/'))).cve[0]!.confidence).toBe(70)
  })

  it('to an address outside RTF, or that waits, is a technique with a candidate', () => {
    expect(summary(linkObject(urlMoniker('http://host.example/'), 1))).toEqual(['technique-only', [], ['CVE-2017-0199']])
    expect(summary(rtfLink(urlMoniker('http://host.example/'), '\\objautlink'))).toEqual(['technique-only', [], ['CVE-2017-0199']])
  })

  it('that updates itself in RTF but is no OLE 2 link names nothing', () => {
    const other = buildCfb([{ path: ['\u0001Ole'], bytes: Buffer.concat([Buffer.alloc(28), urlMoniker('http://host.example/')]) }])
    const rtf = Buffer.from(`{\\rtf1{\\object\\objupdate{\\*\\objdata ${buildOle1('Word.Document.8', other).toString('hex')}}}}`)
    expect(summary(rtf)).toEqual(['technique-only', [], ['CVE-2017-0199']])
  })

  it('counts as updated by itself when any group with the same bytes says so', () => {
    const hex = buildOle1('OLE2Link', linkObject(urlMoniker('http://host.example/'))).toString('hex')
    const object = (words: string) => `{\\object${words}{\\*\\objdata ${hex}}}`
    expect(summary(Buffer.from(`{\\rtf1${object('\\objemb')}${object('\\objautlink\\objupdate')}}`))[1]).toEqual(['CVE-2017-0199'])
    expect(summary(Buffer.from(`{\\rtf1${object('\\objemb')}${object('\\objautlink')}}`))[1]).toEqual([])
  })

  it('by the hundred is judged in a time that their number bounds', () => {
    const one = (i: number) => {
      const link = buildOle1(
        'OLE2Link',
        linkObject(compositeMoniker(fileMoniker(`C:\\${i}.sct`), newMoniker(), urlMoniker(`http://host.example/${i}`))),
      ).toString('hex')
      const written = buildOle1('Package', buildPackage(`x${i}.sct`, Buffer.from(`${i}`))).toString('hex')
      return `{\\object\\objupdate{\\*\\objdata ${link}}}{\\object{\\*\\objdata ${written}}}`
    }
    const rtf = Buffer.from(`{\\rtf1${Array.from({ length: 400 }, (_, i) => one(i)).join('')}}`)
    const before = process.cpuUsage()
    expect(verdictOf(rtf).cve.map(({ id }) => id)).toEqual(['CVE-2017-0199'])
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(2.5)
  })

  it('of OLE 1.0 is read, and a page that would lead to a handler is a candidate', () => {
    const rtf = (link: Buffer) => Buffer.from(`{\\rtf1{\\object\\objautlink\\objupdate{\\*\\objdata ${link.toString('hex')}}}}`)
    expect(summary(rtf(ole1Link('htmlfile', 'http://host.example/a.html!')))).toEqual(['technique-only', [], ['CVE-2022-30190']])
    expect(summary(rtf(ole1Link('Excel.Sheet.8', 'C:\\a.xls', 'A1')))).toEqual(['none-seen', [], []])
    expect(summary(rtf(ole1Link('Excel.Sheet.8', '\\\\host\\share\\a.xls')))).toEqual(['technique-only', [], []])
  })

  it('to a script component that nothing in the document writes is a candidate', () => {
    expect(summary(rtfLink(compositeMoniker(fileMoniker('%TMP%\\a.sct'), newMoniker())))).toEqual(['technique-only', [], ['CVE-2017-8570']])
    expect(summary(rtfLink(fileMoniker('%TMP%\\a.sct')))).toEqual(['none-seen', [], []])
  })
})

describe('a class', () => {
  it('alone lists candidates and names nothing, by its id and by its name', () => {
    const found = OLE_CLASSES.map(({ clsid, names, title }) => {
      const byId = summary(inRtf('Any.1', ofClass(clsid)))
      const byName = names.length === 0 ? byId : summary(inRtf(`${names[0]!}.1`, Buffer.alloc(40, 1)))
      expect([title, byName]).toEqual([title, byId])
      expect([title, byId[1]]).toEqual([title, []])
      return [title, byId[2]]
    })
    expect(Object.fromEntries(found)).toEqual({
      'OLE 2 link': [],
      'Shell.Explorer.1': ['CVE-2026-21509'],
      'Shockwave Flash': [],
      'ADODB.Recordset': [],
      'MSScriptControl.ScriptControl': [],
      'Control.TaskSymbol': ['CVE-2015-1642', 'CVE-2015-2424'],
      'MMC.IconControl': ['CVE-2015-2424'],
      'osf.Sandbox': ['CVE-2015-1770'],
      'osf.SandboxManager': ['CVE-2015-1770'],
      'osf.SandboxContent': ['CVE-2015-1770'],
      'UmOutlookAddin.FormRegionContext': ['CVE-2016-0042'],
      'UmOutlookAddin.FormRegionAddin': ['CVE-2016-0042'],
      'UmOutlookAddin.InspectorContext': ['CVE-2016-0042'],
      'UmOutlookAddin.RoomsCTP': ['CVE-2016-0042'],
      'UmOutlookAddin.ButtonBar': ['CVE-2016-0042'],
      'UmOutlookAddin.PlayOnPhoneDlg': ['CVE-2016-0042'],
      'BCSAddin.Connect': ['CVE-2016-0042'],
      'BCSAddin.ManageSolutionHelper': ['CVE-2016-0042'],
      'Microsoft.VbaAddin': ['CVE-2016-0042'],
      'class of wuaext.dll': ['CVE-2015-6128'],
      'second class of wuaext.dll': ['CVE-2015-6128'],
      'class of elsext.dll': ['CVE-2015-6128'],
      'second class of elsext.dll': ['CVE-2015-6128'],
      'class of oci.dll': ['CVE-2015-6128'],
      'class of mqrt.dll': ['CVE-2015-6128'],
      'UmOutlookAddin.UmEvmCtrl': ['CVE-2016-0042'],
      'otkloadr.WRAssembly': ['CVE-2015-1641'],
      'otkloadr.WRLoader': ['CVE-2015-1641'],
      'HTML application': [],
      'script component file': [],
    })
  })

  it('needs its companion where the exploit does', () => {
    const object = (name: string) => `{\\object{\\*\\objdata ${buildOle1(name, Buffer.alloc(40, 1)).toString('hex')}}}`
    expect(summary(Buffer.from(`{\\rtf1${object('ADODB.Recordset')}${object('ScriptControl')}}`))).toEqual(['technique-only', [], ['CVE-2015-0097']])
  })

  it('in the name of Shell.Explorer.1 with a link to a share is the exploit, in any container', () => {
    const state = shellLink('\\\\host.example@80\\share\\a.lnk')
    expect(summary(shellExplorer(state))).toEqual(['attempted', ['CVE-2026-21509'], []])
    const inside = buildCfb([{ path: ['ObjectPool', '_1', 'CONTENTS'], bytes: state }], {
      _1: classBytes('EAB22AC3-30C1-11CF-A7EB-0000C05BAE0B').toString('hex'),
    })
    expect(summary(inside)).toEqual(['attempted', ['CVE-2026-21509'], []])
  })
})

describe('an equation', () => {
  const long = buildEquation(fontRecord(Buffer.alloc(0x30, 0x41)))
  it('is found by the name of its class where its storage states none, whatever its size says', () => {
    const lying = nativeStream(long.subarray(28))
    lying.writeUInt32LE(3, 0)
    expect(summary(inRtf('eQuATiON.3', buildCfb([{ path: ['\u0001oLE10nATIVE'], bytes: lying }])))).toEqual(['attempted', ['CVE-2017-11882'], []])
    expect(summary(inRtf('Word.Picture.8', buildCfb([{ path: ['\u0001oLE10nATIVE'], bytes: nativeStream(long.subarray(28)) }])))[1]).toEqual([])
    expect(summary(inRtf('Equation.3', long))).toEqual(['attempted', ['CVE-2017-11882'], []])
  })

  it('that is announced as another class is noted', () => {
    const { notes } = verdictOf(inRtf('Equation.3', equationObject(fontRecord(Buffer.from('Times')))))
    expect(notes.map(({ id }) => id)).toEqual(['rtf-disguise'])
  })
})

describe('an RTF', () => {
  it('of numbers that only the specification forbids has candidates', () => {
    expect(summary(Buffer.from('{\\rtf1{\\*\\listoverridetable{\\listoverride\\listoverridecount5}}}'))).toEqual(['none-seen', [], ['CVE-2014-1761']])
    expect(summary(Buffer.from(`{\\rtf1 ${'\\dfrxst1'.repeat(20)}}`))).toEqual(['none-seen', [], ['CVE-2016-7193']])
  })

  it('opens a program behind its end', () => {
    const program = Buffer.alloc(256)
    program.write('MZ')
    program.writeUInt32LE(128, 60)
    program.write('PE\0\0', 128)
    program[255] = 0x41
    const { techniques, notes } = verdictOf(Buffer.concat([Buffer.from('{\\rtf1 x}\r\n'), program]))
    expect([techniques.map(({ id }) => id), notes.map(({ id }) => id)]).toEqual([['embedded-executable'], ['rtf-disguise']])
  })
})
