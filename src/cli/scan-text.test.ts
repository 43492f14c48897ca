import { describe, expect, it } from 'vitest'
import { scanLine } from '#scanner/reports/scan-line.ts'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { buildDocx, buildVba, buildZip, equationObject, fontRecord } from '#test/harness/documents.ts'
import { scanText } from './scan-text.ts'

const macro = buildVba({ M: 'Sub AutoOpen()\r\n  Shell "calc"\r\nEnd Sub' })
const document = buildDocx({
  'word/vbaProject.bin': macro,
  'word/embeddings/a.bin': equationObject(fontRecord(Buffer.alloc(0x30, 0x41))),
  'word/embeddings/b.zip': buildZip([...Array(9)].map((_, n) => ({ name: `${n}`, bytes: Buffer.from('x'), encrypted: true }))),
})
const lines = [
  scanLine('a\u001b[2J\u202eb.docm', undefined, scanBytes(document)),
  scanLine('none.txt', undefined, scanBytes(Buffer.from('text'))),
  scanLine('gone', undefined, { schema: 'vedette.scan/2', outcome: 'not-scanned', reason: { code: 'unreadable', detail: 'no such file' } }),
]
const written = (colour: boolean) => {
  const output = scanText({ colour })
  return lines.map((line) => output.line({ line, watched: true })).join('') + output.end()
}

describe('answers as sentences', () => {
  it('say of a file the gravest first, in one column, and what was not checked last', () => {
    const text = written(false).split('\n')
    expect(text[0]).toBe('attempted       a\\u001b[2J\\u202eb.docm (docx, not all of it checked): CVE-2017-11882')
    const labels = text.slice(1, text.indexOf('none-seen       none.txt (text)')).map((line) => line.slice(0, 16).trim())
    expect(labels.filter(Boolean)).toEqual(['CVE-2017-11882', 'high', ...Array(5).fill('not checked')])
    expect(text).toContain('                and 4 more, which --json shows')
    expect(text.slice(-6)).toEqual([
      'none-seen       none.txt (text)',
      'not scanned     gone',
      '                no such file',
      '',
      '3 files: 1 with an exploit (CVE-2017-11882), 0 with a technique only, 1 with none seen, 1 not scanned, 1 not wholly checked',
      '',
    ])
  })

  it('are coloured only where that is asked, and say the same then', () => {
    expect(written(false)).not.toContain('\u001b')
    expect(written(true)).toContain('\u001b[31m')
    // oxlint-disable-next-line no-control-regex -- the colours
    expect(written(true).replaceAll(/\u001b\[\d+m/g, '')).toBe(written(false))
  })
})
