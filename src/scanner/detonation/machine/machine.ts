import type { Duplex } from 'node:stream'
import { pause } from '#platform/clock/clock.ts'
import { DESCRIPTORS, qemuArguments, type MachineShape } from './qemu-arguments.ts'
import { Qmp } from './qmp.ts'
import { launch, NoWall, type Walled } from './wall.ts'

/** What QEMU takes beside the guest's memory: itself, its device models, and in emulation the code that it translated. */
const BESIDE_MEMORY_MIB = 768
/** Threads of QEMU and the helpers of the wall. */
const MOST_PROCESSES = 64
const MOST_CONSOLE_BYTES = 64 * 1024

/** Open files of the host that a machine is started with, as descriptors of this process. */
export interface MachineFiles {
  readonly image: number
  readonly overlay: number
  readonly memory: number
  /** Where the template's device state is written to, or read from. */
  readonly state: number
  readonly kernel: number
  readonly initrd: number
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
    kvm: shape.accelerator === 'kvm',
    ...(saving !== undefined && { saving }),
  }
  const channels = Object.fromEntries(['qmp', 'control', 'events', 'trace', 'console', 'proxy'].map((name) => [name, 'pipe' as const]))
  const given: Record<string, 'pipe' | number> = { ...channels, ...files }
  const stdio: ('ignore' | 'pipe' | number)[] = ['ignore', 'ignore', 'pipe']
  for (const [name, at] of Object.entries(DESCRIPTORS)) stdio[at] = given[name]!
  const walled = launch(['qemu-system-x86_64', '-S', ...qemuArguments(shape, role)], limits, stdio)
  const stream = (at: number) => walled.child.stdio[at] as Duplex
  let said = ''
  for (const source of [stream(2), stream(DESCRIPTORS.console)]) {
    source.on('data', (text: Buffer) => (said = (said + text.toString('latin1')).slice(-MOST_CONSOLE_BYTES)))
    source.on('error', () => undefined)
  }
  for (const name of ['control', 'events', 'trace', 'proxy'] as const) stream(DESCRIPTORS[name]).on('error', () => undefined)
  const ended = new Promise<string>((resolve) => {
    walled.child.once('error', (error) => resolve(error.message))
    walled.child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`))
  })
  const qmp = new Qmp(stream(DESCRIPTORS.qmp))
  try {
    await qmp.greet()
    const pid = await complete(walled)
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
      said: () => said,
      pid,
      ended,
      end,
    }
  } catch (error) {
    await walled.remove()
    if (error instanceof Error && said !== '') error.message += `; it said: ${said.trim().slice(-500)}`
    throw error
  }
}

const WALL_WITHIN_MS = 2_000

/** Waits until the wall stands around QEMU: its filter of system calls is the last of it. */
async function complete(walled: Walled): Promise<number> {
  for (let waited = 0; ; waited += 10) {
    const faults = walled.faults()
    const pid = walled.pid()
    if (faults.length === 0 && pid !== undefined) return pid
    if (waited > WALL_WITHIN_MS) throw new NoWall(`the wall is not complete: ${faults.join('; ')}`)
    await pause(10)
  }
}
