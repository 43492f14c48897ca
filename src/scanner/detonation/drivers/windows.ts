import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import type { Clock } from '#platform/clock/clock.ts'
import { DETONATION_SCHEMA, type Detonation } from '../contract.ts'
import { Ready } from '../guest/messages.ts'
import { waitReady } from '../guest/ready.ts'
import { RECORD_LIMITS } from '../guest/record.ts'
import { runGuest, type RunResult } from '../guest/run.ts'
import { qemuArguments, type Accelerator, type MachineShape } from '../machine/qemu-arguments.ts'
import { makeTemplate, openTemplate, type Clone, type DiskFiles, type ImageFiles, type Template } from '../machine/template.ts'
import { subjectHash } from '../run-faults.ts'
import { NoEnvironment, type Job, type Sandbox, type Watcher } from '../sandbox.ts'
import type { Judge } from './judge.ts'
import { makeOnce } from './make-once.ts'
import { boundsOf, environmentOf, type OwnImage } from './windows/manifest.ts'

export interface WindowsOptions {
  readonly images: readonly OwnImage[]
  readonly accelerator: Accelerator
  /** A folder for the disks of running clones. */
  readonly runs: string
  readonly clock: Pick<Clock, 'now'>
  readonly judge: Judge
}

const EVENT_BYTES = 192 * 2 ** 20
/** A guest without a trace is not read where it would be. */
const TRACE_BYTES = 0

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const Made = z.strictObject({ from: sha256, template: sha256, image: sha256, ready: Ready })
type Made = z.infer<typeof Made>

interface Opened {
  readonly template: Template
  readonly made: Made
}

/**
 * Operators' own images, such as Windows with Office, behind the same wall as our guests. An image is booted once, until its agent says that it is ready
 * (docs/guest-agent.md), and saved; each document has a clone of that, and nothing reaches the image itself.
 */
export function openWindows(options: WindowsOptions): Sandbox {
  const opened = new Map<string, Promise<Opened>>()
  const listeners = new Map(options.images.map(({ manifest: { name } }) => [name, new Set<(text: string) => void>()]))
  const closing = new AbortController()
  const running = new Set<Promise<unknown>>()
  const open = (image: OwnImage) => {
    const { name } = image.manifest
    const tell = (text: string) => listeners.get(name)!.forEach((listener) => listener(text))
    const opening = opened.get(name) ?? prepare(image, options, tell, closing.signal)
    opened.set(name, opening)
    // A template that could not be made is tried again by the next who asks.
    opening.catch(() => opened.delete(name))
    return opening
  }
  const start = async (image: OwnImage, watcher?: Watcher) => {
    const waits = (text: string) => watcher?.waits?.(text)
    const hearing = listeners.get(image.manifest.name)!
    hearing.add(waits)
    try {
      const opening = await open(image)
      return { opening, clone: await opening.template.clone() }
    } finally {
      hearing.delete(waits)
    }
  }
  return {
    environments: async () => (closing.signal.aborted ? [] : options.images.map(({ manifest }) => environmentOf(manifest))),
    async detonate(job, watcher, signal) {
      if (closing.signal.aborted) throw new NoEnvironment('the sandbox is closed')
      const image = options.images.find(({ manifest }) => manifest.name === job.environment)
      if (!image) throw new NoEnvironment(`there is no environment ${job.environment}`)
      const command = commandFor(job, image)
      const ended = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal
      const run = new WindowsRun(image, job, command, options)
      const work = run.go(() => start(image, watcher), ended, watcher)
      running.add(work)
      return work.finally(() => running.delete(work))
    },
    async close() {
      closing.abort()
      await Promise.allSettled(running)
      const all = await Promise.allSettled(opened.values())
      opened.clear()
      for (const one of all) if (one.status === 'fulfilled') one.value.template.close()
    },
  }
}

/** How the document is opened there. Throws `NoEnvironment` for what cannot be had: to open it otherwise would answer another question. */
function commandFor({ subject, options }: Job, { manifest: { name, open } }: OwnImage): { words: readonly string[]; type: string } {
  if ('url' in subject) throw new NoEnvironment(`${name} opens documents and no pages`)
  if (options.egress !== 'none') throw new NoEnvironment(`${name} has no network`)
  if (options.checkHeap) throw new NoEnvironment(`${name} has no check of the heap`)
  const type = /\.([A-Za-z0-9]{1,8})$/.exec(subject.name)?.[1]?.toLowerCase()
  const opener = type !== undefined && Object.hasOwn(open, type) ? open[type] : undefined
  if (type === undefined || !opener) throw new NoEnvironment(`${name} opens ${Object.keys(open).join(', ')} and not ${type ?? 'a file without an ending'}`)
  const words = options.macros ? opener.command : opener.without_macros
  if (!words) throw new NoEnvironment(`${name} opens ${type} with macros on only`)
  return { words, type }
}

class WindowsRun {
  readonly #image: OwnImage
  readonly #job: Job
  readonly #command: { words: readonly string[]; type: string }
  readonly #options: WindowsOptions

  constructor(image: OwnImage, job: Job, command: { words: readonly string[]; type: string }, options: WindowsOptions) {
    this.#image = image
    this.#job = job
    this.#command = command
    this.#options = options
  }

