import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { ArchiveKeys } from '#scanner/formats/archive-keys.ts'
import { decodeBzip2 } from '#scanner/formats/bzip2.ts'
import { readCab } from '#scanner/formats/cab.ts'
import { inflateUpToDamage } from '#scanner/formats/inflate-damaged.ts'
import { inflateGzip, inflateRaw, inflateZlib } from '#scanner/formats/inflate.ts'
import { readIso } from '#scanner/formats/iso.ts'
import { decodeLzma, decodeLzma2 } from '#scanner/formats/lzma.ts'
import { readRar } from '#scanner/formats/rar.ts'
import { readSevenZip } from '#scanner/formats/seven-zip.ts'
import { readTar } from '#scanner/formats/tar.ts'
import { readUdf } from '#scanner/formats/udf.ts'
import { decodeXz } from '#scanner/formats/xz.ts'
import { openZip } from '#scanner/formats/zip.ts'
import { buildCab, buildIso, buildRar4, buildRar5, buildRawZip, buildSevenZip, buildTar } from '#test/harness/documents/archives.ts'
import { buildZip } from '#test/harness/documents.ts'
import { BZIP2, XZ } from '#test/harness/documents/packed.ts'
import { buildUdf } from '#test/harness/documents/udf.ts'
import { joined, outcome, parted, whole, type Target } from '../target.ts'

const TEXT = Buffer.from('The same words, the same words again. '.repeat(6))
const FILES = [
  { name: 'a.txt', bytes: TEXT },
  { name: '../b.exe', bytes: Buffer.from('MZ inert') },
]
const [A, B] = [FILES[0]!, FILES[1]!]
const LZMA_PROPERTIES = Buffer.from('5d00000100', 'hex')
/** Longer than any input here, so that a size that lies has room to. */
const SIZE = 100_000

export const ARCHIVES: readonly Target[] = [
  {
    name: 'formats/zip.ts',
    read: (bytes, budget) => {
      const zip = openZip(bytes, budget)
      const contents = zip.entries.map((entry) => outcome(() => (entry.encrypted ? zip.unlock(entry, new ArchiveKeys(['a'])) : zip.read(entry))))
      return { contents, entries: zip.entries, damage: zip.damage, tricks: zip.tricks, prepended: zip.prepended }
    },
    seeds: () => [
      buildZip(FILES),
      buildRawZip(
        [
          { name: 'a', bytes: TEXT },
          { name: 'b', bytes: TEXT, password: 'infected' },
        ],
        Buffer.from('MZ before it'),
      ),
      buildRawZip([{ name: 'b', bytes: TEXT, aes: 3, password: 'a' }]),
    ],
  },
  {
    name: 'formats/tar.ts',
    read: (bytes, budget) => whole(readTar(bytes, budget)),
    seeds: () => [buildTar([A, { name: 'l', link: '/etc/passwd', type: '2' }])],
  },
  {
    name: 'formats/cab.ts',
    read: (bytes, budget) => whole(readCab(bytes, budget)),
    seeds: () => [buildCab(FILES), buildCab(FILES, { packing: 0 }), buildCab([A], { blockBytes: 50 })],
  },
  {
    name: 'formats/iso.ts',
    read: (bytes, budget) => whole(readIso(bytes, budget)),
    seeds: () => [buildIso('A.EXE;1', TEXT), buildIso('A.EXE;1', TEXT, true)],
  },
  {
    name: 'formats/seven-zip.ts',
    read: (bytes, budget) => whole(readSevenZip(bytes, budget, new ArchiveKeys(['a']))),
    seeds: () => {
      const files = [
        { name: 'a.txt', size: 100 },
        { name: 'b', size: TEXT.length - 100 },
      ]
      return [
        buildSevenZip(files, { packed: TEXT, coder: '00' }),
        buildSevenZip(files, { packed: deflateRawSync(TEXT), coder: '040108' }),
        buildSevenZip(files, { packed: Buffer.from('010005414243444546', 'hex'), coder: '21', properties: Buffer.from([0x18]) }),
      ]
    },
  },
  {
    name: 'formats/rar.ts',
    read: (bytes, budget) => whole(readRar(bytes, budget, new ArchiveKeys(['a']))),
    seeds: () => [buildRar4([...FILES, { ...B, encrypted: true }]), buildRar5([...FILES, { ...B, stream: ':..\\a.lnk' }, { ...B, packed: true }])],
  },
  {
    name: 'formats/lzma.ts',
    read: (bytes, budget) => [
      outcome(() => decodeLzma(bytes.subarray(0, 5), bytes.subarray(5), SIZE, budget)),
      outcome(() => decodeLzma2(bytes, SIZE, budget)),
    ],
    seeds: () => [
      Buffer.concat([LZMA_PROPERTIES, Buffer.alloc(200, 0x5a)]),
      Buffer.concat([LZMA_PROPERTIES, Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 73) & 255))]),
      Buffer.concat([Buffer.from('010003', 'hex'), TEXT.subarray(0, 4), Buffer.from('e00040001f5d', 'hex'), Buffer.alloc(40, 0x33), Buffer.from([0])]),
    ],
  },
  { name: 'formats/bzip2.ts', read: decodeBzip2, seeds: () => [BZIP2] },
  { name: 'formats/xz.ts', read: decodeXz, seeds: () => [XZ] },
  { name: 'formats/udf.ts', read: (bytes, budget) => whole(readUdf(bytes, budget)), seeds: () => [buildUdf('../a.exe', TEXT)] },
  {
    name: 'formats/inflate.ts',
    read: (bytes, budget) => [inflateRaw, inflateZlib, inflateGzip].map((inflate) => outcome(() => inflate(bytes, budget))),
    seeds: () => [deflateRawSync(TEXT), deflateSync(TEXT), gzipSync(TEXT), deflateSync(Buffer.alloc(200_000))],
  },
  {
    name: 'formats/inflate-damaged.ts',
    read: (bytes, budget) => inflateUpToDamage(bytes, SIZE, budget),
    seeds: () => [
      deflateRawSync(TEXT),
      deflateRawSync(TEXT, { level: 0 }),
      deflateRawSync(Buffer.from(Array.from({ length: 500 }, (_, i) => (i * i * 31) & 255))),
    ],
  },
  {
    name: 'formats/zip-entry.ts (passwords)',
    read: (bytes, budget) => {
      const [archive, password] = parted(bytes, 2)
      const zip = openZip(archive, budget)
      return zip.entries.map((entry) => outcome(() => zip.unlock(entry, new ArchiveKeys([password.toString('latin1')]))))
    },
    seeds: () => [joined(buildRawZip([{ name: 'b', bytes: TEXT, password: 'infected' }]), Buffer.from('infected'))],
  },
]
