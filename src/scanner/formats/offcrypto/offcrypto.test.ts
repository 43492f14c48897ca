import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { openCfb } from '#scanner/formats/cfb.ts'
import { Budget, Damaged, LIMITS, LimitReached } from '#scanner/intake/limits.ts'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { ScanReport } from '#scanner/verdict/contract.ts'
import { buildDocx, buildVba } from '#test/harness/documents.ts'
import { buildAgile, buildPresentation, buildStandard, buildWord, buildWorkbook, type StreamScheme } from '#test/harness/documents/encrypted.ts'
import { openPackage } from './package.ts'
import { Rc4 } from './rc4.ts'
import { openWord } from './word.ts'
import { xorKeys } from './xor-obfuscation.ts'

const OWN = 'VelvetSweatshop'
const vba = buildVba({ ThisDocument: 'Sub Document_Open()\r\n  Shell "calc"\r\nEnd Sub\r\n' })
const docx = buildDocx({ 'word/vbaProject.bin': vba, 'word/filler.bin': Buffer.alloc(9000, 7) })
const link = Buffer.concat([Buffer.from([0, 0, 11, 0, 0]), Buffer.from('cmd\u0003/c calc')])
const sheet = (name: string) => Buffer.concat([Buffer.from([0, 0, 0, 0, 2, 1, name.length, 0]), Buffer.from(name)])
const auto = Buffer.concat([Buffer.from([0x20, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])])
const records = [
  [0x85, sheet('Macro1')],
  [0x18, auto],
  [0x3c, Buffer.alloc(1500, 9)],
  [0x1ae, link],
] as const
const project = Buffer.concat([Buffer.from([0, 0, 0x11, 0x10]), Buffer.from([vba.length, vba.length >> 8, 0, 0]), vba])
const STREAMS: readonly StreamScheme[] = ['xor', 'rc4', 'rc4-40', 'rc4-128']

const scan = (bytes: Buffer, ...passwords: string[]) => ScanReport.parse(scanBytes(bytes, { passwords }))
const seen = ({ verdict: { techniques, not_checked } }: ScanReport) => [techniques.map(({ id }) => id), not_checked.map(({ reason }) => reason)]

it('the ciphers agree with what others computed', () => {
  expect(new Rc4(Buffer.from('Key')).apply(Buffer.from('Plaintext')).toString('hex')).toBe('bbf316e8d940af0ad3')
  expect(xorKeys('abc')).toMatchObject({ key: 20810, verifier: 52250 })
  expect([xorKeys(''), xorKeys('x'.repeat(16))]).toEqual([undefined, undefined])
})

describe('an encrypted Office Open XML document', () => {
  it.each([
    ['SHA1', 128, 'CBC'],
    ['SHA256', 192, 'CBC'],
    ['SHA384', 256, 'CBC'],
    ['SHA512', 256, 'CBC'],
    ['SHA512', 256, 'CFB'],
  ])('of %s and AES of %i bits in %s mode opens with its password and with no other', (hash, bits, mode) => {
    const bytes = buildAgile(docx, 'secret', { hash, bits, mode })
    expect(seen(scan(bytes, 'wrong', 'secret'))).toEqual([['vba-autoexec'], []])
    expect(seen(scan(bytes, 'wrong'))).toEqual([[], ['encrypted']])
  })

  it('of the older kind opens too', () => {
    expect(seen(scan(buildStandard(docx, OWN, 128)))).toEqual([['vba-autoexec'], []])
    expect(seen(scan(buildStandard(docx, OWN, 256)))).toEqual([['vba-autoexec'], []])
    expect(seen(scan(buildStandard(docx, 'secret', 128)))).toEqual([[], ['encrypted']])
  })

  it('that opens with the own password of Office says so, and a given password is told nobody', () => {
    expect(scan(buildAgile(docx, OWN)).verdict).toMatchObject({ exploit: 'technique-only', notes: [{ id: 'built-in-password' }] })
    expect(JSON.stringify(scan(buildAgile(docx, 'secret'), 'secret'))).not.toContain('secret')
    expect(scan(buildAgile(docx, 'secret'), 'secret').verdict.notes).toEqual([])
  })

  it('whose key takes more rounds than a scan may spend stays unopened', () => {
    const [info, content] = openCfb(buildAgile(docx, 'secret', { rounds: 5_000_000 }), new Budget()).entries.filter(({ kind }) => kind === 'stream')
    const cfb = openCfb(buildAgile(docx, 'secret', { rounds: 5_000_000 }), new Budget())
    expect(() => openPackage(cfb.read(info!), cfb.read(content!), ['secret'], new Budget())).toThrow(LimitReached)
    expect(scan(buildAgile(docx, 'secret', { rounds: 5_000_000 })).outcome).toBe('refused')
    expect(seen(scan(buildAgile(docx, 'secret', { rounds: 99_999_999 })))).toEqual([[], ['encrypted']])
  })
})

