import { Damaged, LimitReached, upToLimit, type Budget } from '#scanner/intake/limits.ts'
import { nameTricks, type ArchiveTrick } from './archive-names.ts'
import type { Archive, ArchiveEntry } from './archive.ts'
import { utf16 } from './bytes.ts'
import { hasUdf, readUdf } from './udf.ts'

const SECTOR = 2048
const FIRST_DESCRIPTOR = 16
const DIRECTORY = 2
const DEEPEST = 32

interface Tree {
  readonly joliet: boolean
  readonly block: number
  readonly root: { readonly at: number; readonly size: number }
}

/**
 * Reads the directories of an image of ISO 9660 (ECMA-119), those of Joliet first; a file that both list counts once; those of
 * UDF, where the image has it beside. Throws Damaged, LimitReached.
 */
export function readIso(bytes: Buffer, budget: Budget): Archive {
  const entries: ArchiveEntry[] = []
  const tricks: ArchiveTrick[] = []
  const damage = new Set<string>()
  const seen = new Set<string>()
  const starts = new Set<number>()
  let records = 0
  const cut = upToLimit(() => {
    for (const tree of readTrees(bytes).sort((a, b) => Number(b.joliet) - Number(a.joliet))) {
      const open = [{ ...tree.root, path: '', depth: 0 }]
      const visited = new Set<number>()
      for (let folder = open.pop(); folder; folder = open.pop()) {
        if (visited.has(folder.at) || folder.depth > DEEPEST) {
          damage.add(visited.has(folder.at) ? 'the folders run in a circle' : 'the folders are nested too deeply')
          continue
        }
        visited.add(folder.at)
        if (folder.at + folder.size > bytes.length) damage.add('a folder lies outside the image')
        for (const { name, at, size, isFolder, offset } of readFolder(bytes, folder, tree, budget)) {
          // Folders may lie over each other and list the same records over and over.
          if (++records > budget.limits.objects * 4) throw new LimitReached('objects')
          const path = folder.path === '' ? name : `${folder.path}/${name}`
          if (isFolder) open.push({ at, size, path, depth: folder.depth + 1 })
          else if (!seen.has(`${at} ${size}`)) {
            seen.add(`${at} ${size}`)
            starts.add(at)
            if (entries.length >= budget.limits.objects) throw new LimitReached('objects')
            tricks.push(...nameTricks(path, offset))
            entries.push({ name: path, offset, read: () => extent(bytes, { at, size, damage, budget }) })
          }
        }
      }
    }
  })
  const udf = readBeside(bytes, damage, budget)
  // Windows shows the files of UDF where an image has both; most lie at the same places as those of the other trees.
  const more = udf?.entries.filter(({ offset }) => !starts.has(offset)) ?? []
  return {
    entries: [...entries, ...more],
    tricks: [...tricks, ...(udf?.tricks ?? [])],
    ...(cut && { cut }),
    get damage() {
      return [...damage, ...(udf?.damage ?? [])]
    },
  }
}

function readBeside(bytes: Buffer, damage: Set<string>, budget: Budget): Archive | undefined {
  try {
    return hasUdf(bytes) ? readUdf(bytes, budget) : undefined
  } catch (error) {
    if (!(error instanceof Damaged)) throw error
    damage.add(error.message)
    return undefined
  }
}

function readTrees(bytes: Buffer): Tree[] {
  const trees: Tree[] = []
  for (let sector = FIRST_DESCRIPTOR; sector < FIRST_DESCRIPTOR + 32; sector++) {
    const at = sector * SECTOR
    if (at + SECTOR > bytes.length || bytes.toString('latin1', at + 1, at + 6) !== 'CD001') break
    const type = bytes[at]
    if (type === 255) break
    if (type !== 1 && type !== 2) continue
    const block = bytes.readUInt16LE(at + 128) || SECTOR
    const joliet = type === 2 && bytes[at + 88] === 0x25 && bytes[at + 89] === 0x2f
    if (type === 1 || joliet) trees.push({ joliet, block, root: { at: bytes.readUInt32LE(at + 158) * block, size: bytes.readUInt32LE(at + 166) } })
  }
  return trees
}

interface Found {
  readonly name: string
  readonly at: number
  readonly size: number
  readonly isFolder: boolean
  readonly offset: number
}

/** The records of one folder (ECMA-119, 9.1); none crosses a sector, and a zero length ends one. */
function* readFolder(bytes: Buffer, { at: from, size }: { at: number; size: number }, { block, joliet }: Tree, budget: Budget): Generator<Found> {
  const end = Math.min(from + size, bytes.length)
  for (let at = from; at + 34 <= end;) {
    budget.step()
    const length = bytes[at]!
    if (length < 34) {
      at = (Math.floor(at / SECTOR) + 1) * SECTOR
      continue
    }
    const nameBytes = bytes.subarray(at + 33, Math.min(at + 33 + bytes[at + 32]!, end))
    // One byte of 0 or 1 is the folder itself or the one above.
    if (!(nameBytes.length === 1 && nameBytes[0]! < 2)) {
      const name = (joliet ? wideText(nameBytes) : nameBytes.toString('latin1')).replace(/;\d{1,5}$/, '')
      yield {
        name,
        at: (bytes.readUInt32LE(at + 2) + bytes[at + 1]!) * block,
        size: bytes.readUInt32LE(at + 10),
        isFolder: (bytes[at + 25]! & DIRECTORY) !== 0,
        offset: at,
      }
    }
    at += length
  }
}

function wideText(bytes: Buffer): string {
  return utf16(Buffer.from(bytes.subarray(0, bytes.length & ~1)).swap16())
}

function extent(bytes: Buffer, { at, size, damage, budget }: { at: number; size: number; damage: Set<string>; budget: Budget }): Buffer {
  const data = bytes.subarray(at, at + size)
  if (data.length < size) damage.add('a file lies outside the image')
  budget.takeBytes(data.length)
  return data
}
