import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, closeSync, createWriteStream, existsSync, mkdirSync, mkdtempSync, openSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { pause } from '#platform/clock/clock.ts'
import { startMachine, type Machine, type MachineFiles } from './machine.ts'
import { makeLayer } from './layer.ts'
import { makeOverlay, openCopy } from './overlay.ts'
import { DESCRIPTORS, type MachineShape } from './qemu-arguments.ts'
import { QmpError, type Qmp } from './qmp.ts'

const KEEPER = fileURLToPath(new URL('./keep-ram.pl', import.meta.url))

/** The files of an environment's image, as `guest build` leaves them. */
export interface ImageFiles {
  readonly image: string
  /** Both, or neither where the system boots from its disk. */
  readonly kernel?: string | undefined
  readonly initrd?: string | undefined
}

/** A machine that was booted, with its viewer started, and saved: every run goes on from there. */
export interface Template {
  /** Starts a clone, which goes on where the template was saved; nothing that it does reaches the template. */
  clone(): Promise<Clone>
  /** Gives the memory back. */
  close(): void
}

export interface Clone extends Machine {
  /** What the guest writes, as a descriptor; closed when the clone ends. */
  readonly overlay: number
}

/**
 * Boots the machine, waits until `ready` says that its viewer is warm, and saves it into `folder`: memory, device state, and the disk as it was then
 * (design, section 12.2). A template that is already there stays.
 */
export async function makeTemplate(shape: MachineShape, image: ImageFiles, folder: string, ready: (machine: Machine) => Promise<void>): Promise<void> {
  if (existsSync(join(folder, 'state'))) return
  const making = `${folder}.making`
  rmSync(making, { recursive: true, force: true })
  mkdirSync(making, { recursive: true })
  const at = (name: string) => join(making, name)
  writeFileSync(at('memory'), '')
  truncateSync(at('memory'), shape.memoryMiB * 2 ** 20)
  // QEMU runs under an account of its own and opens its memory again; nobody else reaches into the folder.
  chmodSync(making, 0o700)
  chmodSync(at('memory'), 0o666)
  if (shape.own) await makeLayer(at('disk'), image.image)
  else makeOverlay(at('disk'))
  const sink = await openStateSink(at('state'))
  try {
    await withFiles(image, { overlay: openSync(at('disk'), 'r+'), memory: openSync(at('memory'), 'r+'), state: openSync(at('disk'), 'r') }, async (files) => {
      const machine = await startMachine(shape, 'template', files, sink.folder)
      try {
        await machine.qmp.run('cont')
        const ended = machine.ended.then((why) => Promise.reject(new Error(`the template ended while it booted (${why}): ${machine.said().slice(-1000)}`)))
        await Promise.race([ready(machine), ended])
        await machine.qmp.run('stop')
        await ignoreShared(machine.qmp)
        await migrated(machine.qmp, 'migrate', 'unix:/saving/state')
        await sink.written
      } finally {
        await machine.end()
      }
    })
  } finally {
    sink.close()
  }
  chmodSync(at('memory'), 0o400)
  rmSync(folder, { recursive: true, force: true })
  renameSync(making, folder)
}

/** Loads a saved template. Throws where there is none, or not enough memory for it. */
export async function openTemplate(shape: MachineShape, image: ImageFiles, folder: string, runs: string): Promise<Template> {
  mkdirSync(runs, { recursive: true, mode: 0o700 })
  const keeper = spawn('perl', [KEEPER, join(folder, 'memory')], { stdio: ['pipe', 'pipe', 'inherit'], env: {} })
  const memory = await sealedMemory(keeper)
  return {
    async clone() {
      const overlay = openCopy(join(folder, 'disk'), runs)
      return withFiles(
        image,
        { memory, state: openSync(join(folder, 'state'), 'r'), overlay },
        async (files) => {
          const machine = await startMachine(shape, 'clone', files)
          try {
            await ignoreShared(machine.qmp)
            await migrated(machine.qmp, 'migrate-incoming', `fd:${DESCRIPTORS.state}`)
            await machine.qmp.run('cont')
          } catch (error) {
            await machine.end()
            throw error
          }
          return { ...machine, overlay, end: () => machine.end().finally(() => closeSync(overlay)) }
        },
        [memory, overlay],
      )
    },
    close() {
      closeSync(memory)
      keeper.kill('SIGKILL')
    },
  }
}

async function sealedMemory(keeper: ChildProcess): Promise<number> {
  const said = await Promise.race([once(keeper.stdout!, 'data').then(String), once(keeper, 'exit').then(() => '')])
  if (!/^\d+\n$/.test(said)) throw new Error('the memory of the template could not be loaded')
  return openSync(`/proc/${keeper.pid}/fd/${said.trim()}`, 'r')
}

/** Opens what a machine is given, and closes it again here once the machine has it. */
async function withFiles<T>(
  image: ImageFiles,
  opened: Pick<MachineFiles, 'overlay' | 'memory' | 'state'>,
  work: (files: MachineFiles) => Promise<T>,
  keep: readonly number[] = [],
): Promise<T> {
  const files = {
    ...opened,
    image: openSync(image.image, 'r'),
    ...(image.kernel !== undefined && { kernel: openSync(image.kernel, 'r') }),
    ...(image.initrd !== undefined && { initrd: openSync(image.initrd, 'r') }),
  }
  try {
    return await work(files)
  } finally {
    for (const file of Object.values(files)) if (!keep.includes(file)) closeSync(file)
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

/** A socket that writes what it is told into a file: QEMU 7.2 saves to a descriptor only when that is sent to its monitor, which Node cannot. */
async function openStateSink(path: string): Promise<{ folder: string; written: Promise<void>; close(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-'))
  const written = Promise.withResolvers<void>()
  const server = createServer((socket) => pipeline(socket, createWriteStream(path)).then(written.resolve, written.reject))
  written.promise.catch(() => undefined)
  await once(server.listen(join(folder, 'state')), 'listening')
  chmodSync(folder, 0o711)
  chmodSync(join(folder, 'state'), 0o666)
  const close = () => {
    server.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return { folder, written: written.promise, close }
}