describe('an encrypted workbook', () => {
  it.each(STREAMS)('of scheme %s shows its links and macro sheets with its password alone', (scheme) => {
    const bytes = buildWorkbook(records, 'secret', scheme)
    expect(seen(scan(bytes, 'wrong', 'secret'))).toEqual([['excel4-macro', 'dde'], []])
    expect(seen(scan(bytes, 'wrong'))).toEqual([[], ['encrypted']])
    expect(seen(scan(buildWorkbook(records, OWN, scheme)))).toEqual([['excel4-macro', 'dde'], []])
  })
})

describe('an encrypted Word document', () => {
  const document = Buffer.from(Array.from({ length: 3000 }, (_, i) => (i < 68 ? 0 : (i * 7) & 255)))
  const table = Buffer.from(Array.from({ length: 2000 }, (_, i) => (i * 5) & 255))

  it.each(STREAMS)('of scheme %s is what it was before', (scheme) => {
    const cfb = openCfb(buildWord(document, table, 'secret', scheme), new Budget())
    const [main, zero] = ['WordDocument', '0Table'].map((name) => cfb.read(cfb.entries.find((entry) => entry.name === name)!))
    const streams = { document: main!, tables: [zero, undefined], data: undefined } as const
    expect(openWord(streams, ['wrong'], new Budget())).toBeUndefined()
    const { content, password } = openWord(streams, ['wrong', 'secret'], new Budget())!
    expect(password).toBe(1)
    expect(content.document.subarray(68)).toEqual(document.subarray(68))
    expect(content.document.readUInt16LE(10)).toBe(0)
    expect(content.tables[0]!.subarray(200)).toEqual(table.subarray(200))
  })
})

it('an encrypted presentation shows its project with its password alone', () => {
  const bytes = buildPresentation([Buffer.from([0, 0, 0x0f, 0x10, 0, 0, 0, 0]), project], 'secret')
  expect(seen(scan(bytes, 'wrong', 'secret'))).toEqual([['vba-autoexec'], []])
  expect(seen(scan(bytes))[1]).toContain('encrypted')
  expect(seen(scan(buildPresentation([project], '/01Hannes Ruescher/01')))).toEqual([['vba-autoexec'], []])
})

describe('damaged encryption is answered', () => {
  const documents = {
    agile: buildAgile(docx, OWN, { bits: 128, hash: 'SHA1', rounds: 10 }),
    workbook: buildWorkbook(records, OWN, 'rc4-128'),
    word: buildWord(Buffer.alloc(1000), Buffer.alloc(1000), OWN, 'rc4'),
    presentation: buildPresentation([project], OWN),
  }
  describe.each(Object.entries(documents))('of %s', (_, whole) => {
    test.prop([fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 8 })], { numRuns: 60 })(
      'when bytes are changed',
      (changes) => {
        const copy = Buffer.from(whole)
        for (const [at, value] of changes) copy[at] = value
        ScanReport.parse(scanBytes(copy))
      },
    )
    test.prop([fc.nat({ max: whole.length })], { numRuns: 40 })('when it is cut off', (length) => {
      ScanReport.parse(scanBytes(whole.subarray(0, length)))
    })
  })

  it('at every byte of its header', () => {
    const cfb = openCfb(buildStandard(docx, OWN), new Budget())
    const [info, content] = cfb.entries.filter(({ kind }) => kind === 'stream').map((entry) => cfb.read(entry))
    for (let length = 0; length < info!.length; length++)
      expect(() => openPackage(info!.subarray(0, length), content!, [OWN], new Budget({ ...LIMITS, steps: 100 }))).toThrow(Damaged)
  })
})
