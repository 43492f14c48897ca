import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packInitrd, PROGRAM } from '#scanner/detonation/image/initrd.ts'
import { testGuest } from './guest.ts'

const INIT = join(import.meta.dirname, '../fake-guest/init')

export const FAKE_WINDOWS = {
  schema: 'vedette.windows/1',
  name: 'office2016-windows10',
  os: 'Windows 10 22H2',
  line: 'office',
  age: 'older',
  disk: { file: 'disk.qcow2', bus: 'virtio' },
  boot: { kernel: 'vmlinuz', initrd: 'initrd' },
  memory_mib: 128,
  cpus: 1,
  apps: [{ name: 'Microsoft Word', version: '16.0.4266.1001', patch: '2016-05' }],
  open: { docx: { app: 'Microsoft Word', command: ['C:\\Office16\\WINWORD.EXE', '/q', '{file}'] } },
  // Bounds are of wall time: a guest that is starved for some seconds is neither silent nor unable to close.
  dwell: { quiet_ms: 200, most_seconds: 12, silent_seconds: 12, closing_seconds: 5 },
  ready_within_seconds: 200,
}

/**
 * A folder as an operator's Windows image makes one, with a tiny Linux in its place that speaks the agent's protocol (test/fake-guest): no licence is needed
 * to test what a real one is driven by. The kernel is that of the tests' own guest.
 */
export async function fakeWindows(): Promise<{ guests: string; folder: string; remove(): void } | { skipped: string }> {
  const guest = await testGuest()
  if (guest.skipped !== undefined) return { skipped: guest.skipped }
  const guests = mkdtempSync(join(tmpdir(), 'vedette-windows-'))
  chmodSync(guests, 0o755)
  const folder = join(guests, FAKE_WINDOWS.name)
  mkdirSync(folder)
  copyFileSync(join(guest.folder, 'vmlinuz'), join(folder, 'vmlinuz'))
  const init = packInitrd([{ path: 'init', mode: PROGRAM, bytes: readFileSync(INIT) }])
  writeFileSync(join(folder, 'initrd'), Buffer.concat([readFileSync(join(guest.folder, 'initrd')), init]))
  const made = spawnSync('qemu-img', ['create', '-q', '-f', 'qcow2', join(folder, FAKE_WINDOWS.disk.file), '16M'], { encoding: 'utf8' })
  if (made.status !== 0) throw new Error(made.stderr)
  writeFileSync(join(folder, 'windows.json'), JSON.stringify(FAKE_WINDOWS))
  return { guests, folder, remove: () => rmSync(guests, { recursive: true, force: true }) }
}
