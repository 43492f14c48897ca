import { linkSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { RELEASES, type GuestEnvironment } from './environments.ts'
import { readJson, removeTree, replaceFolder } from './folders.ts'
import { readPackages } from './make-kernel.ts'
import { GuestManifest, MANIFEST_SCHEMA, type KernelManifest, type Package } from './manifest.ts'
import { Cancelled, installPackages, NoPackages, type Source } from './packages.ts'
import { FILE_TIME, identityOf, imageRecipe, PACK, storedFile } from './recipe.ts'
import { apart, runProgram } from './run-program.ts'

/** The image of an environment in its folder, where it is whole; `fresh` where it would be made the same today. */
export function findImage(environment: GuestEnvironment, folder: string, locked?: readonly Package[]): { manifest: GuestManifest; fresh: boolean } | undefined {
  const manifest = GuestManifest.safeParse(readJson(join(folder, 'manifest.json'))).data
  if (!manifest) return undefined
  const whole = (['image', 'initrd', 'kernel'] as const).every((name) => sizeOf(join(folder, name === 'kernel' ? 'vmlinuz' : name)) === manifest[name].bytes)
  if (!whole) return undefined
  const same = locked === undefined || JSON.stringify(locked) === JSON.stringify(manifest.packages)
  return { manifest, fresh: same && manifest.recipe === imageRecipe(environment) }
}

const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size

/** A new image, not in its place yet. */
export interface MadeImage {
  readonly path: string
  readonly packages: readonly Package[]
}

/** Installs the packages of an environment and packs them. Throws `NoPackages` and `Cancelled`; the caller removes `making`. */
export async function makeImage(environment: GuestEnvironment, making: string, source: Source, locked?: readonly Package[]): Promise<MadeImage> {
  const { name, release, packages } = environment
  mkdirSync(making, { recursive: true })
  const [tree, path, list] = [join(making, 'tree'), join(making, 'image'), join(making, 'packages')]
  await installPackages(tree, { release, variant: 'minbase', packages, pinned: locked }, source)
  source.step('packing the image')
  const command = apart(source.mode, ['sh', PACK, tree, path, list, identityOf(name)])
  const { code, said } = await runProgram(command, { ...(source.signal && { signal: source.signal }), settings: { SOURCE_DATE_EPOCH: String(FILE_TIME) } })
  if (source.signal?.aborted) throw new Cancelled('the build was cancelled')
  if (code !== 0) throw new NoPackages(`the image could not be packed: ${said.trim().slice(-500)}`, said)
  const made = readPackages(list)
  if (locked) compareWithLock(made, locked, source.mirror)
  return { path, packages: made }
}

const MOST_NAMED = 10

function compareWithLock(made: readonly Package[], locked: readonly Package[], mirror: string): void {
  const has = new Set(made.map(({ name, version }) => `${name} ${version}`))
  const missing = locked.map(({ name, version }) => `${name} ${version}`).filter((one) => !has.has(one))
  const extra = made.filter(({ name }) => !locked.some((one) => one.name === name)).map(({ name }) => `${name} is none of it`)
  const faults = [...missing.map((one) => `${one} cannot be had`), ...extra]
  if (faults.length === 0) return
  const more = faults.length > MOST_NAMED ? `, and ${faults.length - MOST_NAMED} more` : ''
  throw new NoPackages(`from ${mirror}, which has not what was locked: ${faults.slice(0, MOST_NAMED).join(', ')}${more}`, '')
}

interface Parts {
  readonly image: MadeImage
  readonly kernel: { readonly folder: string; readonly manifest: KernelManifest }
  readonly initrd: Buffer
  readonly mirror: string
  /** Day of the build. */
  readonly today: string
}

/** Puts image, kernel and initramfs of an environment together in its folder, with their manifest, in the place of what was there. */
export async function putTogether(environment: GuestEnvironment, folder: string, making: string, parts: Parts, source: Source): Promise<GuestManifest> {
  const { image, kernel, initrd, mirror, today } = parts
  const made = join(making, 'made')
  mkdirSync(made, { recursive: true })
  linkSync(image.path, join(made, 'image'))
  linkSync(join(kernel.folder, 'vmlinuz'), join(made, 'vmlinuz'))
  writeFileSync(join(made, 'initrd'), initrd)
  const { name, viewer, release, versionOf, memoryMiB, cpus } = environment
  const { os, age } = RELEASES[release]
  const manifest = GuestManifest.parse({
    schema: MANIFEST_SCHEMA,
    environment: { name, viewer, version: versionIn(image.packages, versionOf), os, line: viewer, age, driver: 'qemu' },
    memory_mib: memoryMiB,
    cpus,
    recipe: imageRecipe(environment),
    built: today,
    mirror,
    image: await storedFile(join(made, 'image')),
    kernel: kernel.manifest.vmlinuz,
    initrd: await storedFile(join(made, 'initrd')),
    packages: image.packages,
    kernel_packages: kernel.manifest.packages,
  } satisfies Record<keyof GuestManifest, unknown>)
  writeFileSync(join(made, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  replaceFolder(made, folder)
  await removeTree(making, source.mode)
  return manifest
}

function versionIn(packages: readonly Package[], wanted: string): string {
  return packages.find(({ name }) => name.split(':')[0] === wanted)?.version ?? 'unknown'
}
