import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { FILE, FOLDER, packInitrd, type Entry } from '#scanner/detonation/image/initrd.ts'
import type { QemuEnvironment } from '#scanner/detonation/drivers/qemu.ts'
import { testGuest } from './guest.ts'

const OWN = join(import.meta.dirname, '../guest')

/** The name of the environment of `testEnvironment`. */
export const FAULTY = 'faulty-test'

/**
 * The Poppler environment with the deliberately faulty viewer of `test/guest` in the place of its own: the same image, and an initramfs that brings the
 * viewer along. It lies in a folder of its own, which `remove` takes away.
 */
export async function testEnvironment(): Promise<{ environment: QemuEnvironment; runs: string; remove(): void } | { skipped: string }> {
  const guest = await testGuest()
  if (guest.skipped !== undefined) return { skipped: guest.skipped }
  const folder = mkdtempSync(join(tmpdir(), 'vedette-detonation-'))
  const { manifest } = guest
  const initrd = Buffer.concat([readFileSync(join(guest.folder, 'initrd')), packInitrd(entriesOf(OWN))])
  writeFileSync(join(folder, 'initrd'), initrd)
  return {
    environment: {
      environment: { ...manifest.environment, name: FAULTY, viewer: 'other', line: 'faulty' },
      shape: { accelerator: 'tcg', memoryMiB: manifest.memory_mib, cpus: manifest.cpus },
      image: { image: join(guest.folder, 'image'), kernel: join(guest.folder, 'vmlinuz'), initrd: join(folder, 'initrd') },
      hashes: { image: manifest.image.sha256, kernel: manifest.kernel.sha256, initrd: createHash('sha256').update(initrd).digest('hex') },
      folder: join(folder, 'template'),
    },
    runs: join(folder, 'runs'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function entriesOf(folder: string): Entry[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => ({ at: join(folder, name), path: join('agent', relative(folder, join(folder, name))) }))
    .map(({ at, path }) => (statSync(at).isDirectory() ? { path, mode: FOLDER } : { path, mode: FILE, bytes: readFileSync(at) }))
}
