import { createCipheriv, createHash, pbkdf2Sync } from 'node:crypto'
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '#scanner/intake/limits.ts'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { ScanReport } from '#scanner/verdict/contract.ts'
import { buildPackedRar4, buildPackedRar5, literals, packRar3, packRar5, type RarToken } from '#test/harness/documents/rar-packed.ts'

const csv = Buffer.from("a,b\n=cmd|'/k calc'!A0,c\n")
const scan = (bytes: Buffer, passwords: readonly string[] = []) => ScanReport.parse(scanBytes(bytes, { passwords, limits: LIMITS }))
const seen = ({ verdict: { techniques } }: ScanReport) => techniques.map(({ id }) => id)
const unread = ({ verdict: { not_checked } }: ScanReport) => not_checked.map(({ reason, why }) => `${reason}: ${why}`)
const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
const hashes = ({ extracted }: ScanReport) => extracted.map(({ sha256 }) => sha256)

/** What the tokens stand for, worked out in the plainest way; `before`: what files before it unpack to. */
function plain(tokens: readonly RarToken[], before: Buffer = Buffer.alloc(0)): Buffer {
  const out = [...before]
  for (const token of tokens) {
    if ('byte' in token) out.push(token.byte)
    else if ('length' in token) for (let i = 0; i < token.length; i++) out.push(out[out.length - token.distance]!)
  }
  return Buffer.from(out.slice(before.length))
}

const matches: RarToken[] = [
  ...literals(csv),
  { length: 24, distance: 24 },
  { length: 9, distance: 40 },
  ...literals(Buffer.from('xyz')),
  { length: 200, distance: 7 },
  { length: 20, distance: 258 },
]
const pack = { 'RAR 5': packRar5, 'RAR 3': packRar3 } as const
const build = { 'RAR 5': buildPackedRar5, 'RAR 3': buildPackedRar4 } as const
const kinds = ['RAR 5', 'RAR 3'] as const

describe.each(kinds)('a packed file of %s', (kind) => {
  it('is opened, byte for byte', () => {
    const bytes = plain(matches)
    const report = scan(build[kind]([{ name: 'a.csv', bytes, packed: pack[kind](matches) }]))
    expect([new Set(seen(report)), unread(report), hashes(report)]).toEqual([new Set(['dde']), [], [hash(bytes)]])
  })

  it('that is packed together with the one before it is opened', () => {
    const second: RarToken[] = [...literals(Buffer.from('q,')), { length: 23, distance: 25 }]
    const rar = build[kind]([
      { name: 'a.csv', bytes: csv, packed: pack[kind](literals(csv)) },
      { name: 'b.csv', bytes: plain(second, csv), packed: pack[kind](second), solid: true },
    ])
    expect([hashes(scan(rar)), unread(scan(rar))]).toEqual([[hash(csv), hash(plain(second, csv))], []])
  })

  it('is opened and said to be damaged when its check sum is another', () => {
    const report = scan(build[kind]([{ name: 'a.csv', bytes: Buffer.from(csv.map((byte) => byte ^ 1)), packed: pack[kind](literals(csv)) }]))
    expect([seen(report), unread(report)]).toEqual([['dde'], ['damaged: a file has another check sum than its header says']])
  })

  it('that repeats what was not there is damaged, and so is what is packed together with it', () => {
    const rar = build[kind]([
      { name: 'a', bytes: csv, packed: pack[kind]([{ length: 24, distance: 9 }]) },
      { name: 'b', bytes: csv, packed: pack[kind](literals(csv)), solid: true },
    ])
    expect(unread(scan(rar))).toEqual([
      'damaged: the packed data repeat what was not there',
      'damaged: a file that it is packed together with could not be read',
    ])
  })

  it('that unpacks to far more than it is ends at a limit', () => {
    const bomb = [...literals(Buffer.from('aaaaaaaa')), ...Array.from({ length: 3000 }, (): RarToken => ({ length: 190, distance: 7 }))]
    const rar = build[kind]([{ name: 'a', bytes: plain(bomb), packed: pack[kind](bomb) }])
    const { verdict } = ScanReport.parse(scanBytes(rar, { limits: { ...LIMITS, ratio: 10, ratioFloor: 1000 } }))
    expect(verdict.not_checked.map(({ limit }) => limit)).toContain('ratio')
  })

  const whole = build[kind]([{ name: 'a.csv', bytes: plain(matches), packed: pack[kind](matches) }])
  it('is answered when it is cut off anywhere', () => {
    for (let length = 0; length < whole.length; length++) scan(whole.subarray(0, length))
  })

  test.prop([fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 6 })], { numRuns: 100 })(
    'is answered when bytes are changed',
    (changes) => {
      const copy = Buffer.from(whole)
      for (const [at, value] of changes) copy[at] = value
      scan(copy)
    },
  )
})

describe('a filter of RAR 5', () => {
  it('for calls is undone', () => {
    const packed = Buffer.from('7f454c46e8100000009090e8200000009090909090', 'hex')
    const bytes = Buffer.from(packed)
    bytes.writeInt32LE(0x10 - 5, 5)
    bytes.writeInt32LE(0x20 - 12, 12)
    const rar = buildPackedRar5([{ name: 'a', bytes, packed: packRar5([{ filter: 'calls', over: packed.length }, ...literals(packed)]) }])
    expect([hashes(scan(rar)), unread(scan(rar))]).toEqual([[hash(bytes)], []])
  })
})

describe('an encrypted file of RAR 5', () => {
  const [salt, vector] = [Buffer.alloc(16, 1), Buffer.alloc(16, 2)]
  const locked = (password: string, power = 10) => {
    const rounds = 2 ** Math.min(power, 15)
    const cipher = createCipheriv('aes-256-cbc', pbkdf2Sync(password, salt, rounds, 32, 'sha256'), vector).setAutoPadding(false)
    const packed = packRar5(literals(csv))
    const proof = pbkdf2Sync(password, salt, rounds + 32, 32, 'sha256')
    const folded = Buffer.from(Array.from({ length: 8 }, (_, i) => proof[i]! ^ proof[i + 8]! ^ proof[i + 16]! ^ proof[i + 24]!))
    const check = Buffer.concat([folded, createHash('sha256').update(folded).digest().subarray(0, 4)])
    const data = cipher.update(Buffer.concat([packed, Buffer.alloc((16 - (packed.length % 16)) % 16)]))
    return buildPackedRar5([{ name: 'a.csv', bytes: csv, packed: data, lock: Buffer.concat([Buffer.from([0, 1, power]), salt, vector, check]) }])
  }

  it('opens with its password, and with that of sample exchange', () => {
    expect(seen(scan(locked('secret'), ['wrong', 'secret']))).toEqual(['dde'])
    expect([seen(scan(locked('infected'))), unread(scan(locked('infected')))]).toEqual([['dde'], []])
  })

  it('stays shut without it, or with more rounds than are run, and says so', () => {
    expect(unread(scan(locked('secret')))).toEqual(['encrypted: the file is encrypted'])
    expect(unread(scan(locked('infected', 24)))).toEqual(['encrypted: the file is encrypted'])
  })
})
