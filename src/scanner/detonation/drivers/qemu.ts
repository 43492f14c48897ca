import { availableParallelism } from 'node:os'
import { repeat, type Clock } from '#platform/clock/clock.ts'
import { DETONATION_SCHEMA, type Detonation, type Happening } from '../contract.ts'
import { happeningsOf, reportedIn } from '../egress/happenings.ts'
import { pageRefusal } from '../egress/page-refusal.ts'
import { EgressNotSet, openWayOut } from '../egress/way-out.ts'
import { DWELL } from '../guest/dwell.ts'
import { RECORD_LIMITS } from '../guest/record.ts'
import { runGuest, type RunLimits, type RunResult } from '../guest/run.ts'
import { memoryOfHost } from '../host-limits.ts'
import type { Need, Room } from '../machine/admission.ts'
import { sweepCgroups } from '../machine/cgroup.ts'
import { BESIDE_MEMORY_MIB } from '../machine/machine.ts'
import { openClonePool, type Lease, type PoolEnvironment } from '../machine/pool.ts'
import type { Clone } from '../machine/template.ts'
import { subjectHash } from '../run-faults.ts'
import { NoEnvironment, type Job, type Sandbox, type Watcher } from '../sandbox.ts'
import { TraceReader } from '../signals/trace.ts'
import { prepareTemplate, sweepLeft, type QemuEnvironment, type QemuTemplate } from './qemu-template.ts'
import { writtenFiles } from './written-files.ts'

export type { QemuEnvironment }

export interface QemuOptions {
  readonly environments: readonly QemuEnvironment[]
  /** A folder for the disks of running clones; they are gone when their clone is. */
  readonly runs: string
  readonly clock: Pick<Clock, 'now'>
  readonly limits?: RunLimits
  /** What all machines of this process may take together; otherwise what this host has, less what it needs itself. */
  readonly room?: Room
  /** Clones that stand ready for the next job, where there is room: none unless said. */
  readonly ready?: number
}

export const RUN_LIMITS: RunLimits = { dwell: DWELL, record: RECORD_LIMITS, eventBytes: 192 * 2 ** 20, traceBytes: 48 * 2 ** 20 }

/** How often what other processes left when they were killed is looked for. */
const SWEEP_EVERY_MS = 600_000

/**
 * Our own virtual machines as a sandbox. The template of an environment is made when it is first asked for and opened once; every detonation has a clone of
 * its own, which is ended before the answer is given. All machines together take no more than there is room for: who comes later waits.
 */
export function openQemu(options: QemuOptions): Sandbox {
  const closing = new AbortController()
  const running = new Set<Promise<unknown>>()
  const listeners = new Map(options.environments.map(({ environment: { name } }) => [name, new Set<(text: string) => void>()]))
  const pooled = options.environments.map((found): [string, PoolEnvironment<QemuTemplate>] => {
    const { name } = found.environment
    const tell = (text: string) => listeners.get(name)!.forEach((listener) => listener(text))
    return [name, { ...needOf(found), open: (closed) => prepareTemplate(found, options.runs, tell, closed) }]
  })
  const pool = openClonePool({ environments: new Map(pooled), ready: options.ready ?? 0, ...(options.room ?? roomOfHost(pooled.map(([, need]) => need))) })
  // Machines that the system did not end in time. An answer does not wait for that.
  const left = new Set<Clone>()
  const endLeft = () => Promise.allSettled([...left].map((clone) => clone.halt().then(() => left.delete(clone))))
  const stopSweeping = repeat(SWEEP_EVERY_MS, async () => {
    await Promise.allSettled([sweepCgroups(), endLeft(), ...options.environments.map(sweepLeft)])
  })

  async function detonate(found: QemuEnvironment, job: Job, watcher: Watcher | undefined, signal: AbortSignal): Promise<Detonation> {
    const { name } = found.environment
    const waits = (text: string) => watcher?.waits?.(text)
    listeners.get(name)!.add(waits)
    let lease: Lease<QemuTemplate> | undefined
    try {
      lease = await pool.take(name, signal, (reason) => waits(`Waiting for ${reason}.`))
    } catch (error) {
      if (signal.aborted) return reportOf(found, job, NOT_BEGUN)
      throw new NoEnvironment(`${name} could not be started: ${(error as Error).message}`, { cause: error })
    } finally {
      listeners.get(name)!.delete(waits)
    }
    try {
      return await detonateIn(lease, found, job, options, watcher, signal)
    } finally {
      const { clone } = lease
      await lease.end().catch(() => left.add(clone))
    }
  }

  return {
    environments: async () => (closing.signal.aborted ? [] : options.environments.map(({ environment }) => environment)),
    async detonate(job, watcher, signal) {
      const found = options.environments.find(({ environment }) => environment.name === job.environment)
      if (closing.signal.aborted) throw new NoEnvironment('the environments are closed')
      if (!found) throw new NoEnvironment(`there is no environment ${job.environment}`)
      const work = detonate(found, job, watcher, signal ? AbortSignal.any([signal, closing.signal]) : closing.signal)
      running.add(work)
      return work.finally(() => running.delete(work))
    },
    async close() {
      closing.abort()
      await Promise.allSettled([...running, pool.close(), stopSweeping()])
      await endLeft()
    },
  }
}

