import { randomUUID } from 'node:crypto'
import { pause, stopwatch } from '#platform/clock/clock.ts'
import { printable } from '#scanner/formats/bytes.ts'
import type { Detonation, Environment } from '../contract.ts'
import { subjectHash } from '../run-faults.ts'
import { NoEnvironment, type Job, type Sandbox, type Watcher } from '../sandbox.ts'
import { boundedHappenings, type BoundedHappenings } from './bounded-happenings.ts'
import { CapeFails, openCapeClient, type CapeClient, type ClientOptions } from './cape/client.ts'
import { readCapeReport, type CapeReading } from './cape/report.ts'
import type { CapeEnvironment, CapeSettings } from './cape/settings.ts'
import type { Judge } from './judge.ts'

const POLL_MS = 3_000

export interface CapeOptions extends ClientOptions {
  readonly judge: Judge
  readonly pollMs?: number
}

/** How far a task has come; only these are told apart (lib/cuckoo/core/data/task.py). */
const WAITS = new Set(['pending', 'distributed'])
const FAILED = new Set(['banned', 'failed_analysis', 'failed_processing', 'failed_reporting'])
const REPORTED = 'reported'

/**
 * An operator's CAPE as a farm of environments: a task is made through its REST API, waited for, its report told in our words, and the task deleted again.
 * What leaves this machine goes out by the same check of addresses as every other fetch.
 */
export function openCape(settings: CapeSettings, options: CapeOptions): Sandbox {
  const client = openCapeClient(settings, options)
  const closing = new AbortController()
  return {
    environments: async () => (closing.signal.aborted ? [] : settings.environments.map(describe)),
    async detonate(job, watcher, signal) {
      if (closing.signal.aborted) throw new NoEnvironment('the sandbox is closed')
      const environment = settings.environments.find(({ name }) => name === job.environment)
      if (!environment) throw new NoEnvironment(`this CAPE has no environment ${job.environment}`)
      const unmet = unmetBy(job, environment, settings)
      if (unmet !== undefined) throw new NoEnvironment(unmet)
      const ended = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal
      return new CapeRun({ settings, client, environment, job, options }, watcher, ended).run()
    },
    close: async () => closing.abort(),
  }
}

function describe({ machine: _machine, tags: _tags, package: _package, macros, ...environment }: CapeEnvironment): Environment {
  return { ...environment, driver: 'cape', macros: macros ? 'on' : 'off' }
}

/** What was asked for and cannot be had there: to open it otherwise would answer another question. */
function unmetBy({ subject, options }: Job, { name, macros, pages }: CapeEnvironment, { routes }: CapeSettings): string | undefined {
  if ('url' in subject && !pages) return `${name} opens documents and no pages`
  if (!('url' in subject) && options.macros !== macros) return `${name} opens documents with macros ${macros ? 'on' : 'off'} only`
  if (options.checkHeap) return `${name} has no check of the heap`
  if (routes[options.egress] === undefined) return `the routing of this CAPE has nothing for egress ${options.egress}`
  return undefined
}

interface Order {
  readonly settings: CapeSettings
  readonly client: CapeClient
  readonly environment: CapeEnvironment
  readonly job: Job
  readonly options: CapeOptions
}

/** One task of CAPE, from its making to its deletion. */
class CapeRun {
  readonly #order: Order
  readonly #signal: AbortSignal
  readonly #happenings: BoundedHappenings
  readonly #elapsed = stopwatch()

  constructor(order: Order, watcher: Watcher | undefined, signal: AbortSignal) {
    this.#order = order
    this.#signal = signal
    this.#happenings = boundedHappenings((one) => watcher?.happening?.(one))
  }

