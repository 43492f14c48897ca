import { getEventListeners } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pause } from '#platform/clock/clock.ts'
import { writeTinyGuest } from '#test/harness/tiny-guest.ts'
import { NoRoom, openClonePool, type ClonePool, type PoolEnvironment } from './pool.ts'
import { makeTemplate, openTemplate, type Template } from './template.ts'

const SHAPE = { accelerator: 'tcg', memoryMiB: 64, cpus: 1 } as const
const can = process.getuid?.() === 0 && existsSync('/usr/bin/qemu-system-x86_64')

describe.skipIf(!can)(can ? 'the pool of clones' : 'the pool of clones (root alone can build machines, and QEMU has to be installed)', () => {
  let folder: string
  let pool: ClonePool | undefined
  const made: ('ready' | 'running')[] = []
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vedette-pool-'))
    const image = writeTinyGuest(folder)
    await makeTemplate(SHAPE, image, join(folder, 'template'), async (machine) => {
      while (!machine.said().endsWith('R')) await pause(20)
    })
    const environment: PoolEnvironment = {
      templateMiB: 64,
      cloneMiB: 832,
      cpus: 1,
      open: async () => {
        const template = await openTemplate(SHAPE, image, join(folder, 'template'), join(folder, 'runs'))
        const clone = (stand?: boolean) => {
          made.push(stand ? 'ready' : 'running')
          return template.clone(stand)
        }
        return { ...template, clone }
      },
    }
    pool = openClonePool({ environments: new Map([['tiny', environment]]), memoryMiB: 1800, cpus: 1 })
  }, 60_000)
  afterAll(async () => {
    await pool?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('gives a clone to one after the other, says what the next waits for, and has its room back', { timeout: 60_000 }, async () => {
    const first = await pool!.take('tiny')
    expect(await first.clone.qmp.run('query-status')).toMatchObject({ status: 'running' })
    const reasons: string[] = []
    const second = pool!.take('tiny', undefined, (reason) => reasons.push(reason))
    const given = new AbortController()
    const third = pool!.take('tiny', given.signal)
    given.abort(new Error('nobody waits any more'))
    await expect(third).rejects.toThrow('nobody waits any more')
    expect(reasons).toEqual(['processors: 1 of 1 are in use, and it takes 1'])
    await first.end()
    await first.end()
    const lease = await second
    expect(lease.clone.pid).not.toBe(first.clone.pid)
    expect(await lease.clone.qmp.run('query-status')).toMatchObject({ status: 'running' })
    await lease.end()
  })

  it('lets whoever gives up go at once, makes no clone for nobody, and ends what is being made when it is closed', { timeout: 60_000 }, async () => {
    const opening = Promise.withResolvers<Template>()
    const slow: PoolEnvironment = {
      templateMiB: 1,
      cloneMiB: 1,
      cpus: 1,
      open: (closing) => {
        closing.addEventListener('abort', () => opening.reject(closing.reason))
        return opening.promise
      },
    }
    const other = openClonePool({ environments: new Map([['slow', slow]]), memoryMiB: 100, cpus: 2 })
    const given = new AbortController()
    const first = other.take('slow', given.signal)
    given.abort(new Error('nobody waits any more'))
    await expect(first).rejects.toThrow('nobody waits any more')
    const second = other.take('slow')
    const refused = expect(second).rejects.toThrow('no machines are started any more')
    await other.close()
    await refused
  })

  it('asks nothing more of a signal once the lease was given', { timeout: 60_000 }, async () => {
    const { signal } = new AbortController()
    const asked = pool!.take('tiny', signal)
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    const lease = await asked
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    await lease.end()
  })

  it('has one ready, which stands still, for the next', { timeout: 60_000 }, async () => {
    // The leases before it were ended: there is a processor for it.
    await expect.poll(() => made.at(-1)).toBe('ready')
    const before = made.filter((one) => one === 'running').length
    const { clone, end } = await pool!.take('tiny')
    expect(await clone.qmp.run('query-status')).toMatchObject({ status: 'running' })
    expect(made.filter((one) => one === 'running')).toHaveLength(before)
    await end()
  })

  it('refuses what it does not have, and all once it is closed', async () => {
    await expect(pool!.take('other')).rejects.toThrow(NoRoom)
    await pool!.close()
    await expect(pool!.take('tiny')).rejects.toThrow('no machines are started any more')
  })
})