const NOT_BEGUN: RunResult = { end: 'killed', why_ended: 'it was given up before it began', dwell_ms: 0, happenings: [] }

const needOf = ({ shape: { memoryMiB, cpus } }: QemuEnvironment): Need => ({ templateMiB: memoryMiB, cloneMiB: memoryMiB + BESIDE_MEMORY_MIB, cpus })

/** The host keeps an eighth of its memory, and a GiB at least. With fewer processors than an environment has, that one still runs, by itself. */
function roomOfHost(needs: readonly Need[]): Room {
  const total = memoryOfHost() / 2 ** 20
  return { memoryMiB: Math.floor(total - Math.max(1024, total / 8)), cpus: Math.max(availableParallelism(), ...needs.map(({ cpus }) => cpus)) }
}

async function detonateIn(
  { clone, template }: Lease<QemuTemplate>,
  found: QemuEnvironment,
  job: Job,
  { clock, limits = RUN_LIMITS }: QemuOptions,
  watcher?: Watcher,
  signal?: AbortSignal,
): Promise<Detonation> {
  const { ready } = template.made
  const trace = { stream: clone.trace, source: new TraceReader({ ...(ready.guard !== undefined && { guard: ready.guard }), honey: new Set(ready.honey) }) }
  const dwell = { ...limits.dwell, capMs: Math.min(longestOf(found, limits), job.capMs ?? Infinity) }
  const way = await wayOutOf(clone, job, clock, watcher)
  const result = await runGuest(
    { control: clone.control, events: clone.events, trace, ended: clone.ended },
    job,
    clock.now(),
    { ...limits, dwell },
    watcher,
    signal,
  )
  const t = result.dwell_ms / 1000
  const { exchanges, dropped } = await way.end()
  const seen: Happening[] = happeningsOf(exchanges, found.environment.viewer === 'chromium' ? reportedIn(result.happenings) : undefined)
  const refusal = 'url' in job.subject ? pageRefusal(job.subject.url, exchanges) : undefined
  if (refusal !== undefined) seen.push({ kind: 'viewer', state: 'refused', detail: `the page could not be had: ${refusal}`.slice(0, 900), rank: 'host', t })
  if (dropped > 0) seen.push({ kind: 'dropped', of: 'requests', count: dropped, rank: 'host', t })
  const written = await writtenFiles(await template.listing, clone, subjectHash(job), t, new Set(ready.open))
  seen.push(...written.happenings)
  for (const one of written.artefacts) watcher?.artefact?.(one)
  for (const one of seen) watcher?.happening?.(one)
  const report = reportOf(found, job, { ...result, happenings: [...result.happenings, ...seen] }, template.made)
  return {
    ...report,
    network: [...exchanges],
    not_watched: [...report.not_watched, ...(written.unseen === undefined ? [] : [{ what: 'the disk', why: written.unseen.slice(0, 300) }])].slice(0, 100),
  }
}

/** Emulated, a browser's viewer of PDF takes half a minute until a page is seen, and more beside other machines. */
function longestOf({ environment, shape }: QemuEnvironment, { dwell }: RunLimits): number {
  return environment.viewer === 'chromium' && shape.accelerator === 'tcg' ? 2 * dwell.capMs : dwell.capMs
}

function reportOf({ environment, shape, hashes }: QemuEnvironment, job: Job, result: RunResult, made?: QemuTemplate['made']): Detonation {
  return {
    schema: DETONATION_SCHEMA,
    sha256: subjectHash(job),
    environment,
    options: job.options,
    ...(made && { machine: { accelerator: shape.accelerator, image: hashes.image, kernel: hashes.kernel, template: made.template } }),
    ...result,
    signals: [],
    not_watched: (made?.ready.missing ?? []).map((what) => ({ what: what.split(':')[0]!.slice(0, 200), why: what.slice(0, 300) })),
  }
}

/** The guest's way out. Whoever asked for one that nobody set up gets no environment, rather than an answer of another kind. */
async function wayOutOf(clone: Clone, { options, wayOut: settings }: Job, clock: QemuOptions['clock'], watcher?: Watcher) {
  const passes = options.egress === 'direct' || options.egress === 'upstream'
  if (passes && !settings) throw new NoEnvironment(`the way out "${options.egress}" is not set up`)
  try {
    return await openWayOut(clone.proxy, options.egress, settings ?? { ownNetworks: [] }, clock.now(), (body) => watcher?.artefact?.(body))
  } catch (error) {
    if (error instanceof EgressNotSet) throw new NoEnvironment(error.message)
    throw error
  }
}
