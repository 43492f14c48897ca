import { zstdCompressSync } from 'node:zlib'
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '#scanner/intake/limits.ts'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { ScanReport } from '#scanner/verdict/contract.ts'
import { buildRawZip } from '#test/harness/documents/archives.ts'
import { buildEml } from '#test/harness/documents/mail.ts'

/** Inert content, packed once by a writer of others (7-Zip): a table with one formula, and bytes that look like calls and jumps. */
const PACKED = {
  bzip2:
    '425a68393141592653592fbe89240000cedd8000106084ffe220003c0e9084300112c910d4d4f342932064d34053c5326946f493400c0d3d5537a36a2800019e27ce3a693ae6961ab27b28bb22dd8de128da1c61076070ec0a0502acc0d835f7a52b5afcda78cce4c4e872e9a80ce452f672f15baca60cea803e3134f4ee6b0d95504068f17a6cfd3c9acf37e347ad759c98ce5d98090210b7ee6eae9d4e8ed2a840082099be3089a96e8608040095ad536c5eb46dda28080100998bb41346da2edd400114d8bca460d02f34517187886ca2151259900786825548b4777969928bb6e3c32731efe73b9fc88ab184a22354a2235d85dc914e14240befa24900',
  xz: 'fd377a585a0000016922de360200210100000000372797d6e0025c00e45d00308b0840a6dbb0404f73cc1999f939362e75af857941c53e6556dedca64ed45ee14a764eeeeed6fda096337bbd2f4e625ef53adb2f010f5557381e00adf570a30b34c0c069c7da4335ec4410df09a119b06ac26576f56425587fc7d39281bf47ca246d78cd607140f1a84060a7955f247248ae46dc1ffb0be65cb54add5cd61d30283f185820d28d953a4d844f299a7b7a1d91c81f5c3d85e5bf7be5869403d646a111289d515167cede796e6fc06547e22a2ca52f263c04cceae0d8a692a0b369728a944cb40f8fc7a7c3edb8cbf01ca80d00cc6abeb8b69f726b858c2ec12a5f1aa41700953109d70001fc01dd04000097ed524f3e300d8b020000000001595a',
  '7z of the filter for x86':
    '377abcaf271c0004f0b135d9f600000000000000520000000000000046dd7988e002a500ee5d003f91458468334c601f1e4cb7fe2a2aa5802248b5198af302f188f82846f2c4b8b84cab28b54d878bdb913a37f196ca095b4648a1e8b9fcefedd65c7d01770c75dafbb837ce23d66bff58aeef0c745cc76711a8cfa35a4bb3f7cb472b3699909f898a094c22a2eb79dd6fc1acd3ee7f613837af0207f0cd8df9bf87bd25b5b45859c1b4f85fbe9d53eadb9c93bf001d1bba947ba25a1bc9687d854c3dadaae22f5750b5ffee60742931c6ab640b7ffe91570cad2d5a811f62f46d2a7f604f89737a1daa7b9e43b6bbe1a302b1a108f8810ed3c8bab80a5d2c1a94e36a41d4c76c55c08ea1c34fa25500708d4383990001040600010980f600070b01000221210100040303010301000c82a682a600080a01bbcf9e1b00000501190100110d0070002e00620069006e000000140a01008bc09b2a8c7ddd01150601002080a4810000',
  '7z of the filter for x86 in four streams':
    '377abcaf271c0004ff8f3fb11601000000000000720000000000000061f76929e0029d00f35d003f91458468334c601f1e4cb7b4d821633e2709892bae86c36435378302049a6d2b05048e3837b75012be5c02601b1b528cbc097337d40cec2df076b66087f9dab16022398f981107608918113dde75d91d3bcc65a4f725bd0e6b00e73a59c7f0eb5bc6327c0cee09aa81a15ef277541169d60598cee137032ba755f3772485e11afcc8663f99ec0eb0faaa7a5c1e55b56a51b7486700ce3166c3c4f9a4998e955a42da45d83c218f7dcaf5a46fc16de09103df73e29bfe2f5de044d750fa169e0197095524756de8129bbefb66fc18ff59de7428178053af2c8f08fea483971c4015d1184fdd07c1eea99908ea375ef5f41520000041315e2000000000000000000000000000600720e5e3ee5fc00001040600040980fb0b050b00070b01000423030101056c0010000023030101056c0010000021210100140303011b0401050004010302020601000c0800829e82a600080a01bbcf9e1b00000501110d0070002e00620069006e000000140a01008bc09b2a8c7ddd01150601002080a4810000',
} as const
/** Under the password `secret`; in the second the header is encrypted too. */
const LOCKED = {
  '7z': '377abcaf271c00042e263046200000000000000062000000000000009ee2e35d3b0680ef3e23cd82cde7bda353c0ae6f5ec508d7e48bb7eba2d27c3895e22a850104060001092000070b0100022406f1070112530fc7f8933ec8f1b33a3d61c2a8599d0c5b2121010001000c1c1800080a01c0fc3e1b00000501190100110d0073002e006300730076000000140a010045bc9b2a8c7ddd01150601002080a4810000',
  '7z with its names':
    '377abcaf271c000457ab44d090000000000000002e000000000000007bdf53084bb1904d08a132759ba3831bc111c94d535d8b5d8f26dde0d2f2c3cf12e81fe8ccebfbc94ea8d62205d1219d356c45f1c9a2fa03aa9595dc51dfa1f3c7ccc1e74422b25fdfc504150aff8ef3ea6e8e21e09f7c1a7174c56f08e53f3a5e4bc70d981c295a4f2a4a0746afb6c3fdb21d5d663498611869793d10dde4250306e572e22dc2897f7f172eb0430de1ba6abeb017062001097000070b0100012406f1070112530f67ec1dcf85a6c48e2878abf8e1c7a3a20c620a0163b059bf0000',
} as const
const PROGRAM = '07a61b3a5398646968b489a92917de79da420592bc69152ae598279238a5a7da'
const csv = Buffer.from("a,b\n=cmd|'/k calc'!A0,c\n")

