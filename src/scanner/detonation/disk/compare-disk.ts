import { fstatSync, read } from 'node:fs'
import { promisify } from 'node:util'
import { PIECE, piecesHeader } from '#scanner/formats/sparse-bytes.ts'
import { parseAnswer } from '#scanner/jail/answer.ts'
import { findFence, type Fence } from '#scanner/jail/fence.ts'
import { JAIL_LIMITS, JailedProcess } from '#scanner/jail/process.ts'
import { programOf, SCRIPTS } from '#scanner/jail/program.ts'
import type { Sample } from '#scanner/jail/sample.ts'
import { diskDifference, type DiskChange } from './difference.ts'
import { DiskListing } from './contract.ts'
import { extentsOf, type Extent } from './extents.ts'

const LIMITS = { ...JAIL_LIMITS, cpuMs: 15_000, memoryBytes: 1024 * 2 ** 20 }
const AT_ONCE = 16 * PIECE
/** More than this in use is more than the reading process may hold. */
const MOST_BYTES = 400 * 2 ** 20

/** The disk of a guest could not be read; the report says so. */
export class DiskUnread extends Error {}

/** What a run wrote, as its disk shows. */
export interface DiskReport {
  readonly changes: readonly DiskChange[]
  /** Contents of what was written, by their hash; of large files none. Hostile. */
  readonly contents: ReadonlyMap<string, Buffer>
  /** What of the disk could not be read, in words. */
  readonly unread: readonly string[]
}

let found: Fence | undefined

/** What lies on the disk of a template, for every later comparison. Rejects with `DiskUnread`. */
export const listTemplate = (disk: number): Promise<DiskListing> => list(disk, [])

/**
 * Compares the disk of a guest that has ended with that of its template. It is the disk of whoever wrote it: a process behind the fence of the static scan reads it. Rejects with
 * `DiskUnread`.
 */
export async function compareDisk(template: DiskListing, disk: number, { mostBytes = MOST_BYTES } = {}): Promise<DiskReport> {
  const known = template.entries.flatMap(({ sha256 }) => (sha256 ? [sha256] : []))
  const { entries, damage, cut, contents } = await list(disk, known, mostBytes)
  return {
    changes: diskDifference(template.entries, entries),
    contents: new Map(Object.entries(contents).map(([sha256, content]) => [sha256, Buffer.from(content, 'base64')])),
    unread: [...damage, ...(cut ? [`more lies on it than is read: ${cut}`] : [])],
  }
}

async function list(disk: number, known: readonly string[], mostBytes = MOST_BYTES): Promise<DiskListing> {
  const sample = await piecesOf(disk, mostBytes)
  const reader = new JailedProcess(await programOf(SCRIPTS.disk), LIMITS, (found ??= findFence()))
  try {
    const answer = await reader.ask({ known }, sample, () => undefined)
    if (!Buffer.isBuffer(answer)) throw new DiskUnread(`the disk could not be read: ${answer.detail}`)
    const listing = DiskListing.safeParse(parseAnswer(answer))
    if (!listing.success) throw new DiskUnread('the disk could not be read: the answer of the reading process does not fit')
    return listing.data
  } finally {
    reader.kill()
  }
}

const readAt = promisify(read)

async function whereIsData(disk: number): Promise<Extent[]> {
  try {
    return await extentsOf(disk)
  } catch (error) {
    throw new DiskUnread(`the disk could not be read: where it holds something is not known: ${(error as Error).message}`)
  }
}

/** The pieces of a disk that hold something. Rejects with `DiskUnread` where those are too many. */
async function piecesOf(disk: number, mostBytes: number): Promise<Sample> {
  const { size } = fstatSync(disk)
  const numbers: number[] = []
  const buffer = Buffer.alloc(AT_ONCE)
  const empty = Buffer.alloc(PIECE)
  let at = 0
  for (const { from, to } of await whereIsData(disk)) {
    // Blocks of the host's file system may be smaller than a piece.
    const end = Math.ceil(to / PIECE) * PIECE
    for (at = Math.max(at, from - (from % PIECE)); at < end; at = Math.min(at + AT_ONCE, end)) {
      const { bytesRead } = await readAt(disk, buffer, 0, Math.min(AT_ONCE, end - at), at)
      for (let piece = 0; piece < bytesRead; piece += PIECE) {
        const held = buffer.subarray(piece, Math.min(piece + PIECE, bytesRead))
        if (!held.equals(empty.subarray(0, held.length))) numbers.push((at + piece) / PIECE)
      }
    }
  }
  if (numbers.length * PIECE > mostBytes) throw new DiskUnread(`more lies on the disk than is read: ${numbers.length * PIECE} bytes`)
  async function* pieces() {
    yield piecesHeader(size)
    for (const number of numbers) {
      const piece = Buffer.alloc(4 + PIECE)
      piece.writeUInt32LE(number)
      await readAt(disk, piece, 4, PIECE, number * PIECE)
      yield piece
    }
  }
  return { size: 8 + numbers.length * (4 + PIECE), pieces }
}
