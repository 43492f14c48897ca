import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { pause, stopwatch } from '#platform/clock/clock.ts'
import { ScanReport, SCAN_SCHEMA, type NotScanned, type ScanResult } from '#scanner/verdict/contract.ts'
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
  /** Ends the processes. */
  close(): void
}

export interface PoolOptions {
  readonly processes: number
  readonly limits?: JailLimits
  /** The script of the reading process; tests put one that misbehaves here. */
  readonly script?: string
}

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url))
const SOURCE = fileURLToPath(new URL('../', import.meta.url))
const PACKAGE = fileURLToPath(new URL('../../../package.json', import.meta.url))
const HEAP_MIB = 512
/** Writable address space, of which V8 reserves about half a gigabyte that it never touches. */
const DATA_KIB = 1_500_000
const WATCH_EVERY_MS = 100
const CLOCK_TICKS = 100
/** A process is replaced after so much work, so that what one file left behind does not stay for long. */
const MOST_FILES = 500
const MOST_CPU_MS = 120_000
const LIMITED_SHELL = `ulimit -c 0; ulimit -f 0; ulimit -d ${DATA_KIB} 2>/dev/null; ulimit -t ${(MOST_CPU_MS + JAIL_LIMITS.cpuMs) / 1000 + 10}; exec "$0" "$@"`

type Ended = NotScanned['reason']

/**
 * Starts reading processes as they are needed, at most `processes` at a time, each used for many files. None keeps this process
 * alive: when it ends, without `close` too, their input ends and they with it.
 */
export function openPool({ processes, limits = JAIL_LIMITS, script = CHILD }: PoolOptions): ScanPool {
  const idle: Reader[] = []
  const waiting: (() => void)[] = []
  const running = new Set<Reader>()
  let free = processes

  async function lease(): Promise<void> {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
  }
  function release(): void {
    const next = waiting.shift()
    if (next) next()
    else free++
  }

  return {
    async scan(bytes, signal) {
      await lease()
      const reader = idle.pop() ?? new Reader(script, limits)
      running.add(reader)
      try {
        const result = await reader.scan(bytes, signal)
        if (reader.reusable) idle.push(reader)
        else reader.kill()
        return result
      } finally {
        running.delete(reader)
        release()
      }
    },
    close() {
      for (const reader of [...idle, ...running]) reader.kill()
    },
  }
}

/** One reading process. */
class Reader {
  readonly #child: ChildProcess
  readonly #limits: JailLimits
  readonly #frames: Frames
  #settle: ((outcome: Buffer | Ended) => void) | undefined
  #gone = false
  #files = 0

  constructor(script: string, limits: JailLimits) {
    this.#limits = limits
    this.#frames = new Frames(limits.outputBytes)
    const fence = ['--permission', `--allow-fs-read=${SOURCE}`, `--allow-fs-read=${PACKAGE}`, `--allow-fs-read=${script}`]
    const args = ['--disable-proto=delete', '--disable-warning=ExperimentalWarning', `--max-old-space-size=${HEAP_MIB}`, ...fence, script]
    this.#child = spawn('/bin/sh', ['-c', LIMITED_SHELL, process.execPath, ...args], { env: {}, cwd: '/', stdio: ['pipe', 'pipe', 'ignore'] })
    this.#child.stdout!.on('data', (chunk: Buffer) => this.#receive(chunk))
    this.#child.stdin!.on('error', () => undefined)
    this.#child.once('error', () => this.#end({ code: 'crash', detail: 'the reading process could not be started' }))
    this.#child.once('exit', (code, signal) => this.#end(reasonOf(code, signal)))
    // While it reads a file the watch over it keeps this process alive.
    this.#child.unref()
    for (const pipe of [this.#child.stdin, this.#child.stdout]) (pipe as Socket).unref()
  }

  get reusable(): boolean {
    return !this.#gone && this.#files < MOST_FILES && (usage(this.#child.pid)?.cpuMs ?? 0) < MOST_CPU_MS
  }

  kill(): void {
    this.#gone = true
    // Its end comes at once, and is waited for: what it cost then counts as a cost of this process.
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
    return Buffer.isBuffer(outcome) ? this.#parse(outcome) : notScanned(outcome)
  }

  #receive(chunk: Buffer): void {
    try {
      for (const message of this.#frames.take(chunk)) this.#settle?.(message)
    } catch {
      this.#stop({ code: 'limit', limit: 'output', detail: 'the answer is longer than allowed' })
    }
  }

  /** The answer comes from a process that read hostile bytes: it counts only when it fits the schema. */
  #parse(message: Buffer): ScanResult {
    try {
      return ScanReport.parse(JSON.parse(message.toString('utf8')))
    } catch {
      this.kill()
      return notScanned({ code: 'crash', detail: 'the answer of the reading process does not fit' })
    }
  }

  async #watch(over: AbortSignal): Promise<void> {
    const wall = stopwatch()
    const before = usage(this.#child.pid)?.cpuMs ?? 0
    while (!over.aborted) {
      await pause(WATCH_EVERY_MS, over)
      if (over.aborted) return
      const now = usage(this.#child.pid)
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

/** V8 ends the process with SIGABRT when its heap is full, and with SIGTRAP when the system refuses memory. */
function reasonOf(code: number | null, signal: NodeJS.Signals | null): Ended {
  if (signal === 'SIGABRT' || signal === 'SIGTRAP' || code === 134 || code === 133)
    return { code: 'limit', limit: 'memory', detail: 'the memory of the reading process was used up' }
  if (signal === 'SIGXCPU') return { code: 'limit', limit: 'cpu', detail: 'the processor time of the reading process was used up' }
  return { code: 'crash', detail: signal ? `the reading process was ended by ${signal}` : `the reading process ended with code ${code}` }
}

/** Processor time and resident memory of a process where the system shows them; undefined elsewhere. */
function usage(pid: number | undefined): { cpuMs: number; memoryBytes: number } | undefined {
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
