import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openCgroup, sweepCgroups } from './cgroup.ts'
import { hasEnded, ownerName } from './owner.ts'

const LIMITS = { memoryBytes: 100 * 2 ** 20 + 1, processes: 32, cpus: 1.5 }

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vedette-cgroup-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))
const text = (...path: string[]) => readFileSync(join(root, ...path), 'utf8')

/** A folder of plain files stands for the kernel's: what is written where is the same. */
describe('the group of a machine', () => {
  it('has its limits in version 2, whose controllers are passed on from the root', () => {
    writeFileSync(join(root, 'cgroup.controllers'), 'cpu memory pids\n')
    writeFileSync(join(root, 'cgroup.subtree_control'), 'memory\n')
    const group = openCgroup('1800000000', LIMITS, root)!
    const own = join('vedette', '1800000000', ownerName()!)
    expect(text('cgroup.subtree_control')).toBe('+pids +cpu')
    expect(text('vedette', 'cgroup.subtree_control')).toBe('+memory +pids +cpu')
    expect(text(own, 'memory.max')).toBe(String(100 * 2 ** 20 + 4096))
    expect(text(own, 'memory.swap.max')).toBe('0')
    expect(text(own, 'pids.max')).toBe('32')
    expect(text(own, 'cpu.max')).toBe('150000 100000')
    expect(group.entries).toEqual([join(root, own, 'cgroup.procs')])
  })

  it('has its limits in version 1, in the tree of each controller', () => {
    const group = openCgroup('1800000000', LIMITS, root)!
    const own = join('vedette', '1800000000', ownerName()!)
    expect(text('memory', own, 'memory.limit_in_bytes')).toBe(String(100 * 2 ** 20 + 4096))
    expect(text('memory', own, 'memory.memsw.limit_in_bytes')).toBe(String(100 * 2 ** 20 + 4096))
    expect(text('pids', own, 'pids.max')).toBe('32')
    expect(text('cpu', own, 'cpu.cfs_quota_us')).toBe('150000')
    expect(group.entries).toHaveLength(3)
  })

  it('holds a process only where every controller has it', () => {
    const group = openCgroup('1800000000', LIMITS, root)!
    for (const entry of group.entries.slice(1)) writeFileSync(entry, '77\n')
    expect(group.holds(77)).toBe(false)
    writeFileSync(group.entries[0]!, '77\n')
    expect(group.holds(77)).toBe(true)
  })

  it('is taken once', () => {
    expect(openCgroup('1800000000', LIMITS, root)).toBeDefined()
    expect(openCgroup('1800000000', LIMITS, root)).toBeUndefined()
    expect(openCgroup('1800000001', LIMITS, root)).toBeDefined()
  })
})

describe('what a dead worker left', () => {
  const leave = (owner: string) => {
    for (const controller of ['memory', 'pids', 'cpu']) mkdirSync(join(root, controller, 'vedette', '1800000000', owner), { recursive: true })
  }
  const dead = () => {
    const pid = Number(execFileSync('/bin/sh', ['-c', 'echo $$'], { encoding: 'utf8' }))
    return ownerName()!.replace(/^\d+/, String(pid))
  }

  it('is swept, and what a living one has is not', async () => {
    leave(dead())
    mkdirSync(join(root, 'memory', 'vedette', '1800000001', ownerName()!), { recursive: true })
    expect(await sweepCgroups(root)).toBe(1)
    expect(readdirSync(join(root, 'memory', 'vedette'))).toEqual(['1800000001'])
    expect(existsSync(join(root, 'pids', 'vedette', '1800000000'))).toBe(false)
  })

  it('is left alone where its numbers are those of another container', async () => {
    leave('7-100-1')
    expect(hasEnded('7-100-1')).toBeUndefined()
    expect(await sweepCgroups(root)).toBe(0)
  })

  it('knows a process by when it started, too', () => {
    expect(hasEnded(ownerName()!)).toBe(false)
    expect(hasEnded(ownerName()!.replace(/-\d+-/, '-1-'))).toBe(true)
    expect(hasEnded('something else')).toBeUndefined()
  })
})
