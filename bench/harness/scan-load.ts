import { readdirSync, readFileSync } from 'node:fs'
import { openPool, type ScanPool } from '#scanner/jail/pool.ts'
import type { ScanResult } from '#scanner/verdict/contract.ts'

const CLOCK_TICKS = 100

/** Processor seconds of this process and of all that it started, ended ones included. */
export function cpuSecondsOfAll(): number {
  return processes().reduce((sum, { ticks }) => sum + ticks, 0) / CLOCK_TICKS
}

/** Resident memory in MiB, now and at its highest, of the largest process below this one. */
export function largest(): Memory {
  return processes()
    .slice(1)
    .reduce<Memory>((most, one) => (one.peakMiB > most.peakMiB ? one : most), { memoryMiB: 0, peakMiB: 0 })
}

export interface Memory {
  readonly memoryMiB: number
  readonly peakMiB: number
}

interface Running extends Memory {
  readonly ticks: number
}

/** This process, then all below it. */
function processes(): Running[] {
  const byParent = new Map<number, (Running & { readonly pid: number })[]>()
  for (const name of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      const fields = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number)
      const one = { pid: Number(name), ticks: fields[11]! + fields[12]! + fields[13]! + fields[14]!, ...memoryOf(name) }
      byParent.set(fields[1]!, [...(byParent.get(fields[1]!) ?? []), one])
    } catch {
      // It has ended meanwhile, and whoever waited for it counts what it used.
    }
  }
  const all = [...byParent.values()].flat()
  const result = all.filter(({ pid }) => pid === process.pid)
  for (const one of result) result.push(...(byParent.get(one.pid) ?? []))
  return result
}

function memoryOf(pid: string): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const mib = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) / 1024
  return { memoryMiB: mib('VmRSS'), peakMiB: mib('VmHWM') }
}

/** A reading process that has read enough for its code to be compiled, and the pool that has it. */
export async function warmPool(documents: readonly Buffer[], times: number): Promise<ScanPool> {
  const pool = openPool({ processes: 1, filesPerReader: Infinity })
  for (let n = 0; n < times; n++) for (const bytes of documents) await pool.scan(bytes)
  return pool
}

export interface Measured {
  readonly cpuSeconds: number
  readonly results: readonly ScanResult[]
}

/** What it costs, here and in the reading process, to scan these one after the other. */
export async function measure(pool: ScanPool, documents: readonly Buffer[]): Promise<Measured> {
  const before = cpuSecondsOfAll()
  const results: ScanResult[] = []
  for (const bytes of documents) results.push(await pool.scan(bytes))
  return { cpuSeconds: cpuSecondsOfAll() - before, results }
}
