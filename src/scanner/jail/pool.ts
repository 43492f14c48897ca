import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { pause, stopwatch } from '#platform/clock/clock.ts'
import { ScanReport, type NotScanned, type ScanResult } from '#scanner/verdict/contract.ts'
import { SCAN_SCHEMA } from '#scanner/verdict/schema.ts'
import { findFence, UNSHARE, type Fence } from './fence.ts'
import { Frames, frame } from './frames.ts'

/** What one file may cost the process that reads it. Whichever is reached first ends that process, and that file's scan. */
export interface JailLimits {
  readonly cpuMs: number
  readonly wallMs: number
  /** Resident memory of the process. */
  readonly memoryBytes: number
  /** Bytes of its answer. */
  readonly outputBytes: number
}

export const JAIL_LIMITS: JailLimits = { cpuMs: 60_000, wallMs: 180_000, memoryBytes: 768 * 2 ** 20, outputBytes: 32 * 2 ** 20 }

export interface ScanPool {
  /**
   * Scans one file. Never rejects: a reader that hangs, crashes or grows is the answer for that file. Once `signal` fires its
   * reader is ended and the answer means nothing.
   */
  scan(bytes: Buffer, signal?: AbortSignal): Promise<ScanResult>
  /** What stands around the processes; found out once, at the first question or scan. */
  fence(): Fence
  /** Ends the processes. */
  close(): void
}

export interface PoolOptions {
  readonly processes: number
  readonly limits?: JailLimits
  /** How many files one process reads at most; with 1 none ever reads a file after another's. */
  readonly filesPerReader?: number
  /** The script of the reading process; tests put one that misbehaves here. */
  readonly script?: string
  /** What stands around the processes; tests ask for the weaker fence here, as their control. */
  readonly fence?: Fence
}

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url))
const SOURCE = fileURLToPath(new URL('../', import.meta.url))
const PACKAGE = fileURLToPath(new URL('../../../package.json', import.meta.url))
const HEAP_MIB = 512
/** Writable address space, of which V8 reserves about half a gigabyte that it never touches. */
const DATA_KIB = 1_500_000
const WATCH_EVERY_MS = 100
const CLOCK_TICKS = 100
const END_WITHIN_MS = 1_000
/** What a shell adds to the number of the signal that ended its command. */
const SIGNALLED = 128
/** A process is replaced after so much work, so that what one file left behind does not stay for long. */
const MOST_FILES = 500
const MOST_CPU_MS = 120_000
const LIMITS_OF_SHELL = `ulimit -c 0; ulimit -f 0; ulimit -d ${DATA_KIB} 2>/dev/null; ulimit -t ${(MOST_CPU_MS + JAIL_LIMITS.cpuMs) / 1000 + 10}`
/**
 * How each fence starts the reading process, and how many processes stand above it. In namespaces of its own the shell stays, as their
 * first process: that one ends by no signal from within, so an abort of node would hang there; and when it ends, all of them do.
 */
const STARTS: Readonly<Record<Fence, { readonly command: readonly [string, ...string[]]; readonly depth: number }>> = {
  namespaces: { command: [...UNSHARE, '/bin/sh', '-c', `${LIMITS_OF_SHELL}; "$0" "$@"; exit $?`], depth: 2 },
  permissions: { command: ['/bin/sh', '-c', `${LIMITS_OF_SHELL}; exec "$0" "$@"`], depth: 0 },
}

type Ended = NotScanned['reason']
const NOT_STARTED: Ended = { code: 'crash', detail: 'the reading process could not be started' }

/**
 * Starts reading processes as they are needed, at most `processes` at a time, each used for many files. None keeps this process
 * alive: when it ends, without `close` too, their input ends and they with it.
 */
export function openPool({ processes, limits = JAIL_LIMITS, filesPerReader = MOST_FILES, script = CHILD, fence }: PoolOptions): ScanPool {
  const idle: Reader[] = []
  const waiting: (() => void)[] = []
  const running = new Set<Reader>()
  let free = processes
  let found = fence
  const standing = () => (found ??= findFence())

  async function lease(): Promise<void> {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
  }
  function release(): void {
    const next = waiting.shift()
    if (next) next()
    else free++
  }

  /** A reading process; undefined where the system gives none, or no pipes to it. */
  function start(): Reader | undefined {
    try {
      return new Reader(script, limits, standing())
    } catch {
      return undefined
    }
  }

  return {
    async scan(bytes, signal) {
      await lease()
      let reader: Reader | undefined
      try {
        reader = idle.pop() ?? start()
        if (!reader) return notScanned(NOT_STARTED)
        running.add(reader)
        const result = await reader.scan(bytes, signal)
        if (reader.reusable && reader.files < filesPerReader) idle.push(reader)
        else reader.retire()
        return result
      } finally {
        if (reader) running.delete(reader)
        release()
      }
    },
    fence: standing,
    close() {
      for (const reader of idle.splice(0)) reader.retire()
      for (const reader of running) reader.kill()
    },
  }
}

/** One reading process. */
class Reader {
  readonly #child: ChildProcess
  readonly #limits: JailLimits
  readonly #frames: Frames
  /** How many processes stand between the one that was started and the one that reads. */
  readonly #depth: number
  #pid: number | undefined
  #settle: ((outcome: Buffer | Ended) => void) | undefined
  #gone = false
  #files = 0

