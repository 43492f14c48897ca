import { crc32 } from 'node:zlib'
import { Damaged, type Budget } from '#scanner/intake/limits.ts'
import type { ArchiveKeys } from './archive-keys.ts'
import type { ArchiveEntry } from './archive.ts'
import { undoArm64, undoBcj2, undoDelta, undoX86 } from './branch-filters.ts'
import { decodeBzip2 } from './bzip2.ts'
import { inflateRaw } from './inflate.ts'
import { decodeLzma, decodeLzma2 } from './lzma.ts'
import { decryptSevenZip } from './seven-zip-aes.ts'
import type { Coder, Folder } from './seven-zip-streams.ts'

const AES = '06f10701'
const BCJ2 = '0303011b'

interface Work {
  readonly budget: Budget
  /** What encrypted streams are opened with. */
  readonly password: string
}

type Decoder = (packed: Buffer, coder: Coder, work: Work) => Buffer

/** Methods of 7z by their ids ("7z methods", 7-zip.org); those of one stream in and one out. */
const DECODERS: Record<string, Decoder> = {
  '00': (packed, { size }, { budget }) => {
    budget.takeBytes(Math.min(size, packed.length))
    return packed.subarray(0, size)
  },
  '03': (packed, { properties }, { budget }) => filtered(packed, budget, (bytes) => undoDelta(bytes, (properties[0] ?? 0) + 1)),
  '03030103': (packed, _, { budget }) => filtered(packed, budget, undoX86),
  '04': (packed, _, { budget }) => filtered(packed, budget, undoX86),
  '0a': (packed, _, { budget }) => filtered(packed, budget, undoArm64),
  '030101': (packed, { properties, size }, { budget }) => decodeLzma(properties, packed, size, budget),
  '21': (packed, { size }, { budget }) => decodeLzma2(packed, size, budget),
  '040108': (packed, _, { budget }) => inflateRaw(packed, budget).bytes,
  '040202': (packed, { size }, { budget }) => decodeBzip2(packed, budget).subarray(0, size),
  [AES]: (packed, { properties, size }, { budget, password }) => decryptSevenZip(packed, properties, password, budget).subarray(0, size),
}

function filtered(packed: Buffer, budget: Budget, undo: (packed: Buffer) => Buffer): Buffer {
  budget.takeBytes(packed.length)
  budget.step(packed.length >> 4)
  return undo(packed)
}

/** Why a folder stays packed whatever it is tried with; undefined where it can be unpacked. */
export function refusal({ coders }: Folder): NonNullable<ArchiveEntry['unread']> | undefined {
  const unknown = coders.find(({ id, inputs, outputs }) => outputs !== 1 || (id === BCJ2 ? inputs !== 4 : inputs !== 1 || !Object.hasOwn(DECODERS, id)))
  return unknown && { reason: 'unsupported', why: `the packing ${unknown.id} of 7z is not opened` }
}

/** A folder without its packing; undefined when it is encrypted and no password fits. Throws Damaged, LimitReached. */
export function decodeFolder(bytes: Buffer, folder: Folder, keys: ArchiveKeys, budget: Budget): Buffer | undefined {
  if (!folder.coders.some(({ id }) => id === AES)) return decode(bytes, folder, { budget, password: '' })
  return keys.open('AES-256 of 7z', (password) => {
    try {
      const data = decode(bytes, folder, { budget, password })
      const { sum } = folder
      // Without a check sum whatever unpacks counts as right.
      return !sum || crc32(data.subarray(0, sum.bytes)) === sum.crc ? data : undefined
    } catch (error) {
      if (error instanceof Damaged) return undefined
      throw error
    }
  })
}

function decode(bytes: Buffer, folder: Folder, work: Work): Buffer {
  const { coders, pairs } = folder
  const main = coders.findIndex((_, i) => !pairs.some(({ from }) => from === i))
  if (main === -1) throw new Damaged('the coders of a folder run in a circle')
  return output(bytes, folder, { index: main, depth: 0 }, work)
}

/** What a coder gives, of what those before it give or of packed streams. Each has one output, whose number is thus its own. */
function output(bytes: Buffer, folder: Folder, { index, depth }: { index: number; depth: number }, work: Work): Buffer {
  const { coders, pairs, packs } = folder
  const coder = coders[index]
  if (!coder || depth >= coders.length) throw new Damaged('the coders of a folder run in a circle')
  const first = coders.slice(0, index).reduce((sum, { inputs }) => sum + inputs, 0)
  const inputs = Array.from({ length: coder.inputs }, (_, i) => {
    const pair = pairs.find(({ into }) => into === first + i)
    if (pair) return output(bytes, folder, { index: pair.from, depth: depth + 1 }, work)
    const pack = packs.find(({ input }) => input === first + i)
    if (!pack) throw new Damaged('a stream of a folder is missing')
    return bytes.subarray(pack.start, pack.start + pack.size)
  })
  if (coder.id !== BCJ2) return DECODERS[coder.id]!(inputs[0]!, coder, work)
  work.budget.takeBytes(Math.min(coder.size, inputs[0]!.length * 2))
  work.budget.step(inputs[0]!.length >> 2)
  return undoBcj2(inputs as [Buffer, Buffer, Buffer, Buffer], coder.size)
}