  async go(start: () => Promise<{ opening: Opened; clone: Clone }>, signal: AbortSignal, watcher?: Watcher): Promise<Detonation> {
    const cancelled = { end: 'killed', why_ended: 'it was cancelled before it began', dwell_ms: 0, happenings: [] } as const
    if (signal.aborted) return this.#result({ ...cancelled, happenings: [] })
    const starting = start()
    const given = await untilAborted(starting, signal).catch((error: unknown) => {
      throw new NoEnvironment(`${this.#image.manifest.name} could not be started: ${(error as Error).message}`, { cause: error })
    })
    if (!given) {
      // Booting an image takes minutes, and the next one needs it: what was given up is the clone.
      void starting.then(
        ({ clone }) => clone.end(),
        () => undefined,
      )
      return this.#result({ ...cancelled, happenings: [] })
    }
    const { clone, opening } = given
    try {
      clone.trace.resume()
      const { words, type } = this.#command
      const job = { ...this.#job, subject: { ...this.#job.subject, name: `document.${type}` } } as Job
      const guest = { control: clone.control, events: clone.events, ended: clone.ended, told: { command: words } }
      const bounds = boundsOf(this.#image.manifest)
      const dwell = { ...bounds, capMs: Math.min(bounds.capMs, this.#job.capMs ?? Infinity) }
      const limits = { dwell, record: RECORD_LIMITS, eventBytes: EVENT_BYTES, traceBytes: TRACE_BYTES }
      return this.#result(await runGuest(guest, job, this.#options.clock.now(), limits, watcher, signal), opening.made)
    } finally {
      await clone.end()
    }
  }

  #result(run: RunResult, made?: Made): Detonation {
    const seen = { environment: environmentOf(this.#image.manifest), options: this.#job.options, end: run.end, happenings: run.happenings }
    const { accelerator } = this.#options
    return {
      schema: DETONATION_SCHEMA,
      sha256: subjectHash(this.#job),
      ...(made && { machine: { accelerator, image: made.image, template: made.template } }),
      ...run,
      ...seen,
      signals: this.#options.judge(seen).slice(0, 1000),
      not_watched: [
        { what: 'the kernel of the guest', why: 'all that is known of this environment is what its agent says' },
        ...(made?.ready.missing ?? []).map((why) => ({ what: why.split(':')[0]!.slice(0, 200), why })),
      ].slice(0, 100),
    }
  }
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) {
    work.catch(() => undefined)
    return undefined
  }
  const aborted = Promise.withResolvers<undefined>()
  const stop = () => aborted.resolve(undefined)
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** Opens the template, and makes it first where there is none of exactly this image and manifest. */
async function prepare(own: OwnImage, { accelerator, runs }: WindowsOptions, tell: (text: string) => void, signal: AbortSignal): Promise<Opened> {
  const { folder, manifest } = own
  const { disk, boot, memory_mib: memoryMiB, cpus } = manifest
  const shape: MachineShape = { accelerator, memoryMiB, cpus, own: { disk: disk.bus, boots: boot ? 'kernel' : 'disk' } }
  const image = join(folder, disk.file)
  const files: ImageFiles | DiskFiles = boot ? { image, kernel: join(folder, boot.kernel), initrd: join(folder, boot.initrd) } : { image }
  // The image is hashed when the template is made; later its size and the time of its last change stand for it.
  const stamps = (Object.values(files) as string[]).map((path) => [path, statSync(path).size, statSync(path).mtimeMs])
  const from = createHash('sha256')
    .update(JSON.stringify([manifest, stamps, qemuArguments(shape, 'template')]))
    .digest('hex')
  const place = join(folder, 'template')
  const within = manifest.ready_within_seconds * 1000
  const made = await makeOnce({
    folder,
    name: manifest.name,
    find: () => readMade(place, from),
    make: () => make(shape, files, place, { from, within, signal }),
    tell,
    signal,
  })
  return { made, template: await openTemplate(shape, files, place, runs) }
}

async function make(
  shape: MachineShape,
  files: ImageFiles | DiskFiles,
  place: string,
  { from, within, signal }: { from: string; within: number; signal: AbortSignal },
): Promise<Made> {
  signal.throwIfAborted()
  rmSync(place, { recursive: true, force: true })
  let ready: Ready | undefined
  await makeTemplate(shape, files, place, async (machine) => {
    ready = await untilAborted(waitReady(machine, within), signal)
    if (!ready) throw new Error('the sandbox was closed meanwhile')
  })
  const [image, template] = [createHash('sha256'), createHash('sha256').update(from)]
  await pipeline(createReadStream(files.image, { highWaterMark: 2 ** 20 }), image)
  for (const name of ['state', 'memory', 'disk']) await pipeline(createReadStream(join(place, name), { highWaterMark: 2 ** 20 }), template, { end: false })
  const made = { from, template: template.digest('hex'), image: image.digest('hex'), ready: ready! }
  writeFileSync(join(place, MADE), JSON.stringify(made))
  return made
}

const MADE = 'made.json'

function readMade(place: string, from: string): Made | undefined {
  if (!existsSync(join(place, MADE))) return undefined
  try {
    const made = Made.parse(JSON.parse(readFileSync(join(place, MADE), 'utf8')))
    return made.from === from ? made : undefined
  } catch {
    return undefined
  }
}
