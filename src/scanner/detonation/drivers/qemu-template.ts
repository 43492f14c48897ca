import { createHash } from 'node:crypto'
import { closeSync, createReadStream, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { listTemplate } from '../disk/compare-disk.ts'
import type { DiskListing } from '../disk/contract.ts'
import type { Environment } from '../contract.ts'
import { Ready } from '../guest/messages.ts'
import { waitReady } from '../guest/ready.ts'
import { holdLock } from '../image/lock.ts'
import { qemuArguments, type MachineShape } from '../machine/qemu-arguments.ts'
import { makeTemplate, openTemplate, placeOfMaking, sweepTemplate, type ImageFiles, type Template } from '../machine/template.ts'
import { makeOnce } from './make-once.ts'

/** An environment of our own guests: the files of its image with their hashes, and where its template lies or will lie. */
export interface QemuEnvironment {
  readonly environment: Environment
  readonly shape: MachineShape
  readonly image: ImageFiles
  readonly hashes: { readonly image: string; readonly kernel: string; readonly initrd: string }
  readonly folder: string
}

const Made = z.strictObject({
  /** Hash of all that the template was made from. */
  from: z.string(),
  /** Hash of its memory and state, with what it was made from. */
  template: z.string().regex(/^[0-9a-f]{64}$/),
  ready: Ready,
})
type Made = z.infer<typeof Made>

/** A template of ours, with what is known of it. */
export interface QemuTemplate extends Template {
  readonly made: Made
  /** What lies on its disk, or why that could not be read. Never rejects. */
  readonly listing: Promise<DiskListing | Error>
}

/**
 * Opens the template of an environment, and makes it first where there is none of exactly this image: one process at a time does, and the others wait for it. `tell` hears what goes
 * on. Throws the signal's reason, and what kept it from being made.
 */
export async function prepareTemplate(found: QemuEnvironment, runs: string, tell: (text: string) => void, signal: AbortSignal): Promise<QemuTemplate> {
  const { shape, image, folder, hashes } = found
  const from = createHash('sha256')
    .update(JSON.stringify([hashes, shape, qemuArguments(shape, 'template')]))
    .digest('hex')
  const made = await makeOnce({
    folder: dirname(folder),
    name: found.environment.name,
    find: () => madeFrom(folder, from),
    make: () => make(found, from, signal),
    tell,
    signal,
  })
  const template = await openTemplate(shape, image, folder, runs)
  return { ...template, made, listing: listed(join(folder, 'disk')) }
}

/** It is read while the first clone starts. */
async function listed(path: string): Promise<DiskListing | Error> {
  try {
    const disk = openSync(path, 'r')
    return await listTemplate(disk).finally(() => closeSync(disk))
  } catch (error) {
    return error as Error
  }
}

/** Removes what a process left that was killed while it made this template. */
export async function sweepLeft({ folder }: QemuEnvironment): Promise<void> {
  if (!existsSync(placeOfMaking(folder))) return
  const unlock = await holdLock(dirname(folder))
  if (!unlock) return
  try {
    sweepTemplate(folder)
  } finally {
    await unlock()
  }
}

async function make({ shape, image, folder }: QemuEnvironment, from: string, signal: AbortSignal): Promise<Made> {
  rmSync(folder, { recursive: true, force: true })
  let ready: Ready | undefined
  const given = Promise.withResolvers<never>()
  given.promise.catch(() => undefined)
  const giveUp = () => given.reject(signal.reason)
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    signal.throwIfAborted()
    await makeTemplate(shape, image, folder, async (machine) => {
      ready = await Promise.race([waitReady(machine), given.promise])
    })
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
  const sum = createHash('sha256').update(from)
  for (const name of ['state', 'memory']) await pipeline(createReadStream(join(folder, name), { highWaterMark: 2 ** 20 }), sum, { end: false })
  const made = { from, template: sum.digest('hex'), ready: ready! }
  writeFileSync(join(folder, MADE), JSON.stringify(made))
  return made
}

const MADE = 'made.json'

function madeFrom(folder: string, from: string): Made | undefined {
  if (!existsSync(join(folder, MADE))) return undefined
  try {
    const made = Made.parse(JSON.parse(readFileSync(join(folder, MADE), 'utf8')))
    return made.from === from ? made : undefined
  } catch {
    return undefined
  }
}