  constructor(script: string, limits: JailLimits, fence: Fence) {
    this.#limits = limits
    this.#frames = new Frames(limits.outputBytes)
    const permissions = ['--permission', `--allow-fs-read=${SOURCE}`, `--allow-fs-read=${PACKAGE}`, `--allow-fs-read=${script}`]
    const args = ['--disable-proto=delete', '--disable-warning=ExperimentalWarning', `--max-old-space-size=${HEAP_MIB}`, ...permissions, script]
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

  get files(): number {
    return this.#files
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

  async scan(bytes: Buffer, signal?: AbortSignal): Promise<ScanResult> {
    this.#files++
    const over = new AbortController()
    const unwanted = () => this.#stop({ code: 'crash', detail: 'nobody waits for the answer any more' })
    signal?.addEventListener('abort', unwanted, { once: true })
    const outcome = await new Promise<Buffer | Ended>((resolve) => {
      this.#settle = resolve
      if (signal?.aborted) return unwanted()
      if (this.#gone) return resolve({ code: 'crash', detail: 'the reading process had ended' })
      this.#child.stdin!.write(frame(bytes))
      void this.#watch(over.signal)
    })
    over.abort()
    signal?.removeEventListener('abort', unwanted)
    this.#settle = undefined
    return Buffer.isBuffer(outcome) ? this.#parse(outcome, bytes) : notScanned(outcome)
  }

  #receive(chunk: Buffer): void {
    try {
      for (const message of this.#frames.take(chunk)) this.#answer(message)
    } catch {
      this.#stop({ code: 'limit', limit: 'output', detail: 'the answer is longer than allowed' })
    }
  }

  /** One answer for each file: whoever says more, or before it was asked, reads no further file. */
  #answer(message: Buffer): void {
    if (!this.#settle) return this.kill()
    this.#settle(message)
    this.#settle = undefined
  }

  /** The answer comes from a process that read hostile bytes: it counts only when it fits the schema, and speaks of the bytes that were asked about. */
  #parse(message: Buffer, bytes: Buffer): ScanResult {
    const report = parseReport(message)
    if (report && report.size === bytes.length && report.sha256 === createHash('sha256').update(bytes).digest('hex')) return report
    this.kill()
    return notScanned({ code: 'crash', detail: `the answer of the reading process ${report ? 'is about another file' : 'does not fit'}` })
  }

  /** What the reading process used so far, which is not the one that was started where that stands in namespaces of its own. */
  #usage(): Usage | undefined {
    this.#pid ??= below(this.#child.pid, this.#depth)
    return usageOf(this.#pid)
  }

  async #watch(over: AbortSignal): Promise<void> {
    const wall = stopwatch()
    const before = this.#usage()?.cpuMs ?? 0
    while (!over.aborted) {
      await pause(WATCH_EVERY_MS, over)
      if (over.aborted) return
      const now = this.#usage()
      if (now && now.cpuMs - before > this.#limits.cpuMs)
        return this.#stop({ code: 'limit', limit: 'cpu', detail: `more than ${this.#limits.cpuMs / 1000} s of processor time` })
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

function notScanned(reason: Ended): NotScanned {
  return { schema: SCAN_SCHEMA, outcome: 'not-scanned', reason }
}

function parseReport(message: Buffer): ScanReport | undefined {
  try {
    return ScanReport.parse(JSON.parse(message.toString('utf8')))
  } catch {
    return undefined
  }
}

/** V8 ends the process with SIGABRT when its heap is full, and with SIGTRAP when the system refuses memory. A shell tells of a signal by its code. */
function reasonOf(code: number | null, signal: NodeJS.Signals | null): Ended {
  const ended = signal ?? Object.entries(constants.signals).find(([, number]) => code === SIGNALLED + number)?.[0]
  if (ended === 'SIGABRT' || ended === 'SIGTRAP') return { code: 'limit', limit: 'memory', detail: 'the memory of the reading process was used up' }
  if (ended === 'SIGXCPU') return { code: 'limit', limit: 'cpu', detail: 'the processor time of the reading process was used up' }
  return { code: 'crash', detail: ended ? `the reading process was ended by ${ended}` : `the reading process ended with code ${code}` }
}

/** The process so many steps below another; undefined while it is not there, and where the system does not show it. */
function below(pid: number | undefined, steps: number): number | undefined {
  if (pid === undefined || steps === 0) return pid
  try {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
    return child ? below(Number(child), steps - 1) : undefined
  } catch {
    return undefined
  }
}

interface Usage {
  readonly cpuMs: number
  readonly memoryBytes: number
}

/** Processor time and resident memory of a process where the system shows them; undefined elsewhere. */
function usageOf(pid: number | undefined): Usage | undefined {
  const folder = `/proc/${pid}`
  if (pid === undefined || !existsSync(`${folder}/stat`)) return undefined
  try {
    const stat = readFileSync(`${folder}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { cpuMs: ((Number(fields[11]) + Number(fields[12])) * 1000) / CLOCK_TICKS, memoryBytes: Number(fields[21]) * 4096 }
  } catch {
    return undefined
  }
}