const hex = (text: string) => Buffer.from(text, 'hex')
const scan = (bytes: Buffer, passwords: readonly string[] = []) => ScanReport.parse(scanBytes(bytes, { passwords, limits: LIMITS }))
const seen = ({ verdict: { techniques } }: ScanReport) => techniques.map(({ id }) => id)
const notes = ({ verdict }: ScanReport) => verdict.notes.map(({ id, severity }) => `${id} ${severity}`)
const unread = ({ verdict: { not_checked } }: ScanReport) => not_checked.map(({ reason }) => reason)
const attached = (name: string, bytes: Buffer) =>
  [`Content-Type: application/octet-stream; name="${name}"\r\nContent-Transfer-Encoding: base64`, bytes.toString('base64')] as const

describe('a packed file is opened', () => {
  it.each([
    ['bzip2', hex(PACKED.bzip2)],
    ['xz', hex(PACKED.xz)],
    ['Zstandard', zstdCompressSync(csv)],
    ['a ZIP of Zstandard', zipOf(93, zstdCompressSync(csv), csv.length)],
    ['a ZIP of bzip2', zipOf(12, hex(PACKED.bzip2), 604)],
    ['a ZIP of xz', zipOf(95, hex(PACKED.xz), 604)],
  ])('in %s', (_, bytes) => {
    expect([seen(scan(bytes)), unread(scan(bytes))]).toEqual([['dde'], []])
  })

  it.each(['7z of the filter for x86', '7z of the filter for x86 in four streams'] as const)('in %s, byte for byte', (kind) => {
    expect(scan(hex(PACKED[kind])).extracted).toMatchObject([{ path: '/p.bin', type: 'elf', sha256: PROGRAM }])
  })
})

