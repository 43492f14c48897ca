import { accessSync, constants, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pause } from '#platform/clock/clock.ts'
import type { Accelerator } from './qemu-arguments.ts'
import { groupOf } from './wall.ts'

/** Who runs the guests' code on this host, and why not the processor where it does not. */
export interface Choice {
  readonly accelerator: Accelerator
  readonly why: string
}

export interface ProbeOptions {
  /** Boots a small guest with KVM and resolves once its user space speaks; rejects where it does not. */
  readonly boot: (signal: AbortSignal) => Promise<void>
  /** Where the answer is kept until the host starts again. */
  readonly folder: string
  readonly device?: string
  readonly withinMs?: number
}

const WITHIN_MS = 30_000
const FILE = 'accelerator.json'

/**
 * Whether guests run on the processor: only where one does (design, section 12: a device that opens proves nothing, guests have been seen to hang under it). The answer holds until the
 * host starts anew. Never rejects.
 */
export async function chooseAccelerator({ boot, folder, device = '/dev/kvm', withinMs = WITHIN_MS }: ProbeOptions): Promise<Choice> {
  const reason = closed(device)
  if (reason) return { accelerator: 'tcg', why: reason }
  const id = `${bootId()} ${statSync(device).mode} ${statSync(device).gid}`
  const kept = readKept(folder, id)
  if (kept) return kept
  const choice = await probe(boot, withinMs)
  keep(folder, id, choice)
  return choice
}

/** What is known without booting a guest; undefined where only that would tell. */
export function knownChoice(folder: string, device = '/dev/kvm'): Choice | undefined {
  const reason = closed(device)
  if (reason) return { accelerator: 'tcg', why: reason }
  return readKept(folder, `${bootId()} ${statSync(device).mode} ${statSync(device).gid}`)
}

/** Machines run under accounts of their own, which the device has to admit. */
function closed(device: string): string | undefined {
  if (!existsSync(device)) return `this host has no ${device}`
  const { mode } = statSync(device)
  if ((mode & 0o006) !== 0o006 && groupOf(device) === undefined)
    return `${device} admits root alone, and machines run under accounts of their own: give it a group that may read and write it`
  try {
    accessSync(device, constants.R_OK | constants.W_OK)
    return undefined
  } catch {
    return `${device} cannot be opened`
  }
}

async function probe(boot: ProbeOptions['boot'], withinMs: number): Promise<Choice> {
  const over = new AbortController()
  const started = boot(over.signal).then(
    () => undefined,
    (error: Error) => error.message,
  )
  const late = pause(withinMs, over.signal).then(() => `a guest did not start under KVM within ${withinMs / 1000} s`)
  const fault = await Promise.race([started, late])
  over.abort()
  await started
  if (fault === undefined) return { accelerator: 'kvm', why: 'a guest started under KVM' }
  return { accelerator: 'tcg', why: `a guest was tried under KVM: ${fault.slice(0, 300)}` }
}

const bootId = () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()

function readKept(folder: string, id: string): Choice | undefined {
  try {
    const kept = JSON.parse(readFileSync(join(folder, FILE), 'utf8')) as { id?: unknown; accelerator?: unknown; why?: unknown }
    if (kept.id !== id || (kept.accelerator !== 'kvm' && kept.accelerator !== 'tcg') || typeof kept.why !== 'string') return undefined
    return { accelerator: kept.accelerator, why: kept.why }
  } catch {
    return undefined
  }
}

/** The answer is only a saving of time: where it cannot be kept, the next process asks again. */
function keep(folder: string, id: string, choice: Choice): void {
  try {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `${FILE}.new`), JSON.stringify({ id, ...choice }))
    renameSync(join(folder, `${FILE}.new`), join(folder, FILE))
  } catch {
    // Said above.
  }
}
