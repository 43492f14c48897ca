import { createHash } from 'node:crypto'
import { printable } from '#scanner/formats/bytes.ts'
import { readExt4, type Ext4Entry } from '#scanner/formats/ext4.ts'
import { readPieces } from '#scanner/formats/sparse-bytes.ts'
import { Budget, Damaged, LIMITS, LimitReached } from '#scanner/intake/limits.ts'
import type { DiskEntry, DiskListing } from './contract.ts'

/** What overlayfs keeps a guest's changes in, and what it works with (`guest/init`). */
const UPPER = 'up'
const LONGEST_PATH = 4000
const MOST_CONTENT = 8 * 2 ** 20
const BOUNDS = { ...LIMITS, objects: 9_000, bytes: 512 * 2 ** 20 }

/** Reads a disk of a guest, as `piecesOf` handed it over; gives the contents of files whose hash is not among those known. Never throws Damaged or LimitReached. */
export function listDisk(pieces: Buffer, known: ReadonlySet<string>): DiskListing {
  const damage: string[] = []
  const entries: DiskEntry[] = []
  const contents: Record<string, string> = {}
  let room = MOST_CONTENT
  const note = (error: unknown) => {
    if (!(error instanceof Damaged || error instanceof LimitReached)) throw error
    if (damage.length < 100) damage.push(printable(error.message))
  }
  let cut: string | undefined
  try {
    const disk = readExt4(readPieces(pieces), new Budget(BOUNDS))
    cut = disk.cut
    for (const one of disk.damage) damage.push(printable(one))
    for (const entry of disk.entries) {
      if (!entry.path.startsWith(`${UPPER}/`)) continue
      let content: Buffer | undefined
      try {
        if (entry.kind === 'file') content = entry.read()
      } catch (error) {
        note(error)
      }
      const sha256 = content && createHash('sha256').update(content).digest('hex')
      entries.push(described(entry, sha256, content !== undefined && isProgram(content)))
      if (!content || !sha256 || known.has(sha256) || sha256 in contents || content.length > room) continue
      room -= content.length
      contents[sha256] = content.toString('base64')
    }
  } catch (error) {
    note(error)
  }
  return { entries, damage, ...(cut && { cut }), contents }
}

/** How ELF (System V ABI, chapter 4), PE (whose header lies where the 60th byte says) and scripts (execve(2)) begin: by more than two bytes, which any data may begin with. */
function isProgram(content: Buffer): boolean {
  const start = content.toString('latin1', 0, 256)
  if (start.startsWith('\x7fELF') || /^#![ \t]*[!-~][ -~\t]*(?:\r?\n|$)/.test(start)) return true
  if (!start.startsWith('MZ') || content.length < 64) return false
  const header = content.readUInt32LE(60)
  return content.toString('latin1', header, header + 4) === 'PE\0\0'
}

function described(entry: Ext4Entry, sha256: string | undefined, program: boolean): DiskEntry {
  return {
    path: printable(entry.path.slice(UPPER.length), LONGEST_PATH),
    kind: entry.kind,
    size: entry.size,
    mode: entry.mode,
    uid: entry.uid,
    ...(sha256 && { sha256 }),
    ...(program && { program: true as const }),
    ...(entry.target !== undefined && { target: printable(entry.target, LONGEST_PATH) }),
    ...(entry.opaque && { opaque: true as const }),
  }
}
