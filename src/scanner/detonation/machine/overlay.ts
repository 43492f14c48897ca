import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, closeSync, constants, openSync, truncateSync, writeFileSync } from 'node:fs'

/** Bytes that a guest may write before its disk is full. */
export const OVERLAY_BYTES = 512 * 2 ** 20

/**
 * Makes an empty disk for what a guest writes: block-mapped files, no journal, so that a small reader of our own can compare it (`ext4.ts` of formats).
 */
export function makeOverlay(path: string): void {
  writeFileSync(path, '')
  truncateSync(path, OVERLAY_BYTES)
  chmodSync(path, 0o600)
  const features = '^extents,^has_journal,^64bit,^metadata_csum,^dir_index,^resize_inode,^flex_bg,^huge_file'
  const made = spawnSync(
    'mke2fs',
    ['-q', '-F', '-t', 'ext4', '-O', features, '-N', '8192', '-m', '0', '-E', 'lazy_itable_init=1,nodiscard,root_owner=0:0', path],
    { encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(`mke2fs: ${made.stderr || made.error?.message}`)
}

/** O_TMPFILE of Linux (asm-generic/fcntl.h), for reading and writing: a file without a name. */
const NAMELESS = 0o20200000 | constants.O_RDWR

/** A copy of a disk that has no name: nobody but whoever has the descriptor reaches it, and it is gone when that is closed, however this process ends. */
export async function openCopy(path: string, folder: string): Promise<number> {
  const copy = openSync(folder, NAMELESS, 0o600)
  try {
    const copying = spawn('cp', ['--sparse=always', '--reflink=auto', path, '/proc/self/fd/3'], { stdio: ['ignore', 'ignore', 'pipe', copy] })
    let said = ''
    copying.stderr!.on('data', (text: Buffer) => (said += text.toString()))
    const [code] = (await once(copying, 'close')) as [number | null]
    if (code !== 0) throw new Error(`the disk of the template could not be copied: ${said.trim() || 'cp was ended'}`)
    return copy
  } catch (error) {
    closeSync(copy)
    throw error
  }
}
