import { createHash } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { GuestEnvironment } from './environments.ts'
import { removeTree, restoreFolder } from './folders.ts'
import { lockFolder } from './lock.ts'
import { findImage, makeImage, putTogether } from './make-image.ts'
import { findKernel, makeInitrd, makeKernel } from './make-kernel.ts'
import { MANIFEST_SCHEMA, type BuildReport, type GuestManifest, type KernelManifest, type Package } from './manifest.ts'
import { Cancelled, NoPackages, type Source } from './packages.ts'
import type { Mode } from './run-program.ts'

export interface BuildWish {
  /** Folder of all environments; each gets one of its own name in it. */
  readonly out: string
  readonly environments: readonly GuestEnvironment[]
  readonly mirror: string
  readonly mode: Mode
  /** Exactly these versions, by the name of the environment. */
  readonly locked?: ReadonlyMap<string, GuestManifest>
  /** Whether to fetch packages again where the recipe is the same. */
  readonly refresh?: boolean
  /** Wait for another build of the folder in place of refusing. */
  readonly wait?: boolean
  /** Day of the build. */
  readonly today: string
  readonly signal?: AbortSignal
  readonly step: (text: string) => void
  /** The folder of the agent, where it is not that of this checkout. */
  readonly agent?: string
}

/**
 * Makes the environments that are not there yet or are stale; one that cannot be made is absent with its reason, and keeps nothing from the others.
 * Throws `Cancelled`, and StartupError where another build works in the folder. However it ends, nothing half made is left.
 */
export async function buildGuests(wish: BuildWish): Promise<BuildReport> {
  const unlock = await lockFolder(wish.out, wish.wait)
  try {
    for (const name of ['kernel', ...wish.environments.map((environment) => environment.name)]) await restoreFolder(join(wish.out, name), wish.mode)
    const kernelOf = kernelMaker(wish)
    const made: (GuestManifest | Absent)[] = []
    const queue = wish.environments.entries()
    const work = async () => {
      for (const [at, environment] of queue) made[at] = await manifestOrReason(environment, wish, kernelOf)
    }
    // All of them have ended before the lock is given back, also where one was cancelled.
    const ended = await Promise.allSettled(Array.from({ length: wish.locked ? 1 : Math.min(MOST_AT_ONCE, availableParallelism()) }, work))
    for (const one of ended) if (one.status === 'rejected') throw one.reason
    return { schema: MANIFEST_SCHEMA, environments: made.filter((one) => 'image' in one), absent: made.filter((one) => 'why' in one) }
  } finally {
    await unlock()
  }
}

type Absent = BuildReport['absent'][number]

/** Packages are unpacked by one processor, and wait for the disk and the mirror. Locks may each bring a kernel of their own: those go one by one. */
const MOST_AT_ONCE = 2

async function manifestOrReason(environment: GuestEnvironment, wish: BuildWish, kernelOf: KernelMaker): Promise<GuestManifest | Absent> {
  try {
    return await ensureEnvironment(environment, wish, kernelOf)
  } catch (error) {
    if (!(error instanceof NoPackages)) throw error
    wish.step(`${environment.name} cannot be made ${error.message}`)
    return { name: environment.name, why: `${error.message}${keepWords(environment, error, wish)}` }
  }
}

async function ensureEnvironment(environment: GuestEnvironment, wish: BuildWish, kernelOf: KernelMaker): Promise<GuestManifest> {
  const folder = join(wish.out, environment.name)
  const locked = wish.locked?.get(environment.name)
  const found = findImage(environment, folder, locked?.packages)
  const kernel = { folder: join(wish.out, 'kernel'), manifest: await kernelOf(locked?.kernel_packages) }
  const initrd = makeInitrd(kernel.folder, wish.agent)
  const keep = found?.fresh && !wish.refresh
  if (keep && found.manifest.initrd.sha256 === hashOf(initrd) && found.manifest.kernel.sha256 === kernel.manifest.vmlinuz.sha256) return found.manifest
  const making = `${folder}.making`
  const from = sourceOf(wish, environment.name)
  try {
    from.step(keep ? 'its image stays; the kernel or the agent are new' : `from ${wish.mirror}`)
    const image = keep ? { path: join(folder, 'image'), packages: found.manifest.packages } : await makeImage(environment, making, from, locked?.packages)
    const { mirror, built } = keep ? found.manifest : { mirror: wish.mirror, built: wish.today }
    const manifest = await putTogether(environment, folder, making, { image, kernel, initrd, mirror, today: built }, from)
    rmSync(logOf(environment, wish), { force: true })
    from.step(`done: ${environment.viewer} ${manifest.environment.version}, ${Math.round(manifest.image.bytes / 2 ** 20)} MiB`)
    return manifest
  } finally {
    await removeTree(making, wish.mode)
  }
}

const sourceOf = ({ mirror, mode, signal, step }: BuildWish, what: string): Source => ({
  mirror,
  mode,
  ...(signal && { signal }),
  step: (text) => step(`${what}: ${text}`),
})

type KernelMaker = (locked?: readonly Package[]) => Promise<KernelManifest>

/** Makes the kernel once for all environments of a run; one that cannot be had is not asked for again. */
function kernelMaker(wish: BuildWish): KernelMaker {
  const folder = join(wish.out, 'kernel')
  const make = (locked?: readonly Package[]) => makeKernel(folder, sourceOf(wish, 'kernel'), locked)
  let usual: Promise<KernelManifest> | undefined
  return async (locked) => {
    if (locked) return findKernel(folder, locked) ?? make(locked)
    const found = wish.refresh ? undefined : findKernel(folder)
    usual ??= found ? Promise.resolve(found) : make()
    return usual
  }
}

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

const logOf = (environment: GuestEnvironment, wish: BuildWish) => join(wish.out, `${environment.name}.log`)

/** Keeps all that was said, and names the file. */
function keepWords(environment: GuestEnvironment, { said }: NoPackages, wish: BuildWish): string {
  if (said === '') return ''
  writeFileSync(logOf(environment, wish), said)
  return `; all that was said is in ${logOf(environment, wish)}`
}

export { Cancelled }
