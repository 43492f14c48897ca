import { spawn, type ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
import { constants } from 'node:os'
import type { Writable } from 'node:stream'
import { pause, stopwatch } from '#platform/clock/clock.ts'
import type { NotScanned } from '#scanner/verdict/contract.ts'
import { UNSHARE, type Fence } from './fence.ts'
import { frame, frameHeader, Frames } from './frames.ts'
import type { Program } from './program.ts'
import { piecesOf, SampleUnreadable, sizeOf, type Sample } from './sample.ts'
import { below, exactCpuMsOf, usageOf, type Usage } from './usage.ts'

/** What one file may cost the process that reads it. Whichever is reached first ends that process, and that file's scan. */
export interface JailLimits {
  readonly cpuMs: number
  readonly wallMs: number
  /** Resident memory of the process. */
  readonly memoryBytes: number
  /** Bytes of its answer. */
  readonly outputBytes: number
}

export const JAIL_LIMITS: JailLimits = { cpuMs: 5_000, wallMs: 120_000, memoryBytes: 512 * 2 ** 20, outputBytes: 16 * 2 ** 20 }

/** Why there is no answer. */
export type Ended = NotScanned['reason']

/** What one answer cost the process that gave it. */
export interface Cost {
  readonly cpuMs: number
  readonly wallMs: number
}

/**
 * The heap is smaller than what a process may have in memory: what is no longer used is collected before that is reached, and bytes of files stand
 * outside it. What is young is small, so that what is dead goes soon. A reader keeps the first values of a document and lets go of the rest: V8 would
 * take the first for the rule, and put all that follow among what lives long, where they stay.
 */
const MEMORY = ['--max-old-space-size=384', '--max-semi-space-size=8', '--no-allocation-site-pretenuring'] as const
/** Writable address space, of which V8 reserves about half a gigabyte that it never touches. */
const DATA_KIB = 1_500_000
const WATCH_EVERY_MS = 100
const END_WITHIN_MS = 1_000
/** What a shell adds to the number of the signal that ended its command. */
const SIGNALLED = 128
/** A process is replaced after so much work, so that what one file left behind does not stay for long. */
const MOST_CPU_MS = 120_000
const LIMITS_OF_SHELL = `ulimit -c 0; ulimit -f 0; ulimit -d ${DATA_KIB} 2>/dev/null; ulimit -t ${(MOST_CPU_MS + JAIL_LIMITS.cpuMs) / 1000 + 60}`
/**
 * How each fence starts the process, and how many processes stand above it. In namespaces of its own the shell stays, as their
 * first process: that one ends by no signal from within, so an abort of node would hang there; and when it ends, all of them do.
 */
const STARTS: Readonly<Record<Fence, { readonly command: readonly [string, ...string[]]; readonly depth: number }>> = {
  namespaces: { command: [...UNSHARE, '/bin/sh', '-c', `${LIMITS_OF_SHELL}; "$0" "$@"; exit $?`], depth: 2 },
  permissions: { command: ['/bin/sh', '-c', `${LIMITS_OF_SHELL}; exec "$0" "$@"`], depth: 0 },
}
export const NOT_STARTED: Ended = { code: 'crash', detail: 'the reading process could not be started' }

/**
 * One process that handles hostile bytes, behind a fence and limits: it is asked by frames on its standard input and answers each
 * question with one frame. Throws where the system gives none, or no pipes to it.
 */
export class JailedProcess {
  readonly #child: ChildProcess
  readonly #limits: JailLimits
  readonly #frames: Frames
  /** How many processes stand between the one that was started and the one that reads. */
  readonly #depth: number
  #pid: number | undefined
  #settle: ((outcome: Buffer | Ended) => void) | undefined
  #gone = false
  #answers = 0

  constructor({ script, reads, addons }: Program, limits: JailLimits, fence: Fence) {
    this.#limits = limits
    this.#frames = new Frames(limits.outputBytes)
    const permissions = ['--permission', ...(addons ? ['--allow-addons'] : []), ...[...reads, script].map((path) => `--allow-fs-read=${path}`)]
    const args = ['--disable-proto=delete', '--disable-warning=ExperimentalWarning', ...MEMORY, ...permissions, script]
    const [program, ...before] = STARTS[fence].command
    this.#depth = STARTS[fence].depth
    this.#child = spawn(program, [...before, process.execPath, ...args], { env: {}, cwd: '/', stdio: ['pipe', 'pipe', 'ignore'] })
    this.#child.once('error', () => this.#end(NOT_STARTED))
    if (!this.#child.stdout || !this.#child.stdin) throw new Error(NOT_STARTED.detail)
    this.#child.stdout.on('data', (chunk: Buffer) => this.#receive(chunk))
    this.#child.stdin.on('error', () => undefined)
    this.#child.once('exit', (code, signal) => this.#end(reasonOf(code, signal)))
    // While it reads a file the watch over it keeps this process alive.
    this.#child.unref()
    for (const pipe of [this.#child.stdin, this.#child.stdout]) (pipe as Socket).unref()
  }

  /** Questions that it was asked. */
  get answers(): number {
    return this.#answers
  }

  get reusable(): boolean {
    return !this.#gone && (this.#usage()?.cpuMs ?? 0) < MOST_CPU_MS
  }

  /** Lets it end, which is waited for: what it cost then counts as a cost of this process. One that does not end by itself is killed. */
  retire(): void {
    this.#gone = true
    this.#child.ref()
    this.#child.stdin!.end()
    const patience = new AbortController()
    this.#child.once('exit', () => patience.abort())
    void pause(END_WITHIN_MS, patience.signal).then(() => this.kill())
  }

  kill(): void {
    this.#gone = true
    this.#child.ref()
    this.#child.kill('SIGKILL')
  }

  /**
   * Asks with what is to be known of the sample, then its bytes, which `see` is shown as they go; the answer, or why there is none.
   * `cpuMs` stands in place of the limit of the process. Never rejects.
   */
  async ask(about: object, sample: Sample, see: (piece: Buffer) => void, signal?: AbortSignal, cpuMs = this.#limits.cpuMs): Promise<Buffer | Ended> {
    this.#answers++
    const over = new AbortController()
    const unwanted = () => this.#stop({ code: 'crash', detail: 'nobody waits for the answer any more' })
    signal?.addEventListener('abort', unwanted, { once: true })
    const outcome = await new Promise<Buffer | Ended>((resolve) => {
      this.#settle = resolve
      if (signal?.aborted) return unwanted()
      if (this.#gone) return resolve({ code: 'crash', detail: 'the reading process had ended' })
      void this.#send(about, sample, see)
      void this.#watch(over.signal, cpuMs)
    })
    over.abort()
    signal?.removeEventListener('abort', unwanted)
    this.#settle = undefined
    return outcome
  }

  /** What the work cost the process. */
  async measure<T>(work: () => Promise<T>): Promise<[T, Cost]> {
    const wall = stopwatch()
    const cpu = () => exactCpuMsOf(this.#processId())
    const before = cpu() ?? 0
    const result = await work()
    return [result, { cpuMs: Math.max(0, (cpu() ?? before) - before), wallMs: wall() }]
  }

  async #send(about: object, sample: Sample, see: (piece: Buffer) => void): Promise<void> {
    const input = this.#child.stdin!
    try {
      input.cork()
      input.write(frame(Buffer.from(JSON.stringify(about))))
      input.write(frameHeader(sizeOf(sample)))
      for await (const piece of piecesOf(sample)) {
        see(piece)
        const more = input.write(piece)
        input.uncork()
        if (!more && !this.#gone) await drained(input)
        if (this.#gone) return
      }
    } catch (error) {
      this.#stop({ code: 'unreadable', detail: error instanceof SampleUnreadable ? error.message : 'it could not be handed to the reading process' })
    }
  }

  #receive(chunk: Buffer): void {
    try {
      for (const message of this.#frames.take(chunk)) this.#answer(message)
    } catch {
      this.#stop({ code: 'limit', limit: 'output', detail: 'the answer is longer than allowed' })
    }
  }

  /** One answer for each question: whoever says more, or before it was asked, is asked nothing more. */
  #answer(message: Buffer): void {
    if (!this.#settle) return this.kill()
    this.#settle(message)
    this.#settle = undefined
  }

  /** The reading process, which is not the one that was started where that stands in namespaces of its own. */
  #processId(): number | undefined {
    return (this.#pid ??= below(this.#child.pid, this.#depth))
  }

  #usage(): Usage | undefined {
    return usageOf(this.#processId())
  }

  async #watch(over: AbortSignal, cpuMs: number): Promise<void> {
    const wall = stopwatch()
    const before = this.#usage()?.cpuMs ?? 0
    while (!over.aborted) {
      await pause(WATCH_EVERY_MS, over)
      if (over.aborted) return
      const now = this.#usage()
      if (now && now.cpuMs - before > cpuMs) return this.#stop({ code: 'limit', limit: 'cpu', detail: `more than ${cpuMs / 1000} s of processor time` })
      if (now && now.memoryBytes > this.#limits.memoryBytes)
        return this.#stop({ code: 'limit', limit: 'memory', detail: `more than ${this.#limits.memoryBytes / 2 ** 20} MiB of memory` })
      if (wall() > this.#limits.wallMs) return this.#stop({ code: 'limit', limit: 'wall', detail: `more than ${this.#limits.wallMs / 1000} s` })
    }
  }

  #stop(reason: Ended): void {
    this.#end(reason)
    this.kill()
  }

  #end(reason: Ended): void {
    this.#gone = true
    this.#settle?.(reason)
  }
}

/** Waits until more may be written, or nothing will be: a process that was killed drains no more. */
function drained(input: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      input.off('drain', done)
      input.off('close', done)
      resolve()
    }
    input.once('drain', done)
    input.once('close', done)
  })
}

/** V8 ends the process with SIGABRT when its heap is full, and with SIGTRAP when the system refuses memory. A shell tells of a signal by its code. */
function reasonOf(code: number | null, signal: NodeJS.Signals | null): Ended {
  const ended = signal ?? Object.entries(constants.signals).find(([, number]) => code === SIGNALLED + number)?.[0]
  if (ended === 'SIGABRT' || ended === 'SIGTRAP') return { code: 'limit', limit: 'memory', detail: 'the memory of the reading process was used up' }
  if (ended === 'SIGXCPU') return { code: 'limit', limit: 'cpu', detail: 'the processor time of the reading process was used up' }
  return { code: 'crash', detail: ended ? `the reading process was ended by ${ended}` : `the reading process ended with code ${code}` }
}
