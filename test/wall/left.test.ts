import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pause } from '#platform/clock/clock.ts'
import { sweepLeft } from '#scanner/detonation/drivers/qemu-template.ts'
import { sweepCgroups } from '#scanner/detonation/machine/cgroup.ts'
import { ownerName } from '#scanner/detonation/machine/owner.ts'
import { makeTemplate } from '#scanner/detonation/machine/template.ts'
import { endlessEnvironment, writeTinyGuest } from '#test/harness/tiny-guest.ts'

const can = process.getuid?.() === 0 && existsSync('/usr/bin/qemu-system-x86_64')
const ROOTS = ['/sys/fs/cgroup', ...['memory', 'pids', 'cpu'].map((name) => `/sys/fs/cgroup/${name}`)]

/** The folders of the groups that a worker of that name made, and the processes in them. */
function left(owner: string): { folders: string[]; processes: string[] } {
  const folders = ROOTS.map((root) => join(root, 'vedette'))
    .filter((parent) => existsSync(parent))
    .flatMap((parent) => readdirSync(parent).map((number) => join(parent, number, owner)))
    .filter((folder) => existsSync(folder))
  return { folders, processes: folders.flatMap((folder) => readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)) }
}

function commands(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'latin1')]
      } catch {
        return []
      }
    })
}

describe.skipIf(!can)(can ? 'a worker that is killed' : 'a worker that is killed (root alone can build machines, and QEMU has to be installed)', () => {
  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vedette-left-'))
    await makeTemplate({ accelerator: 'tcg', memoryMiB: 64, cpus: 1 }, writeTinyGuest(folder), join(folder, 'template'), async (machine) => {
      while (!machine.said().endsWith('R')) await pause(20)
    })
  }, 60_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('leaves no process, group and disk, whenever that is', { timeout: 120_000 }, async () => {
    let ran = 0
    for (const ms of [0, 40, 80, 130, 200, 320, 700, 1500]) {
      const worker = spawn(process.execPath, [join(import.meta.dirname, 'left-worker.ts'), folder], { stdio: ['ignore', 'pipe', 'inherit'] })
      const [said] = (await once(worker.stdout, 'data')) as [Buffer]
      expect(said.toString()).toContain('started')
      const owner = ownerName(worker.pid)!
      await pause(ms)
      // Control: there was something to leave.
      ran += left(owner).processes.length
      worker.kill('SIGKILL')
      await once(worker, 'exit')
      // Those that the kernel ends with their parent go by themselves; the rest is what the next worker sweeps.
      await sweepCgroups()
      expect(left(owner)).toEqual({ folders: [], processes: [] })
      expect(readdirSync(join(folder, 'runs'))).toEqual([])
      for (let waited = 0; commands().some((command) => command.includes(folder)); waited += 20) {
        expect(waited).toBeLessThan(3000)
        await pause(20)
      }
    }
    expect(ran).toBeGreaterThan(0)
  })

  it('leaves nothing half made of a template, whenever that is', { timeout: 120_000 }, async () => {
    const environment = endlessEnvironment(folder)
    let begun = 0
    for (const ms of [0, 1, 2, 3].map(() => Math.random() * 600)) {
      const worker = spawn(process.execPath, [join(import.meta.dirname, 'left-worker.ts'), folder, 'making'], { stdio: ['ignore', 'pipe', 'inherit'] })
      await once(worker.stdout, 'data')
      const owner = ownerName(worker.pid)!
      await pause(ms)
      worker.kill('SIGKILL')
      await once(worker, 'exit')
      // Control: there was something to leave.
      if (existsSync(`${environment.folder}.making`)) begun++
      await sweepCgroups()
      // Its lock is gone with it, a moment later.
      await expect.poll(async () => (await sweepLeft(environment), existsSync(`${environment.folder}.making`))).toBe(false)
      expect(left(owner)).toEqual({ folders: [], processes: [] })
      expect(readdirSync(tmpdir()).filter((name) => name.includes(owner))).toEqual([])
    }
    expect(begun).toBeGreaterThan(0)
  })
})
