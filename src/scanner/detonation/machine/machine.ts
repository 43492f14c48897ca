import type { Duplex } from 'node:stream'
import { pause } from '#platform/clock/clock.ts'
import { DESCRIPTORS, qemuArguments, type MachineShape } from './qemu-arguments.ts'
import { Qmp, QmpError } from './qmp.ts'
import { LAYER_BYTES } from './layer.ts'
import { OVERLAY_BYTES } from './overlay.ts'
import { launch } from './wall.ts'

/** What QEMU takes beside the guest's memory: itself, its device models, and in emulation the code that it translated. */
export const BESIDE_MEMORY_MIB = 768
/** Threads of QEMU and the helpers of the wall. */
const MOST_PROCESSES = 64
const MOST_CONSOLE_BYTES = 64 * 1024
/** After so much more the console is read no further. */
const MOST_READ_BYTES = 16 * 2 ** 20
/** What QEMU computes beside the guest's processors. */
const BESIDE_CPUS = 0.5
const GREETS_WITHIN_MS = 30_000
/** Ours, and that of `-sandbox`. */
const FILTERS = 2

/** Open files of the host that a machine is started with, as descriptors of this process. */
export interface MachineFiles {
  readonly image: number
  readonly overlay: number
  readonly memory: number
  /** Where the template's device state is written to, or read from. */
  readonly state: number
  /** Absent where the system boots from its disk. */
  readonly kernel?: number | undefined
  readonly initrd?: number | undefined
}

/** A running QEMU behind the wall. */
export interface Machine {
  readonly qmp: Qmp
  /** To and from the agent in the guest: hostile, as all that comes from a guest. */
  readonly control: Duplex
  readonly events: Duplex
  readonly trace: Duplex
  /** The guest's only way out: connections to the recording proxy (`egress/streams.ts`). The guest has no network device. */
  readonly proxy: Duplex
  /** The end of what the guest's kernel and QEMU said, for whoever has to find out why a guest did not start. */
  said(): string
  /** The number of QEMU's process. */
  readonly pid: number
  /** Resolves when it has ended, with what ended it. */
  readonly ended: Promise<string>
  /** Ends it and takes its wall down. */
  end(): Promise<void>
}

/**
 * Starts a machine behind the wall, and goes on only when the wall is complete: it is then stopped before its first instruction. Throws `NoWall`, and
 * `QmpError` where QEMU does not start.
 */
export async function startMachine(shape: MachineShape, role: 'template' | 'clone', files: MachineFiles, saving?: string): Promise<Machine> {
  const limits = {
    memoryBytes: (shape.memoryMiB + BESIDE_MEMORY_MIB) * 2 ** 20,
    processes: MOST_PROCESSES,
    cpus: shape.cpus + BESIDE_CPUS,
    fileBytes: Math.max(shape.own ? LAYER_BYTES : OVERLAY_BYTES, role === 'template' ? shape.memoryMiB * 2 ** 20 : 0),
    filters: FILTERS,
    ...(shape.accelerator === 'kvm' && { kvm: '/dev/kvm' }),
    ...(saving !== undefined && { saving }),
  }
  const channels = Object.fromEntries(['qmp', 'control', 'events', 'trace', 'console', 'proxy'].map((name) => [name, 'pipe' as const]))
  const given: Record<string, 'pipe' | number | undefined> = { ...channels, ...files }
  const stdio: ('ignore' | 'pipe' | number)[] = ['ignore', 'ignore', 'pipe']
  for (const [name, at] of Object.entries(DESCRIPTORS)) stdio[at] = given[name] ?? 'ignore'
  const walled = launch(['qemu-system-x86_64', '-S', ...qemuArguments(shape, role)], limits, stdio)
  const stream = (at: number) => walled.child.stdio[at] as Duplex
  const said = endOf([stream(2), stream(DESCRIPTORS.console)])
  for (const name of ['control', 'events', 'trace', 'proxy'] as const) stream(DESCRIPTORS[name]).on('error', () => undefined)
  const ended = new Promise<string>((resolve) => {
    walled.child.once('error', (error) => resolve(error.message))
    walled.child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`))
  })
  const qmp = new Qmp(stream(DESCRIPTORS.qmp))
  try {
    await within(GREETS_WITHIN_MS, qmp.greet(), 'QEMU did not start in time')
    const pid = await walled.complete()
    const end = async () => {
      await walled.remove()
      await ended
    }
    return {
      qmp,
      control: stream(DESCRIPTORS.control),
      events: stream(DESCRIPTORS.events),
      trace: stream(DESCRIPTORS.trace),
      proxy: stream(DESCRIPTORS.proxy),
      said,
      pid,
      ended,
      end,
    }
  } catch (error) {
    await walled.remove()
    if (error instanceof Error && said() !== '') error.message += `; it said: ${said().trim().slice(-500)}`
    throw error
  }
}

/** Keeps the end of what streams say, and reads only so much. */
function endOf(streams: readonly Duplex[]): () => string {
  let said = ''
  for (const stream of streams) {
    let read = 0
    stream.on('error', () => undefined)
    stream.on('data', (text: Buffer) => {
      said = (said + text.toString('latin1')).slice(-MOST_CONSOLE_BYTES)
      read += text.length
      if (read > MOST_READ_BYTES) stream.destroy()
    })
  }
  return () => said
}

async function within<T>(ms: number, work: Promise<T>, otherwise: string): Promise<T> {
  const over = new AbortController()
  const late = pause(ms, over.signal).then(() => {
    throw new QmpError(otherwise)
  })
  late.catch(() => undefined)
  try {
    return await Promise.race([work, late])
  } finally {
    over.abort()
  }
}
