import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { Environment } from '../../contract.ts'
import type { DwellBounds } from '../../guest/dwell.ts'
import { diskSize } from '../../machine/layer.ts'

/** The file that makes a folder of `$VEDETTE_DATA/guest` an operator's own environment. */
const FILE = 'windows.json'
export const WINDOWS_SCHEMA = 'vedette.windows/1'

const text = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .regex(/^[^\p{C}]*$/u, 'text without control characters')
const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'the name of a file in the same folder')
const command = z
  .array(text(1000))
  .min(1)
  .max(32)
  .refine((words) => words.filter((word) => word.includes('{file}')).length === 1, 'one word must hold {file}')

/** One way to open a document. */
const Opener = z.strictObject({
  /** Of `apps`, by its name. */
  app: text(60),
  /** Program and arguments; `{file}` is where the agent put the document. */
  command,
  /** The same with macros off; absent where that cannot be had. */
  without_macros: command.optional(),
})

/** What an operator says of their own Windows image (docs/guest-agent.md). */
export const WindowsManifest = z
  .strictObject({
    schema: z.literal(WINDOWS_SCHEMA),
    name: Environment.shape.name,
    os: text(100),
    line: Environment.shape.line,
    age: Environment.shape.age,
    disk: z.strictObject({ file: fileName, bus: z.enum(['sata', 'virtio']).default('sata') }),
    /** For an image without a boot loader of its own. */
    boot: z.strictObject({ kernel: fileName, initrd: fileName }).optional(),
    memory_mib: z.int().min(64).max(65_536),
    cpus: z.int().min(1).max(16),
    apps: z
      .array(z.strictObject({ name: text(60), version: text(60), patch: text(60) }))
      .min(1)
      .max(30),
    /** By the ending of a document's name, without its dot. */
    open: z.record(z.string().regex(/^[a-z0-9]{1,8}$/, 'an ending in small letters, without its dot'), Opener),
    dwell: z
      .strictObject({
        quiet_ms: z.int().min(100).max(60_000),
        most_seconds: z.int().min(1).max(300),
        silent_seconds: z.int().min(1).max(60),
        closing_seconds: z.int().min(1).max(60),
      })
      .default({ quiet_ms: 3_000, most_seconds: 60, silent_seconds: 10, closing_seconds: 15 }),
    /** From the start of the machine until the agent says `ready`. */
    ready_within_seconds: z.int().min(5).max(3_600).default(900),
  })
  .superRefine(({ apps, open }, context) => {
    const names = new Set(apps.map(({ name }) => name))
    if (names.size !== apps.length) context.addIssue({ code: 'custom', path: ['apps'], message: 'two of one name' })
    if (Object.keys(open).length === 0) context.addIssue({ code: 'custom', path: ['open'], message: 'nothing can be opened' })
    for (const [type, { app }] of Object.entries(open))
      if (!names.has(app)) context.addIssue({ code: 'custom', path: ['open', type, 'app'], message: `there is no ${app} among the apps` })
  })
export type WindowsManifest = z.infer<typeof WindowsManifest>

/** An operator's image, and the folder that it lies in. */
export interface OwnImage {
  readonly folder: string
  readonly manifest: WindowsManifest
}

/** A manifest, or an image of one, that cannot be used; names the file and every fault. */
export class UnfitManifest extends Error {
  override name = 'UnfitManifest'
}

/** Reads the manifest of a folder, and looks at the files that it names; undefined where there is none. Throws `UnfitManifest`. */
export async function readManifest(folder: string): Promise<OwnImage | undefined> {
  const path = join(folder, FILE)
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined
    throw new UnfitManifest(`${path} cannot be read: ${(error as Error).message}`)
  }
  const read = WindowsManifest.safeParse(value)
  if (!read.success) {
    const faults = read.error.issues.slice(0, 10).map((issue) => `${issue.path.join('.') || 'the whole'}: ${issue.message}`)
    throw new UnfitManifest(`${path} does not describe an image: ${faults.join('; ')}`)
  }
  const { disk, boot } = read.data
  for (const file of [disk.file, ...(boot ? [boot.kernel, boot.initrd] : [])])
    if (!statSync(join(folder, file), { throwIfNoEntry: false })?.isFile()) throw new UnfitManifest(`${join(folder, file)} is missing`)
  await diskSize(join(folder, disk.file)).catch((error: unknown) => {
    throw new UnfitManifest(`${join(folder, disk.file)} cannot be used: ${(error as Error).message}`)
  })
  return { folder, manifest: read.data }
}

/** The images of a folder of environments, and what is wrong with those that cannot be used: one of them takes no other away. */
export async function findOwnImages(guests: string): Promise<{ images: OwnImage[]; faults: string[] }> {
  const images: OwnImage[] = []
  const faults: string[] = []
  for (const name of namesIn(guests)) {
    try {
      const image = await readManifest(join(guests, name))
      if (image && images.some(({ manifest }) => manifest.name === image.manifest.name))
        throw new UnfitManifest(`${join(guests, name)} has the name of another`)
      if (image) images.push(image)
    } catch (error) {
      faults.push((error as Error).message)
    }
  }
  return { images, faults }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

export function environmentOf({ name, os, line, age, apps, open, memory_mib }: WindowsManifest): Environment {
  const version = apps.map((app) => `${app.name} ${app.version} (${app.patch})`).join(', ')
  // Where some can be opened without macros, those that cannot are refused one by one.
  const always = Object.values(open).every(({ without_macros: without }) => without === undefined)
  return {
    name,
    viewer: 'other',
    version: version.slice(0, 100),
    os,
    line,
    age,
    driver: 'windows',
    opens: Object.keys(open).slice(0, 100),
    ...(always && { macros: 'on' as const }),
    memory_mib,
  }
}

export function boundsOf({ dwell }: WindowsManifest): DwellBounds {
  return { quietMs: dwell.quiet_ms, capMs: dwell.most_seconds * 1000, silentMs: dwell.silent_seconds * 1000, closingMs: dwell.closing_seconds * 1000 }
}
