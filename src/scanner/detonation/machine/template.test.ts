import { createHash } from 'node:crypto'
import { existsSync, fstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pause } from '#platform/clock/clock.ts'
import { writeTinyGuest } from '#test/harness/tiny-guest.ts'
import { ownerName } from './owner.ts'
import { QmpError } from './qmp.ts'
import { makeTemplate, openTemplate, type ImageFiles, type Template } from './template.ts'

const SHAPE = { accelerator: 'tcg', memoryMiB: 64, cpus: 1 } as const
const can = process.getuid?.() === 0 && existsSync('/usr/bin/qemu-system-x86_64')

const hash = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')
const groups = () => readdirSync('/sys/fs/cgroup').flatMap((controller) => groupsOf(join('/sys/fs/cgroup', controller, 'vedette')))
const groupsOf = (parent: string) => (existsSync(parent) ? readdirSync(parent).filter((number) => existsSync(join(parent, number, ownerName()!))) : [])
const accountOf = (pid: number) => /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
const descriptors = () => readdirSync('/proc/self/fd').length
async function until(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 20) {
    if (waited > 10_000) throw new Error('it does not come to hold')
    await pause(20)
  }
}

describe.skipIf(!can)(can ? 'machines' : 'machines (root alone can build their wall, and QEMU has to be installed)', () => {
  let folder: string
  let image: ImageFiles
  let template: Template | undefined
  let hashes: Record<string, string>

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vedette-machines-'))
    image = writeTinyGuest(folder)
    await makeTemplate(SHAPE, image, join(folder, 'template'), async (machine) => {
      await until(() => machine.said().endsWith('R'))
      // What a serial port has not sent to its end when the machine is saved is sent again by each clone.
      await pause(200)
    })
    template = await openTemplate(SHAPE, image, join(folder, 'template'), join(folder, 'runs'))
    hashes = base()
  }, 60_000)
  afterAll(() => {
    template?.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const base = () =>
    Object.fromEntries(
      [image.image, image.kernel, image.initrd, ...['memory', 'state', 'disk'].map((name) => join(folder, 'template', name))].map((path) => [path, hash(path)]),
    )

  it('run on where the template was saved, several at once, and leave nothing', async () => {
    const before = descriptors()
    for (let round = 0; round < 3; round++) {
      const clones = await Promise.all([template!.clone(), template!.clone()])
      for (const { qmp, said } of clones) {
        expect(await qmp.run('query-status')).toMatchObject({ status: 'running' })
        // It was said before the template was saved.
        expect(said()).toBe('')
      }
      expect(groups().length).toBeGreaterThanOrEqual(2)
      await Promise.all(clones.map((clone) => clone.end()))
    }
    await until(() => descriptors() <= before)
    expect(groups()).toEqual([])
    expect(readdirSync(join(folder, 'runs'))).toEqual([])
    expect(base()).toEqual(hashes)
  })

  it('leave nothing when QEMU is killed', async () => {
    const before = descriptors()
    for (const ms of [0, 30, 150]) {
      const clone = await template!.clone()
      await pause(ms)
      process.kill(clone.pid, 'SIGKILL')
      await clone.ended
      await expect(clone.qmp.run('query-status')).rejects.toThrow(QmpError)
      await clone.end()
      await clone.end()
    }
    await until(() => descriptors() <= before)
    expect(groups()).toEqual([])
  })

  it('keep their disk until it was compared', async () => {
    const clone = await template!.clone()
    const account = accountOf(clone.pid)
    await clone.halt()
    expect(fstatSync(clone.overlay).size).toBe(512 * 2 ** 20)
    // The next one has its account: to end the first again ends nothing of it.
    const next = await template!.clone()
    expect(accountOf(next.pid)).toBe(account)
    await clone.end()
    expect(existsSync(`/proc/self/fd/${clone.overlay}`)).toBe(false)
    expect(await next.qmp.run('query-status')).toMatchObject({ status: 'running' })
    await next.end()
  })

  it('are refused with a reason where a file of the image is missing, without a leak', async () => {
    const before = descriptors()
    const without = { ...image, kernel: join(folder, 'none') }
    await expect(openTemplate(SHAPE, without, join(folder, 'template'), join(folder, 'runs'))).rejects.toThrow('ENOENT')
    await expect(openTemplate(SHAPE, image, join(folder, 'none'), join(folder, 'runs'))).rejects.toThrow('ENOENT')
    await until(() => descriptors() <= before)
  })
})
