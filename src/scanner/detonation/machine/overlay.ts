import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmodSync, copyFileSync, openSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Bytes that a guest may write before its disk is full. */
export const OVERLAY_BYTES = 512 * 2 ** 20

/**
 * Makes an empty disk for what a guest writes: block-mapped files, no journal, so that a small reader of our own can compare it (`ext4.ts` of formats).
 */
export function makeOverlay(path: string): void {
  writeFileSync(path, '')
  truncateSync(path, OVERLAY_BYTES)
  opensForMachine(path)
  const features = '^extents,^has_journal,^64bit,^metadata_csum,^dir_index,^resize_inode,^flex_bg,^huge_file'
  const made = spawnSync(
    'mke2fs',
    ['-q', '-F', '-t', 'ext4', '-O', features, '-N', '8192', '-m', '0', '-E', 'lazy_itable_init=1,nodiscard,root_owner=0:0', path],
    { encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(`mke2fs: ${made.stderr || made.error?.message}`)
}

/** A copy of a disk that nobody but whoever has the descriptor reaches: it is gone when that is closed, however this process ends. */
export function openCopy(path: string, folder: string): number {
  const copy = join(folder, `${randomUUID()}.disk`)
  const made = spawnSync('cp', ['--sparse=always', '--reflink=auto', path, copy])
  if (made.status !== 0) copyFileSync(path, copy)
  opensForMachine(copy)
  try {
    return openSync(copy, 'r+')
  } finally {
    rmSync(copy, { force: true })
  }
}

/** QEMU has an account of its own and opens its descriptor again; nobody else reaches into the folder that the file lies in. */
const opensForMachine = (path: string) => chmodSync(path, 0o666)
