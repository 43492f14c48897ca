import { inflateRawSync } from 'node:zlib'
import { Damaged, LimitReached, upToLimit, type Budget } from '#scanner/intake/limits.ts'
import { nameTricks, type ArchiveTrick } from './archive-names.ts'
import type { Archive, ArchiveEntry } from './archive.ts'
import { u16, u32, u8, zeroEnded } from './bytes.ts'

const HAS_RESERVE = 4
const LONGEST_BLOCK = 32_768
const PACKINGS = ['stored', 'MSZIP', 'Quantum', 'LZX']

interface Folder {
  readonly start: number
  readonly blocks: number
  readonly packing: number
}

/** Reads a cabinet (MS-CAB): stored and MSZIP folders are unpacked, Quantum and LZX only listed. Throws Damaged, LimitReached. */
export function readCab(bytes: Buffer, budget: Budget): Archive {
  const flags = u16(bytes, 30)
  let at = 36
  let [folderReserve, dataReserve] = [0, 0]
  if (flags & HAS_RESERVE) {
    folderReserve = u8(bytes, 38)
    dataReserve = u8(bytes, 39)
    at = 40 + u16(bytes, 36)
  }
  // The names of the cabinet before and after this one, and of their disks.
  for (let names = (flags & 1 ? 2 : 0) + (flags & 2 ? 2 : 0); names > 0; names--) at = zeroEnded(bytes, at).end
  const folders: Folder[] = []
  for (let i = u16(bytes, 26); i > 0 && at + 8 <= bytes.length; i--, at += 8 + folderReserve)
    folders.push({ start: u32(bytes, at), blocks: u16(bytes, at + 4), packing: u16(bytes, at + 6) & 15 })
  const unpacked = new Map<Folder, Buffer>()
  const open = (folder: Folder) => {
    const known = unpacked.get(folder)
    if (known) return known
    const data = unpackFolder(bytes, folder, { dataReserve, budget })
    unpacked.set(folder, data)
    return data
  }
  return listFiles(bytes, { folders, open, budget })
}

interface Folders {
  readonly folders: readonly Folder[]
  readonly open: (folder: Folder) => Buffer
  readonly budget: Budget
}

function listFiles(bytes: Buffer, { folders, open, budget }: Folders): Archive {
  const entries: ArchiveEntry[] = []
  const tricks: ArchiveTrick[] = []
  const damage = new Set<string>()
  let at = u32(bytes, 16)
  const cut = upToLimit(() => {
    for (let i = u16(bytes, 28); i > 0; i--) {
      budget.step()
      if (entries.length >= budget.limits.objects) throw new LimitReached('objects')
      if (at + 17 > bytes.length) {
        damage.add('the list of files is cut off')
        break
      }
      const [offset, size, from] = [at, u32(bytes, at), u32(bytes, at + 4)]
      const folder = folders[u16(bytes, at + 8)]
      const utf8 = (u16(bytes, at + 14) & 0x80) !== 0
      const { value, end } = zeroEnded(bytes, at + 16)
      const name = value.toString(utf8 ? 'utf8' : 'latin1').slice(0, 1024)
      at = end
      tricks.push(...nameTricks(name, offset))
      if (!folder) entries.push({ name, offset, unread: { reason: 'unsupported', why: 'the file goes on in another cabinet' } })
      else if (folder.packing > 1)
        entries.push({ name, offset, unread: { reason: 'unsupported', why: `${PACKINGS[folder.packing] ?? 'its'} packing is not opened` } })
      else entries.push({ name, offset, read: () => slice(open(folder), from, size) })
    }
  })
  return { entries, tricks, damage: [...damage], ...(cut && { cut }) }
}

function slice(data: Buffer, from: number, size: number): Buffer {
  if (from > data.length) throw new Damaged('the file lies outside its folder')
  return data.subarray(from, from + size)
}

/** Blocks of up to 32 KiB; each MSZIP block is a deflate stream whose dictionary is the block before it. What came before a broken block is kept. */
function unpackFolder(bytes: Buffer, { start, blocks, packing }: Folder, { dataReserve, budget }: { dataReserve: number; budget: Budget }): Buffer {
  const out: Buffer[] = []
  let dictionary: Buffer | undefined
  const take = budget.piecewise()
  for (let at = start, i = 0; i < blocks && at + 8 <= bytes.length; i++) {
    budget.step(8)
    const from = at + 8 + dataReserve
    const packed = bytes.subarray(from, from + u16(bytes, at + 4))
    at = from + u16(bytes, at + 4)
    const block = packing === 0 ? packed : inflateBlock(packed, dictionary)
    if (!block) break
    take(block.length)
    out.push(block)
    dictionary = block
  }
  return Buffer.concat(out)
}

function inflateBlock(packed: Buffer, dictionary: Buffer | undefined): Buffer | undefined {
  if (packed[0] !== 0x43 || packed[1] !== 0x4b) return undefined
  try {
    return inflateRawSync(packed.subarray(2), { maxOutputLength: LONGEST_BLOCK, finishFlush: 2, ...(dictionary && { dictionary }) })
  } catch {
    return undefined
  }
}
