import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { GuestManifest } from '../image/manifest.ts'
import type { QemuEnvironment } from './qemu-template.ts'

/** What `vedette guest build` left. */
export interface Built {
  readonly environments: QemuEnvironment[]
  /** What of it cannot be used, and why; one sentence each. */
  readonly faults: string[]
}

/** What all environments boot with lies beside them. */
const KERNEL_FOLDER = 'kernel'

/** The environments in the folder of guests; those that are not whole are told, and left out. They are to be emulated until the caller knows better. */
export function findBuilt(guests: string): Built {
  const environments: QemuEnvironment[] = []
  const faults: string[] = []
  for (const name of namesIn(guests)) {
    if (name === KERNEL_FOLDER) continue
    const folder = join(guests, name)
    const text = textOf(join(folder, 'manifest.json'))
    if (text === undefined) continue
    const read = GuestManifest.safeParse(parsed(text))
    const missing = read.success ? missingOf(folder, read.data) : []
    if (read.success && missing.length === 0) environments.push(environmentIn(folder, read.data))
    else if (read.success) faults.push(`${missing.join(', ')} of ${name} ${missing.length === 1 ? 'is' : 'are'} not what was built; run vedette guest build.`)
    else faults.push(`${join(folder, 'manifest.json')} describes no environment; run vedette guest build.`)
  }
  return { environments, faults }
}

/** Files that are not there, or have another size than when they were made. */
function missingOf(folder: string, { image, kernel, initrd }: GuestManifest): string[] {
  const files = [
    ['image', image],
    ['vmlinuz', kernel],
    ['initrd', initrd],
  ] as const
  return files.filter(([file, { bytes }]) => statSync(join(folder, file), { throwIfNoEntry: false })?.size !== bytes).map(([file]) => file)
}

function environmentIn(folder: string, { environment, memory_mib: memoryMiB, cpus, image, kernel, initrd }: GuestManifest): QemuEnvironment {
  return {
    environment: { ...environment, memory_mib: memoryMiB },
    shape: { accelerator: 'tcg', memoryMiB, cpus },
    image: { image: join(folder, 'image'), kernel: join(folder, 'vmlinuz'), initrd: join(folder, 'initrd') },
    hashes: { image: image.sha256, kernel: kernel.sha256, initrd: initrd.sha256 },
    folder: join(folder, 'template'),
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
