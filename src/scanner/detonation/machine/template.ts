import { once } from 'node:events'
import {
  chmodSync,
  closeSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { pause } from '#platform/clock/clock.ts'
import { startMachine, type Machine, type MachineFiles } from './machine.ts'
import { makeLayer } from './layer.ts'
import { loadMemory } from './memory.ts'
import { makeOverlay, openCopy } from './overlay.ts'
import { hasEnded, ownerName } from './owner.ts'
import { DESCRIPTORS, type MachineShape } from './qemu-arguments.ts'
import { QmpError, type Qmp } from './qmp.ts'
import { sweepMachines } from './wall.ts'

/** The files of an environment's image, as `guest build` leaves them. */
export interface ImageFiles {
  readonly image: string
  readonly kernel: string
  readonly initrd: string
}

/** The disk of a system that boots by itself. */
export interface DiskFiles {
  readonly image: string
}

/** A machine that was booted, with its viewer started, and saved: every run goes on from there. */
export interface Template {
  /** Starts a clone, which goes on where the template was saved; nothing that it does reaches the template. Where it is to `stand`, `cont` on its monitor lets it go on. */
  clone(stand?: boolean): Promise<Clone>
  /** Gives the memory back. */
  close(): void
}

export interface Clone extends Machine {
  /** What the guest writes, as a descriptor; closed when the clone ends. */
  readonly overlay: number
  /** Ends the machine and keeps its disk, so that it can be compared. */
  halt(): Promise<void>
}

/**
 * Boots the machine, waits until `ready` says that its viewer is warm, and saves it into `folder`: memory, device state, and the disk as it was then
 * (design, section 12.2). A template that is already there stays.
 */
export async function makeTemplate(
  shape: MachineShape,
  image: ImageFiles | DiskFiles,
  folder: string,
  ready: (machine: Machine) => Promise<void>,
): Promise<void> {
  if (existsSync(join(folder, 'state'))) return
  const making = placeOfMaking(folder)
  sweepTemplate(folder)
  mkdirSync(making, { recursive: true })
  const at = (name: string) => join(making, name)
  writeFileSync(at('memory'), '')
  truncateSync(at('memory'), shape.memoryMiB * 2 ** 20)
  // QEMU runs under an account of its own and opens its memory again; nobody else reaches into the folder.
  chmodSync(making, 0o700)
  chmodSync(at('memory'), 0o666)
  await sweepMachines()
  if (shape.own) await makeLayer(at('disk'), image.image)
  else makeOverlay(at('disk'))
  const sink = await openStateSink(at('state'))
  let made = false
  try {
    const opened = openAll({ overlay: [at('disk'), 'r+'], memory: [at('memory'), 'r+'], state: ['/dev/null', 'r'], ...read(image) })
    await closing(opened, async (files) => {
      const machine = await startMachine(shape, 'template', files, sink.folder)
      try {
        await machine.qmp.run('cont')
        const ended = machine.ended.then((why) => Promise.reject(new Error(`the template ended while it booted (${why})`)))
        await Promise.race([ready(machine), ended]).catch((error: unknown) => {
          // Why a guest did not start stands in its last words.
          throw new Error(`${(error as Error).message}: ${machine.said().slice(-1000)}`, { cause: error })
        })
        await machine.qmp.run('stop')
        await ignoreShared(machine.qmp)
        await migrated(machine.qmp, 'migrate', 'unix:/saving/state')
        await sink.written
      } finally {
        await machine.end()
      }
    })
    made = true
  } finally {
    sink.close()
    if (!made) rmSync(making, { recursive: true, force: true })
  }
  chmodSync(at('memory'), 0o400)
  rmSync(folder, { recursive: true, force: true })
  renameSync(making, folder)
}

/**
 * Loads a saved template; it keeps its files open, so that its clones stay what they are when another takes its place. Throws where there is none, or not
 * enough memory for it.
 */
export async function openTemplate(shape: MachineShape, image: ImageFiles | DiskFiles, folder: string, runs: string): Promise<Template> {
  mkdirSync(runs, { recursive: true, mode: 0o700 })
  await sweepMachines()
  const { disk } = openAll({ disk: [join(folder, 'disk'), 'r'] })
  const kept = openAll({ state: [join(folder, 'state'), 'r'], ...read(image) }, [disk])
  const closeKept = () => [disk, ...Object.values(kept)].forEach((file) => closeSync(file))
  const memory = await loadMemory(join(folder, 'memory')).catch((error: unknown) => {
    closeKept()
    throw error
  })
  return {
    async clone(stand = false) {
      const overlay = await openCopy(`/proc/${process.pid}/fd/${disk}`, runs)
      try {
        const machine = await closing(openAll(openedAgain(kept)), (files) => startClone(shape, { ...files, memory: memory.file, overlay }, stand))
        let ended: Promise<void> | undefined
        return { ...machine, overlay, halt: machine.end, end: () => (ended ??= machine.end().finally(() => closeSync(overlay))) }
      } catch (error) {
        closeSync(overlay)
        throw error
      }
    },
    close() {
      closeKept()
      memory.close()
    },
  }
}

async function startClone(shape: MachineShape, files: MachineFiles, stand: boolean): Promise<Machine> {
  const machine = await startMachine(shape, 'clone', files)
  try {
    await ignoreShared(machine.qmp)
    await migrated(machine.qmp, 'migrate-incoming', `fd:${DESCRIPTORS.state}`)
    if (!stand) await machine.qmp.run('cont')
    return machine
  } catch (error) {
    await machine.end()
    throw error
  }
}

/** The files that a machine only reads. */
function read(files: ImageFiles | DiskFiles): { image: Asked; kernel?: Asked; initrd?: Asked } {
  return { image: [files.image, 'r'], ...('kernel' in files && { kernel: [files.kernel, 'r'], initrd: [files.initrd, 'r'] }) }
}

/** A file, and how it is opened. */
type Asked = readonly [path: string, how: 'r' | 'r+']

/** Opens all, or none where one cannot be opened: those that were opened `before` are closed then, too. */
function openAll<Paths extends object>(paths: Paths, before: readonly number[] = []): { [Name in keyof Paths]: number } {
  const opened: [string, number][] = []
  try {
    for (const [name, [path, how]] of Object.entries(paths) as [string, Asked][]) opened.push([name, openSync(path, how)])
    return Object.fromEntries(opened) as { [Name in keyof Paths]: number }
  } catch (error) {
    for (const file of [...before, ...opened.map(([, one]) => one)]) closeSync(file)
    throw error
  }
}

/** Descriptors to be opened anew: a place in a file is shared by all that have one descriptor. */
function openedAgain<Files extends object>(files: Files): { [Name in keyof Files]: Asked } {
  return Object.fromEntries(Object.entries(files).map(([name, file]) => [name, [`/proc/self/fd/${file}`, 'r'] as const])) as { [Name in keyof Files]: Asked }
}

/** Closes what a machine was given here, once the machine has it. */
async function closing<Files extends object, T>(files: Files, work: (files: Files) => Promise<T>): Promise<T> {
  try {
    return await work(files)
  } finally {
    for (const file of Object.values(files) as number[]) closeSync(file)
  }
}

const ignoreShared = (qmp: Qmp) => qmp.run('migrate-set-capabilities', { capabilities: [{ capability: 'x-ignore-shared', state: true }] })

const MIGRATED_WITHIN_MS = 30_000

/** Saves or loads the device state; QEMU's filter of system calls permits no program to do it. */
async function migrated(qmp: Qmp, command: 'migrate' | 'migrate-incoming', uri: string): Promise<void> {
  await qmp.run(command, { uri })
  for (let waited = 0; waited < MIGRATED_WITHIN_MS; waited += 10) {
    const { status, 'error-desc': reason } = (await qmp.run('query-migrate')) as { status?: unknown; 'error-desc'?: unknown }
    if (status === 'completed') return
    if (status === 'failed') throw new QmpError(`the state of the machine could not be moved: ${String(reason)}`)
    await pause(10)
  }
  throw new QmpError('the state of the machine was not moved in time')
}

const SAVING = 'vedette-saving-'

/** Where a template is while it is made. */
export const placeOfMaking = (folder: string) => `${folder}.making`

/** Removes what a process left that was killed while it made a template: for the folder of a template that nobody makes now. */
export function sweepTemplate(folder: string): void {
  rmSync(placeOfMaking(folder), { recursive: true, force: true })
  for (const left of readdirSync(tmpdir()))
    if (left.startsWith(SAVING) && hasEnded(left.slice(SAVING.length, -7))) rmSync(join(tmpdir(), left), { recursive: true, force: true })
}

/** A socket that writes what it is told into a file: QEMU 7.2 saves to a descriptor only when that is sent to its monitor, which Node cannot. */
async function openStateSink(path: string): Promise<{ folder: string; written: Promise<void>; close(): void }> {
  const folder = mkdtempSync(join(tmpdir(), `${SAVING}${ownerName()}-`))
  const written = Promise.withResolvers<void>()
  const server = createServer((socket) => pipeline(socket, createWriteStream(path)).then(written.resolve, written.reject))
  written.promise.catch(() => undefined)
  await once(server.listen(join(folder, 'state')), 'listening')
  // The wall gives the folder to the machine's own account: no other reaches the socket.
  chmodSync(join(folder, 'state'), 0o666)
  const close = () => {
    server.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return { folder, written: written.promise, close }
}