  async run(): Promise<Detonation> {
    if (this.#signal.aborted) return this.#result({ end: 'killed', why: 'it was cancelled before it began' }, 0)
    const task = await this.#create()
    if (task === undefined) return this.#cancelled()
    try {
      return await this.#follow(task)
    } finally {
      await this.#order.client.remove(task).catch(() => undefined)
    }
  }

  /** Undefined where it was given up meanwhile. */
  async #create(): Promise<number | undefined> {
    const { client, environment, job, settings } = this.#order
    const { machine, tags, package: opener } = environment
    const mark = `vedette-${randomUUID()}`
    const fields = {
      timeout: String(Math.max(1, Math.ceil(Math.min(settings.analysis_seconds, (job.capMs ?? Infinity) / 1000)))),
      route: settings.routes[job.options.egress]!,
      ...(machine !== undefined && { machine }),
      ...(tags !== undefined && { tags }),
      ...(opener !== undefined && { package: opener }),
    }
    try {
      return await client.create(job, fields, mark, this.#signal)
    } catch (error) {
      // The task may be there although its number is not known.
      if ((error instanceof CapeFails || this.#signal.aborted) && !('url' in job.subject))
        await client.removeMarked(subjectHash(job), mark).catch(() => undefined)
      if (this.#signal.aborted) return undefined
      throw new NoEnvironment(`CAPE takes no task: ${(error as Error).message}`, { cause: error })
    }
  }

  async #follow(task: number): Promise<Detonation> {
    const { client, options, settings } = this.#order
    let told: string | undefined
    let running: (() => number) | undefined
    for (;;) {
      let status: string
      try {
        status = await client.status(task, this.#signal)
      } catch (error) {
        if (this.#signal.aborted) return this.#cancelled()
        return this.#lost(`CAPE no longer tells of the task: ${(error as Error).message}`)
      }
      if (status !== told) this.#tell((told = status))
      if (status === REPORTED) return this.#report(task)
      if (FAILED.has(status)) return this.#result({ end: 'killed', why: `CAPE gave the analysis up: ${status}` })
      if (!WAITS.has(status)) running ??= stopwatch()
      if (running === undefined && this.#elapsed() > settings.queue_seconds * 1000)
        throw new NoEnvironment(`CAPE had no machine for the task within ${settings.queue_seconds} s`)
      if (running !== undefined && running() > settings.run_seconds * 1000)
        return this.#result({ end: 'hung', why: `CAPE did not come to an end within ${settings.run_seconds} s` })
      await pause(options.pollMs ?? POLL_MS, this.#signal)
      if (this.#signal.aborted) return this.#cancelled()
    }
  }

  async #report(task: number): Promise<Detonation> {
    let report: unknown
    try {
      report = await this.#order.client.report(task, this.#signal)
    } catch (error) {
      if (this.#signal.aborted) return this.#cancelled()
      return this.#result({ end: 'killed', why: `CAPE's report cannot be had: ${(error as Error).message}`.slice(0, 500) })
    }
    const reading = readCapeReport(report, this.#happenings)
    if (reading.end === 'agent-silenced') this.#silence(reading.why)
    return this.#result(reading, reading.seconds === undefined ? undefined : reading.seconds * 1000, reading)
  }

  /** CAPE's word for how far it is, which is no word of the guest. */
  #tell(status: string): void {
    this.#happenings.add({ t: this.#seconds(), rank: 'host', kind: 'viewer', state: WAITS.has(status) ? 'pending' : 'opening', detail: `CAPE: ${status}` })
  }

  #silence(detail: string): void {
    this.#happenings.add({ t: this.#seconds(), rank: 'host', kind: 'silence', of: 'agent', detail: detail.slice(0, 300) })
  }

  #lost(why: string): Detonation {
    this.#silence(why)
    return this.#result({ end: 'agent-silenced', why })
  }

  #cancelled(): Detonation {
    return this.#result({ end: 'killed', why: 'it was cancelled' })
  }

  #seconds(): number {
    return Math.min(1e6, this.#elapsed() / 1000)
  }

  #result({ end, why }: Pick<CapeReading, 'end' | 'why'>, dwellMs = this.#elapsed(), reading?: CapeReading): Detonation {
    const { environment, job, options } = this.#order
    const seen = { environment: describe(environment), options: job.options, end, happenings: this.#happenings.end(this.#seconds()) }
    return {
      schema: 'vedette.detonation/1',
      sha256: subjectHash(job),
      ...seen,
      why_ended: printable(why, 500),
      dwell_ms: Math.round(dwellMs),
      signals: [...options.judge(seen), ...(reading?.signals ?? [])].slice(0, 1000),
      not_watched: reading?.notWatched ?? [],
    }
  }
}
