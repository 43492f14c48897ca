import { createHash } from 'node:crypto'
import { createReadStream, existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { pause, stopwatch } from '#platform/clock/clock.ts'
import { thisMachine } from '#platform/clock/machine.ts'
import { readConfig } from '#platform/config.ts'
import { findBuilt } from '#scanner/detonation/drivers/built.ts'
import { openQemu } from '#scanner/detonation/drivers/qemu.ts'
import { ownerName } from '#scanner/detonation/machine/owner.ts'
import { onePage } from '#test/harness/one-page.ts'
import { figure } from './figure.ts'
import { childrenOf } from './harness/children.ts'
import { median, watchMachines } from './harness/machines.ts'

/**
 * Opens a PDF of one page again and again: `bin/run bench/detonation-leaks.ts [RUNS [AT-ONCE]]` (1,000, two at once), in the Poppler environment of the data folder. What this process
 * holds of processes, groups, descriptors, files, disk and memory is counted before and after, and the hashes of what all runs share are compared; it fails where anything is
 * left. Its memory is told after each fifth of the runs too, since what leaks goes on growing. As root.
 */
const runs = Number(process.argv[2] ?? 1000)
const atOnce = Number(process.argv[3] ?? 2)
const NAME = 'poppler-debian12'
const PARTS = 5
/** What the kept memory of allocators, and code that was compiled meanwhile, may differ by; of all else nothing may be left. */
const ALLOWED: Record<string, number> = { 'MiB of disk': 1, 'MiB of memory': 32, 'MiB of heap': 8 }

const { dataDir } = readConfig('live')
const found = findBuilt(join(dataDir, 'guest')).environments.find(({ environment }) => environment.name === NAME)
if (!found) {
  console.log(`  not measured: ${NAME} is not built in ${dataDir}`)
  process.exit(0)
}
const folder = mkdtempSync(join(tmpdir(), 'vedette-leaks-'))
const sandbox = openQemu({ environments: [found], runs: join(folder, 'runs'), clock: { now: () => new Date(thisMachine().wallMs()) }, ready: 1 })
const job = {
  environment: NAME,
  subject: { document: onePage('Guten Tag'), name: 'document.pdf' },
  options: { macros: true, egress: 'none', checkHeap: false },
} as const
const ends = new Map<string, number>()
const waits: number[] = []

async function run(): Promise<void> {
  const wall = stopwatch()
  const { end } = await sandbox.detonate(job)
  waits.push(wall() / 1000)
  ends.set(end, (ends.get(end) ?? 0) + 1)
}

async function runMany(count: number): Promise<void> {
  let left = count
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (left-- > 0) await run()
    }),
  )
}

async function hashes(): Promise<string> {
  const hash = createHash('sha256')
  const template = ['memory', 'state', 'disk', 'made.json'].map((name) => join(found!.folder, name))
  for (const path of [...Object.values(found!.image), ...template]) for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** Collects what nobody holds any more, so that what is counted is held. */
function collect(): void {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
}

function counted() {
  collect()
  const groups = ['', 'memory', 'pids', 'cpu'].map((name) => join('/sys/fs/cgroup', name, 'vedette')).filter((path) => existsSync(path))
  const files = [folder, found!.folder].flatMap((place) => readdirSync(place, { recursive: true, encoding: 'utf8' }).map((name) => join(place, name)))
  return {
    processes: childrenOf(process.pid).length,
    groups: groups.flatMap((path) => readdirSync(path).filter((name) => existsSync(join(path, name, ownerName()!)))).length,
    descriptors: readdirSync('/proc/self/fd').length,
    files: files.length,
    // Disks of clones have no name: their blocks are found by the descriptors alone.
    'MiB of disk': [...files, ...nameless()].reduce((sum, path) => sum + statSync(path).blocks / 2048, 0),
    // Of this process alone: a clone that stands ready holds pages of the memory that all clones share, more of them the more runs there were, and ends with its run.
    'MiB of memory': anonymousMiB(),
    'MiB of heap': heapMiB(),
  }
}

/** Memory of this process that no file backs, in MiB. */
function anonymousMiB(): number {
  return Number(/RssAnon:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1024
}

/** What this process holds of objects and of buffers, in MiB. */
function heapMiB(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return (heapUsed + arrayBuffers) / 2 ** 20
}

function nameless(): string[] {
  return readdirSync('/proc/self/fd')
    .map((name) => `/proc/self/fd/${name}`)
    .filter((path) => {
      try {
        return readlinkSync(path).startsWith(folder)
      } catch {
        return false
      }
    })
}

/** Whoever was just let go needs a moment; the one that stands ready is there again. */
async function settled() {
  await pause(3000)
  return counted()
}

// The first runs load what stays.
await runMany(Math.min(20, runs))
const [before, base, machines, own] = [await settled(), await hashes(), watchMachines(), process.cpuUsage()]
waits.length = 0
ends.clear()
for (let part = 1, done = 0; part <= PARTS; part++) {
  const until = Math.round((runs * part) / PARTS)
  await runMany(until - done)
  done = until
  if (part === PARTS) break
  const meanwhile = await settled()
  for (const name of ['MiB of memory', 'MiB of heap'] as const) figure(`${name} more than before, after ${done} runs`, meanwhile[name] - before[name], '')
}
const { user, system } = process.cpuUsage(own)
const cpuSeconds = machines.seconds() + (user + system) / 1e6
const after = await settled()
await machines.end()
figure('runs', runs, '')
figure('runs that ended rendered', ends.get('rendered') ?? 0, '')
for (const [end, count] of ends) if (end !== 'rendered') figure(`runs that ended ${end}`, count, '')
figure(`a run, ${atOnce} at once, median`, median(waits), 's')
figure('a run: processors', cpuSeconds / runs, 'CPU s')
for (const name of Object.keys(before) as (keyof typeof before)[]) {
  const more = after[name] - before[name]
  figure(`${name} more than before`, more, '')
  if (more > (ALLOWED[name] ?? 0)) process.exitCode = 1
}
const changed = (await hashes()) !== base
figure('hashes of the base that changed', changed ? 1 : 0, '')
if (changed || ends.get('rendered') !== runs) process.exitCode = 1
await sandbox.close()
rmSync(folder, { recursive: true, force: true })