describe('a locked archive', () => {
  const archives: Record<string, (password: string) => Buffer> = {
    ZipCrypto: (password) => buildRawZip([{ name: 'a.csv', bytes: csv, password }]),
    'AES-128 of WinZip': (password) => buildRawZip([{ name: 'a.csv', bytes: csv, password, aes: 1 }]),
    'AES-256 of WinZip': (password) => buildRawZip([{ name: 'a.csv', bytes: csv, password, aes: 3 }]),
  }

  it.each(Object.entries(archives))('of %s opens with the password by which samples are handed on', (_, build) => {
    const report = scan(build('infected'))
    expect([seen(report), unread(report), notes(report)]).toEqual([['dde'], [], ['archive-password info']])
  })

  it.each(Object.entries(archives))('of %s stays shut without its password, and says so', (_, build) => {
    const report = scan(build('other'))
    expect([seen(report), unread(report), notes(report)]).toEqual([[], ['encrypted'], []])
    expect(seen(scan(build('other'), ['wrong', 'other']))).toEqual(['dde'])
  })

  it.each(Object.entries(LOCKED))('of %s opens with its password alone', (_, text) => {
    const [shut, open] = [scan(hex(text)), scan(hex(text), ['wrong', 'secret'])]
    expect([seen(shut), unread(shut)]).toEqual([[], ['encrypted']])
    expect([seen(open), unread(open), notes(open)]).toEqual([['dde'], [], []])
  })

  it('of a 7z whose key takes too many rounds stays shut, and costs nothing', () => {
    const bytes = hex(LOCKED['7z'])
    // The byte of the number of rounds: 0x53 says 19 and a vector.
    const at = bytes.indexOf(hex('06f107011253')) + 5
    bytes[at] = 0x40 | 24
    const before = process.cpuUsage()
    expect(unread(scan(bytes, ['secret']))).toEqual(['encrypted'])
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(0.5)
  })

  it('of many entries is given up after a few that nothing opens', () => {
    const many = buildRawZip(Array.from({ length: 100 }, (_, i) => ({ name: `a${i}`, bytes: Buffer.from(`${i}`), password: 'other', aes: 3 as const })))
    const before = process.cpuUsage()
    expect(unread(scan(many, ['a', 'b', 'c']))).toHaveLength(100)
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(1)
  })
})

describe('a letter that names the password of what is attached', () => {
  const zip = buildRawZip([{ name: 'a.csv', bytes: csv, password: 'Ab12!x' }])

  it.each([
    ['in English', 'Please see the file.\r\nPassword: Ab12!x\r\n'],
    ['in a sentence', 'The password for the attached archive is "Ab12!x".\r\n'],
    ['in German', 'Das Passwort lautet: Ab12!x\r\n'],
    ['in Spanish', 'Contraseña del archivo = Ab12!x.\r\n'],
    ['on the next line', 'pass:\r\n\r\nAb12!x\r\n'],
  ])('%s opens it, and that is noted', (_, text) => {
    const report = scan(buildEml([['Content-Type: text/plain; charset=iso-8859-1', text], attached('a.zip', zip)]))
    expect([seen(report), unread(report), notes(report)]).toEqual([['dde'], [], ['archive-password medium']])
  })

  it('in a page opens it too', () => {
    const page = '<p>Password: <b>Ab1</b>2!x<br>Bye</p>'
    expect(seen(scan(buildEml([['Content-Type: text/html; charset=utf-8', page], attached('a.zip', zip)])))).toEqual(['dde'])
  })

  it('and names none, or another, leaves it shut', () => {
    for (const text of ['See the file Ab12!x.\r\n', 'Password: other\r\n'])
      expect(unread(scan(buildEml([['Content-Type: text/plain', text], attached('a.zip', zip)])))).toEqual(['encrypted'])
  })
})

describe('hostile bytes', () => {
  it('that are cut off are answered', () => {
    for (const bytes of [hex(PACKED.bzip2), hex(PACKED.xz), hex(PACKED['7z of the filter for x86 in four streams'])])
      for (let length = 0; length < bytes.length; length++) scan(bytes.subarray(0, length))
  })

  const changed = (bytes: Buffer, changes: readonly (readonly [number, number])[]) => {
    const copy = Buffer.from(bytes)
    for (const [at, value] of changes) copy[at % copy.length] = value
    return scan(copy)
  }
  const changes = fc.array(fc.tuple(fc.nat({ max: 600 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 6 })

  test.prop([fc.constantFrom(...Object.values(PACKED)), changes], { numRuns: 150 })('that are changed are answered', (text, at) => {
    changed(hex(text), at)
  })

  // A key takes half a million rounds: few runs say enough.
  test.prop([fc.constantFrom(...Object.values(LOCKED)), changes], { numRuns: 12 })('that are locked and changed are answered', (text, at) => {
    changed(hex(text), at)
  })
})

/** A ZIP whose only entry has these packed bytes and this method. */
function zipOf(method: number, packed: Buffer, size: number): Buffer {
  const zip = buildRawZip([{ name: 'a.csv', bytes: packed, stored: true }])
  const central = zip.indexOf('PK\x01\x02', 0, 'latin1')
  for (const [at, field] of [
    [8, 22],
    [central + 10, central + 24],
  ] as const) {
    zip.writeUInt16LE(method, at)
    zip.writeUInt32LE(size, field)
  }
  return zip
}
