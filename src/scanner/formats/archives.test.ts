import { deflateRawSync, gzipSync } from 'node:zlib'
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '#scanner/intake/limits.ts'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { ScanReport } from '#scanner/verdict/contract.ts'
import { buildCab, buildIso, buildRar4, buildRar5, buildSevenZip, buildTar } from '#test/harness/documents/archives.ts'

const csv = Buffer.from("a,b\n=cmd|'/k calc'!A0,c\n")
const text = Buffer.from(`${csv.toString()}${Array.from({ length: 60 }, (_, i) => `row ${i},${(i * i) % 97}\n`).join('')}`)
/** The text above, packed once by a writer of others: literals, matches and repeats. */
const LZMA =
  '00308b0840a6dbb0404f73cc1999f939362e75af857941c53e6556dedca64ed45ee14a764eeeeed6fda096337bbd2f4e625ef53adb2f010f5557381e00adf570a30b34c0c069c7da4335ec4410df09a119b06ac26576f56425587fc7d39281bf47ca246d78cd607140f1a84060a7955f247248ae46dc1ffb0be65cb54add5cd61d30283f185820d28d953a4d844f299a7b7a1d91c81f5c3d85e5bf7be5869403d646a111289d515167cede796e6fc06547e22a2ca52f263c04cceae0d8a692a0b369709f57eb45a5aa557bdcf1c59e4e2111292456e8faa8d13ccc37e6d113689a6549d166ffeab58000'
const packed = Buffer.from(LZMA, 'hex')
const lzma2 = Buffer.concat([Buffer.from('e0025c00e45d', 'hex'), packed.subarray(0, -8), Buffer.from('225acb0000', 'hex')])
const scan = (bytes: Buffer, limits = LIMITS) => ScanReport.parse(scanBytes(bytes, { limits }))
const seen = ({ verdict: { techniques } }: ScanReport) => techniques.map(({ id }) => id)
const reasons = ({ verdict: { not_checked } }: ScanReport) => not_checked.map(({ reason, why }) => `${reason}: ${why}`)
const names = ({ extracted }: ScanReport) => extracted.map(({ path }) => path)

const sevenZip = {
  stored: buildSevenZip([{ name: 'a.csv', size: csv.length }], { packed: csv, coder: '00' }),
  lzma: buildSevenZip([{ name: 'a.csv', size: text.length }], { packed, coder: '030101', properties: Buffer.from('5d00000100', 'hex') }),
  lzma2: buildSevenZip(
    [
      { name: 'a.csv', size: 100 },
      { name: 'b.csv', size: text.length - 100 },
    ],
    { packed: lzma2, coder: '21', properties: Buffer.from([10]) },
  ),
  deflate: buildSevenZip([{ name: 'a.csv', size: csv.length }], { packed: deflateRawSync(csv), coder: '040108' }),
}
const ARCHIVES: Record<string, Buffer> = {
  tar: buildTar([{ name: 'a.csv', bytes: csv }]),
  'tar in gzip': gzipSync(buildTar([{ name: 'a.csv', bytes: csv }])),
  'cabinet of MSZIP': buildCab([{ name: 'a.csv', bytes: csv }]),
  'cabinet that is stored': buildCab([{ name: 'a.csv', bytes: csv }], { packing: 0 }),
  'cabinet of several blocks': buildCab(
    [
      { name: 'b.txt', bytes: text.subarray(30) },
      { name: 'a.csv', bytes: text },
    ],
    { blockBytes: 64 },
  ),
  'ISO 9660': buildIso('A.CSV', csv),
  Joliet: buildIso('a.csv', csv, true),
  ...Object.fromEntries(Object.entries(sevenZip).map(([coder, bytes]) => [`7z of ${coder}`, bytes])),
  'RAR 4': buildRar4([{ name: 'a.csv', bytes: csv }]),
  'RAR 5': buildRar5([{ name: 'a.csv', bytes: csv }]),
}

describe('a file is opened', () => {
  it.each(Object.entries(ARCHIVES))('in %s', (_, bytes) => {
    expect([seen(scan(bytes)), reasons(scan(bytes))]).toEqual([['dde'], []])
  })

  it('by its long name, whichever way a tape archive gives it', () => {
    const long = `${'a'.repeat(120)}.csv`
    expect(
      names(
        scan(
          buildTar([
            { name: '././@LongLink', bytes: Buffer.from(`${long}\0`), type: 'L' },
            { name: 'short', bytes: csv },
          ]),
        ),
      ),
    ).toEqual([`/${long}`])
    expect(
      names(
        scan(
          buildTar([
            { name: 'pax', bytes: Buffer.from('14 path=b.csv\n'), type: 'x' },
            { name: 'short', bytes: csv },
          ]),
        ),
      ),
    ).toEqual(['/b.csv'])
    expect(names(scan(buildIso('a long name.csv', csv, true)))).toEqual(['/folder/a long name.csv'])
  })
})

