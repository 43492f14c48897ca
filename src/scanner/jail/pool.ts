import { createHash } from 'node:crypto'
import { ScanReport, type NotScanned, type ScanResult } from '#scanner/verdict/contract.ts'
import { SCAN_SCHEMA } from '#scanner/verdict/schema.ts'
import { parseAnswer } from './answer.ts'
import { findFence, type Fence } from './fence.ts'
import { openLeases, type Leases } from './leases.ts'
import { JAIL_LIMITS, NOT_STARTED, type Cost, type Ended, type JailLimits } from './process.ts'
import { programOf, SCRIPTS } from './program.ts'
import { sizeOf, type Sample } from './sample.ts'

export { JAIL_LIMITS, type JailLimits }

/** How one file is to be read. */
export interface ReadOptions {
  /** What encrypted parts are tried with. They go to the reading process with the file, and nowhere else. */
  readonly passwords?: readonly string[]
  /** Is told what the reading of the file cost its process. */
  readonly tellCost?: (cost: Cost) => void
}

export interface ScanPool {
  /**
   * Scans one file. Never rejects: a reader that hangs, crashes or grows is the answer for that file. Once `signal` fires its
   * reader is ended and the answer means nothing.
   */
  scan(sample: Sample, signal?: AbortSignal, options?: ReadOptions): Promise<ScanResult>
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

const MOST_FILES = 500

/**
 * Starts reading processes as they are needed, at most `processes` at a time, each used for many files. None keeps this process
 * alive: when it ends, without `close` too, their input ends and they with it.
 */
export function openPool({ processes, limits = JAIL_LIMITS, filesPerReader = MOST_FILES, script = SCRIPTS.reader, fence }: PoolOptions): ScanPool {
  let found = fence
  const standing = () => (found ??= findFence())
  const leases = openLeases({ processes, most: filesPerReader, program: () => programOf(script), limits, fence: standing })
  return { scan: (sample, signal, options = {}) => scan(leases, sample, options, signal), fence: standing, close: leases.close }
}

async function scan(leases: Leases, sample: Sample, { passwords = [], tellCost }: ReadOptions, signal?: AbortSignal): Promise<ScanResult> {
  return leases.use(async (reader) => {
    if (!reader) return notScanned(NOT_STARTED)
    const hash = createHash('sha256')
    const ask = () => reader.ask({ passwords }, sample, (piece) => hash.update(piece), signal)
    const [outcome, cost] = tellCost ? await reader.measure(ask) : [await ask()]
    if (cost) tellCost!(cost)
    if (!Buffer.isBuffer(outcome)) return notScanned(outcome)
    // The answer comes from a process that read hostile bytes: it counts only when it fits the schema, and speaks of the bytes that were asked about.
    const report = parseReport(outcome)
    if (report && report.size === sizeOf(sample) && report.sha256 === hash.digest('hex')) return report
    reader.kill()
    return notScanned({ code: 'crash', detail: `the answer of the reading process ${report ? 'is about another file' : 'does not fit'}` })
  })
}

function notScanned(reason: Ended): NotScanned {
  return { schema: SCAN_SCHEMA, outcome: 'not-scanned', reason }
}

function parseReport(message: Buffer): ScanReport | undefined {
  try {
    return ScanReport.parse(parseAnswer(message))
  } catch {
    return undefined
  }
}
