import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { createReadStream, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pause, stopwatch } from '#platform/clock/clock.ts'
import { ownerName } from '#scanner/detonation/machine/owner.ts'
import { makeTemplate, openTemplate } from '#scanner/detonation/machine/template.ts'
import { writeTinyGuest } from '#test/harness/tiny-guest.ts'
import { figure, memoryMiBOf } from './figure.ts'

/**
 * Runs one clone after the other: `bin/run bench/detonation-leaks.ts [RUNS]` (1,000). The guest of each changes its memory all the time. What a run leaves of processes, groups,
 * descriptors, files and memory is counted before and after, and the hashes of what all runs share are compared. As root.
 */
const runs = Number(process.argv[2] ?? 1000)
const SHAPE = { accelerator: 'tcg', memoryMiB: 64, cpus: 1 } as const
const folder = mkdtempSync(join(tmpdir(), 'vedette-leaks-'))
const image = writeTinyGuest(folder)
await makeTemplate(SHAPE, image, join(folder, 'template'), async (machine) => {
  while (!machine.said().endsWith('R')) await pause(20)
})
const template = await openTemplate(SHAPE, image, join(folder, 'template'), join(folder, 'runs'))

async function hashes(): Promise<string> {
  const hash = createHash('sha256')
  for (const path of [image.image, image.kernel, image.initrd, ...['memory', 'state', 'disk'].map((name) => join(folder, 'template', name))])
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

async function counted() {
  global.gc?.()
  const groups = ['', 'memory', 'pids', 'cpu'].map((name) => join('/sys/fs/cgroup', name, 'vedette')).filter((path) => existsSync(path))
  return {
    processes: Number(execFileSync('/bin/sh', ['-c', `ps -o pid= --ppid ${process.pid} | wc -l`], { encoding: 'utf8' })),
    // Those of other processes of this host are not ours.
    groups: groups.flatMap((path) => readdirSync(path).filter((name) => existsSync(join(path, name, ownerName()!)))).length,
    descriptors: readdirSync('/proc/self/fd').length,
    files: readdirSync(folder, { recursive: true }).length,
    diskKiB: Number(execFileSync('du', ['-sk', folder], { encoding: 'utf8' }).split('\t')[0]),
    memoryMiB: memoryMiBOf([process.pid]),
  }
}

async function run(): Promise<number> {
  const wall = stopwatch()
  const clone = await template.clone()
  const ms = wall()
  await clone.end()
  return ms
}

// The first runs load what stays.
for (let i = 0; i < Math.min(20, runs); i++) await run()
const [before, base] = [await counted(), await hashes()]
const starts: number[] = []
for (let i = 0; i < runs; i++) starts.push(await run())
const after = await counted()
starts.sort((a, b) => a - b)
figure('runs', runs, '')
figure('clone running, median', starts[Math.floor(starts.length / 2)]!, 'ms')
figure('clone running, 95th of 100', starts[Math.floor(starts.length * 0.95)]!, 'ms')
for (const name of Object.keys(before) as (keyof typeof before)[]) figure(`${name} more than before`, after[name] - before[name], '')
figure('hashes of the base that changed', (await hashes()) === base ? 0 : 1, '')
template.close()
rmSync(folder, { recursive: true, force: true })
