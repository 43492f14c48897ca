import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { ScanReport } from '#scanner/verdict/contract.ts'
import { buildVba } from '#test/harness/documents.ts'
import { buildRawZip, type Entry } from '#test/harness/documents/archives.ts'

const vba = buildVba({ ThisDocument: 'Sub Document_Open()\r\n  Shell "calc"\r\nEnd Sub\r\n' })
const text = Buffer.from('an ordinary text of some length, an ordinary text of some length')
const scan = (entries: readonly Entry[], { prefix = Buffer.alloc(0), passwords = [] as string[] } = {}) =>
  ScanReport.parse(scanBytes(buildRawZip(entries, prefix), { passwords }))
const fields = ({ verdict: { seen } }: ScanReport) => seen.map(({ field }) => field)
const why = ({ verdict: { not_checked } }: ScanReport) => not_checked.map((one) => one.why)
const macros = ({ verdict: { techniques } }: ScanReport) => techniques.some(({ id }) => id === 'vba-autoexec')

describe('an archive', () => {
  it('that is what it seems has no finding', () => {
    const report = scan([
      { name: 'a/b.txt', bytes: text },
      { name: 'a/../c.txt', bytes: text, stored: true },
      { name: '/word/d.txt', bytes: text },
      { name: 'e', bytes: Buffer.from('b.txt'), link: true },
    ])
    expect([fields(report), why(report)]).toEqual([[], []])
  })

  it.each(['../a.txt', 'a/../../b.txt', '..\\a.txt', 'C:\\a.txt', '\\\\host.example\\share\\a'])('with the name %s writes outside its folder', (name) => {
    const report = scan([{ name, bytes: text }])
    expect(report.verdict).toMatchObject({ exploit: 'technique-only', techniques: [{ id: 'archive-trick' }], seen: [{ field: 'traversal' }] })
  })

  it('with a link out of its folder says so', () => {
    expect(scan([{ name: 'a/b', bytes: Buffer.from('../../etc'), link: true }]).verdict.seen).toMatchObject([{ field: 'link', value: 'leads to ../../etc' }])
    expect(fields(scan([{ name: 'a/b', bytes: Buffer.from('../c'), link: true }]))).toEqual([])
  })

  it('whose headers disagree is read both ways, and says so', () => {
    const report = scan([{ name: 'a.bin', bytes: vba, stored: true, local: { method: 8 } }])
    expect([fields(report).includes('headers'), macros(report), why(report).length > 0]).toEqual([true, true, true])
    expect(fields(scan([{ name: 'a.txt', bytes: text, local: { name: 'b.exe' } }]))).toEqual(['headers'])
    expect(fields(scan([{ name: 'a.txt', bytes: text, local: { size: 7 } }]))).toEqual(['headers'])
  })

  it('that hides an entry from its directory shows it', () => {
    const report = scan([
      { name: 'a.txt', bytes: text },
      { name: 'b.bin', bytes: vba, unlisted: true },
      { name: 'c.txt', bytes: text.subarray(1) },
    ])
    expect([fields(report).includes('unlisted'), macros(report)]).toEqual([true, true])
  })

  it('whose entries overlap says so', () => {
    const report = scan([
      { name: 'a.txt', bytes: text, stored: true },
      { name: 'a.txt', bytes: text, stored: true, offset: 0 },
    ])
    expect(fields(report)).toEqual(expect.arrayContaining(['overlap', 'same-name']))
    expect(why(report)).toContain('entries overlap')
  })

  it('behind other bytes is read, and says so', () => {
    const report = scan([{ name: 'a.bin', bytes: vba }], { prefix: Buffer.from('8899aabbccddeeff00112233', 'hex') })
    expect([fields(report).includes('prepended'), macros(report)]).toEqual([true, true])
  })
})

describe('an encrypted entry', () => {
  it.each<[string, Partial<Entry>]>([
    ['of the traditional scheme', {}],
    ['of AES with 128 bits', { aes: 1 }],
    ['of AES with 256 bits', { aes: 3 }],
  ])('%s opens with its password alone', (_, scheme) => {
    const entry = { name: 'a.bin', bytes: vba, password: 'secret', ...scheme }
    const open = scan([entry], { passwords: ['wrong', 'secret'] })
    expect([macros(open), why(open)]).toEqual([true, []])
    const shut = scan([entry], { passwords: ['wrong'] })
    expect([macros(shut), shut.verdict.not_checked.map(({ reason }) => reason)]).toEqual([false, ['encrypted']])
  })
})

const whole = buildRawZip([
  { name: 'a.bin', bytes: vba },
  { name: 'b', bytes: text, password: 'x' },
  { name: 'c', bytes: text, password: 'x', aes: 1 },
])
test.prop([fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 8 })], { numRuns: 100 })(
  'an archive with changed bytes is answered',
  (changes) => {
    const copy = Buffer.from(whole)
    for (const [at, value] of changes) copy[at] = value
    ScanReport.parse(scanBytes(copy, { passwords: ['x'] }))
  },
)
test.prop([fc.nat({ max: whole.length })], { numRuns: 60 })('an archive that is cut off is answered', (length) => {
  ScanReport.parse(scanBytes(whole.subarray(0, length), { passwords: ['x'] }))
})
