import { describe, expect, it } from 'vitest'
import { checkObject } from '#exchange/stix/check.ts'
import { observableId } from '#exchange/stix/deterministic-id.ts'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import type { ScanLine } from '#scanner/verdict/contract.ts'
import { buildDocx, buildVba, equationObject, fontRecord, matrixRecord } from '#test/harness/documents.ts'
import { scanLine } from './scan-line.ts'
import { scanBytes } from './scan-report.ts'
import { stixBundle } from './stix.ts'

const exploit = buildDocx({ '1.bin': equationObject(fontRecord(Buffer.alloc(0x30, 0x41))), '2.bin': equationObject(matrixRecord(200, 2)) })
const macro = buildDocx({ 'word/vbaProject.bin': buildVba({ M: 'Sub AutoOpen()\r\nEnd Sub' }) })
const lineOf = (path: string, bytes: Buffer) => scanLine(path, undefined, scanBytes(bytes))
const gone = scanLine('gone', undefined, { schema: 'vedette.scan/2', outcome: 'not-scanned', reason: { code: 'unreadable', detail: 'no such file' } })

interface Bundle {
  type: string
  id: string
  objects: ({ type: string; id: string } & Record<string, unknown>)[]
}

function text(...lines: ScanLine[]): string {
  const bundle = stixBundle('0.0.0')
  return lines.map((line) => bundle.line(line)).join('') + bundle.end()
}
const write = (...lines: ScanLine[]) => JSON.parse(text(...lines)) as Bundle
const all = [lineOf('a.doc', exploit), lineOf('b.docm', macro), lineOf('c', Buffer.from('text')), gone]

describe('a STIX bundle', () => {
  it('holds objects that pass every check, and each that another speaks of', () => {
    const { type, id, objects } = write(...all)
    expect({ type, id }).toEqual({ type: 'bundle', id: expect.stringMatching(/^bundle--[0-9a-f-]{36}$/) })
    for (const object of objects) expect(checkObject(object)).toEqual({ object })
    const ids = new Set(objects.map((object) => object.id))
    expect(ids.size).toBe(objects.length)
    for (const [, reference] of JSON.stringify(objects).matchAll(/"[a-z_]+_refs?":\[?"([^"]+)"/g)) expect(ids).toContain(reference)
    for (const file of objects.filter((object) => object.type === 'file')) expect(observableId(file)).toBe(file.id)
  })

  it('names vulnerabilities only where their structure was seen, and calls nothing benign', () => {
    const of = (line: ScanLine) => write(line).objects
    const namesOf = (line: ScanLine) => of(line).flatMap(({ type, name }) => (type === 'vulnerability' ? [name] : []))
    const result = (line: ScanLine) => of(line).find(({ type }) => type === 'malware-analysis')?.['result']
    expect(namesOf(all[0]!)).toEqual(['CVE-2017-11882', 'CVE-2018-0798'])
    expect(of(all[0]!).filter(({ type }) => type === 'indicator')).toMatchObject([{ pattern: `[file:hashes.'SHA-256' = '${all[0]!.sha256}']` }])
    expect(of(all[1]!).map(({ type }) => type)).toEqual(['file', 'malware-analysis', 'note'])
    expect(all.slice(0, 3).map(result)).toEqual(['malicious', 'suspicious', 'unknown'])
    expect(of(gone)).toEqual([])
  })

  it('is the same for the same answers, and says nothing twice', () => {
    expect(text(...all)).toBe(text(...all))
    expect(write(all[0]!, all[0]!).objects).toEqual(write(all[0]!).objects)
    expect(text(lineOf('secret-name', exploit))).toBe(text(all[0]!))
  })

  it('carries the narrowest marking of the rules that found something', () => {
    const note = { id: 'yara', attack: [], severity: 'info' as const, why: 'A rule matches.', findings: [0] }
    const marked = (...tlps: ('GREEN' | 'RED')[]) => {
      const line = { ...all[2]!, verdict: { ...all[2]!.verdict, notes: tlps.map((tlp) => ({ ...note, tlp })) } }
      return write(line)
        .objects.filter(({ type }) => type !== 'file')
        .map((object) => object['object_marking_refs'])
    }
    expect(marked('GREEN', 'RED')).toEqual([[TLP_MARKINGS.RED], [TLP_MARKINGS.RED]])
    expect(marked()).toEqual([undefined, undefined])
  })
})
