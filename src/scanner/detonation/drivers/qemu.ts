import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import type { Clock } from '#platform/clock/clock.ts'
import { DETONATION_SCHEMA, type Detonation, type Environment } from '../contract.ts'
import { happeningsOf, reportedIn } from '../egress/happenings.ts'
import { EgressNotSet, openWayOut } from '../egress/way-out.ts'
import { DWELL } from '../guest/dwell.ts'
import { Ready } from '../guest/messages.ts'
import { waitReady } from '../guest/ready.ts'
import { RECORD_LIMITS } from '../guest/record.ts'
import { runGuest, type RunLimits } from '../guest/run.ts'
import { qemuArguments, type MachineShape } from '../machine/qemu-arguments.ts'
import { makeTemplate, openTemplate, type Clone, type ImageFiles, type Template } from '../machine/template.ts'
import { NoEnvironment, type Job, type Sandbox, type Watcher } from '../sandbox.ts'
import { TraceReader } from '../signals/trace.ts'

/** An environment of our own guests: the files of its image with their hashes, and where its template lies or will lie. */
export interface QemuEnvironment {
  readonly environment: Environment
  readonly shape: MachineShape
  readonly image: ImageFiles
  readonly hashes: { readonly image: string; readonly kernel: string; readonly initrd: string }
  readonly folder: string
}

export interface QemuOptions {
  readonly environments: readonly QemuEnvironment[]
  /** A folder for the disks of running clones; they are gone when their clone is. */
  readonly runs: string
  readonly clock: Pick<Clock, 'now'>
  readonly limits?: RunLimits
}

export const RUN_LIMITS: RunLimits = { dwell: DWELL, record: RECORD_LIMITS, eventBytes: 192 * 2 ** 20, traceBytes: 48 * 2 ** 20 }

const Made = z.strictObject({
  /** Hash of all that the template was made from. */
  from: z.string(),
  /** Hash of its memory and state, with what it was made from. */
  template: z.string().regex(/^[0-9a-f]{64}$/),
  ready: Ready,
})

interface Opened {
  readonly template: Template
  readonly made: z.infer<typeof Made>
}

/**
 * Our own virtual machines as a sandbox. The template of an environment is made when it is first asked for and opened once; every detonation has a clone of
 * its own, which is ended before the answer is given.
 */
export function openQemu(options: QemuOptions): Sandbox {
  const opened = new Map<string, Promise<Opened>>()
  let closed = false
  const open = (found: QemuEnvironment) => {
    const { name } = found.environment
    const opening = opened.get(name) ?? prepare(found, options.runs)
    opened.set(name, opening)
    // A template that could not be made is tried again by the next who asks.
    opening.catch(() => opened.delete(name))
    return opening
  }
  return {
    async environments() {
      return options.environments.map(({ environment }) => environment)
    },
    async detonate(job, watcher, signal) {
      const found = options.environments.find(({ environment }) => environment.name === job.environment)
      if (closed) throw new NoEnvironment('the environments are closed')
      if (!found) throw new NoEnvironment(`there is no environment ${job.environment}`)
      const { opening, clone } = await started(() => open(found), job.environment)
      try {
        return await detonateIn(clone, found, opening, job, options, watcher, signal)
      } finally {
        await clone.end()
      }
    },
    async close() {
      closed = true
      const all = [...opened.values()]
      opened.clear()
      for (const one of await Promise.allSettled(all)) if (one.status === 'fulfilled') one.value.template.close()
    },
  }
}

async function started(open: () => Promise<Opened>, name: string): Promise<{ opening: Opened; clone: Clone }> {
  try {
    const opening = await open()
    return { opening, clone: await opening.template.clone() }
  } catch (error) {
    throw new NoEnvironment(`${name} could not be started: ${(error as Error).message}`, { cause: error })
  }
}

async function detonateIn(
  clone: Clone,
  { environment, shape, hashes }: QemuEnvironment,
  { made }: Opened,
  job: Job,
  { clock, limits = RUN_LIMITS }: QemuOptions,
  watcher?: Watcher,
  signal?: AbortSignal,
): Promise<Detonation> {
  const trace = { stream: clone.trace, source: new TraceReader(made.ready.guard === undefined ? {} : { guard: made.ready.guard }) }
  const dwell = { ...limits.dwell, capMs: Math.min(limits.dwell.capMs, job.capMs ?? Infinity) }
  const way = await wayOutOf(clone, job, clock, watcher)
  const result = await runGuest(
    { control: clone.control, events: clone.events, trace, ended: clone.ended },
    job,
    clock.now(),
    { ...limits, dwell },
    watcher,
    signal,
  )
  const { exchanges, dropped } = await way.end()
  const seen = happeningsOf(exchanges, environment.viewer === 'chromium' ? reportedIn(result.happenings) : undefined)
  if (dropped > 0) seen.push({ kind: 'dropped', of: 'requests', count: dropped, rank: 'host', t: result.dwell_ms / 1000 })
  for (const one of seen) watcher?.happening?.(one)
  return {
    schema: DETONATION_SCHEMA,
    sha256: createHash('sha256')
      .update('url' in job.subject ? job.subject.url : job.subject.document)
      .digest('hex'),
    environment,
    options: job.options,
    machine: { accelerator: shape.accelerator, image: hashes.image, kernel: hashes.kernel, template: made.template },
    ...result,
    happenings: [...result.happenings, ...seen],
    network: [...exchanges],
    signals: [],
    not_watched: made.ready.missing.map((what) => ({ what: what.split(':')[0]!.slice(0, 200), why: what.slice(0, 300) })),
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

/** Opens the template, and makes it first where there is none of exactly this image. */
async function prepare(found: QemuEnvironment, runs: string): Promise<Opened> {
  const { shape, image, folder, hashes } = found
  const from = createHash('sha256')
    .update(JSON.stringify([hashes, shape, qemuArguments(shape, 'template')]))
    .digest('hex')
  const before = readMade(folder)
  if (before?.from !== from) rmSync(folder, { recursive: true, force: true })
  const made = before?.from === from ? before : await make(found, from)
  return { made, template: await openTemplate(shape, image, folder, runs) }
}

async function make({ shape, image, folder }: QemuEnvironment, from: string): Promise<z.infer<typeof Made>> {
  let ready: Ready | undefined
  await makeTemplate(shape, image, folder, async (machine) => {
    ready = await waitReady(machine)
  })
  const sum = createHash('sha256').update(from)
  for (const name of ['state', 'memory']) await pipeline(createReadStream(join(folder, name), { highWaterMark: 2 ** 20 }), sum, { end: false })
  const made = { from, template: sum.digest('hex'), ready: ready! }
  writeFileSync(join(folder, MADE), JSON.stringify(made))
  return made
}

const MADE = 'made.json'

function readMade(folder: string): z.infer<typeof Made> | undefined {
  if (!existsSync(join(folder, MADE))) return undefined
  try {
    return Made.parse(JSON.parse(readFileSync(join(folder, MADE), 'utf8')))
  } catch {
    return undefined
  }
}