describe('what an archive keeps from the scanner is said', () => {
  it.each([
    ['a file of RAR that is packed and broken', buildRar4([{ name: 'a', bytes: csv, packed: true }]), 'damaged'],
    ['a file of RAR 5 that is packed and broken', buildRar5([{ name: 'a', bytes: csv, packed: true }]), 'damaged'],
    ['an encrypted file of RAR', buildRar4([{ name: 'a', bytes: csv, encrypted: true }]), 'encrypted'],
    ['an encrypted file of RAR 5', buildRar5([{ name: 'a', bytes: csv, encrypted: true }]), 'encrypted'],
    ['a cabinet of LZX', buildCab([{ name: 'a', bytes: csv }], { packing: 3 }), 'unsupported'],
    ['an encrypted 7z', buildSevenZip([{ name: 'a', size: 9 }], { packed: csv, coder: '06f10701' }), 'encrypted'],
    ['a 7z of another packing', buildSevenZip([{ name: 'a', size: 9 }], { packed: csv, coder: '030401' }), 'unsupported'],
    ['a cut tape archive', buildTar([{ name: 'a', bytes: text }]).subarray(0, 700), 'damaged'],
  ])('%s', (_, bytes, reason) => {
    expect(scan(bytes).verdict.not_checked).toMatchObject([{ reason }])
  })
})

describe('a name or a link that leaves the folder is found', () => {
  const climbing = '../../a.csv'
  it.each([
    ['tar', buildTar([{ name: climbing, bytes: text.subarray(24) }])],
    ['a link in tar', buildTar([{ name: 'a/b', link: '../../c' }])],
    ['cab', buildCab([{ name: '..\\..\\a.inf', bytes: text.subarray(24) }])],
    ['iso', buildIso(climbing, text.subarray(24))],
    ['7z', buildSevenZip([{ name: climbing, size: 5 }], { packed: text.subarray(24, 29), coder: '00' })],
    ['RAR 4', buildRar4([{ name: '..\\a', bytes: text.subarray(24) }])],
    ['RAR 5', buildRar5([{ name: climbing, bytes: text.subarray(24) }])],
  ])('in %s', (_, bytes) => {
    expect(seen(scan(bytes))).toEqual(['archive-trick'])
  })
})

describe('limits hold inside archives', () => {
  it('of bytes, objects, ratio and depth', () => {
    const many = buildTar(Array.from({ length: 40 }, (_, i) => ({ name: `a${i}`, bytes: Buffer.from(`${i}`) })))
    const limitsOf = (bytes: Buffer, limits = LIMITS) => scan(bytes, limits).verdict.not_checked.map(({ limit }) => limit)
    expect(limitsOf(many, { ...LIMITS, objects: 20 })).toContain('objects')
    expect(limitsOf(buildTar([{ name: 'a', bytes: Buffer.alloc(9000) }]), { ...LIMITS, bytes: 5000 })).toContain('bytes')
    expect(limitsOf(sevenZip.lzma, { ...LIMITS, ratio: 1, ratioFloor: 100 })).toContain('ratio')
    expect(limitsOf(buildCab([{ name: 'a', bytes: Buffer.alloc(200_000) }]), { ...LIMITS, bytes: 50_000 })).toContain('bytes')
    const nested = Array.from({ length: LIMITS.depth + 1 }).reduce<Buffer>((inner) => buildTar([{ name: 'a', bytes: inner }]), csv)
    expect(limitsOf(nested)).toContain('depth')
  })
})

describe.each(Object.entries(ARCHIVES))('hostile bytes: %s', (_, whole) => {
  test.prop([fc.nat({ max: whole.length })], { numRuns: 25 })('cut off is answered', (length) => {
    scan(whole.subarray(0, length))
  })
  test.prop([fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 8 })], { numRuns: 60 })(
    'changed is answered',
    (changes) => {
      const copy = Buffer.from(whole)
      for (const [at, value] of changes) copy[at] = value
      scan(copy)
    },
  )
})

test('a small archive cut off at every byte is answered', () => {
  for (const whole of [sevenZip.lzma, sevenZip.lzma2, ARCHIVES['RAR 5']!, ARCHIVES['RAR 4']!, ARCHIVES['cabinet of MSZIP']!])
    for (let length = 0; length < whole.length; length++) scan(whole.subarray(0, length))
})
