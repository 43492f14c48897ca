import { createHash } from 'node:crypto'
import { createReadStream, readFileSync, statSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { KERNEL, MODULES, RELEASES, type GuestEnvironment } from './environments.ts'
import type { StoredFile } from './manifest.ts'

/** What runs in guests and makes them: `init`, `recipes/`, `agent/`. */
export const GUEST = fileURLToPath(new URL('../../../../guest/', import.meta.url))
export const PACK = `${GUEST}recipes/pack`
export const INIT = `${GUEST}init`
export const AGENT = `${GUEST}agent`

/** The time of every file of a guest, in seconds: 2025-01-01, so that no build leaves its own. */
export const FILE_TIME = 1_735_689_600

const hash = (...parts: (string | Uint8Array)[]) => {
  const sum = createHash('sha256')
  for (const part of parts) sum.update(`${part.length}:`).update(part)
  return sum.digest('hex')
}

/** Hash of all that decides what an image is, the archive's present versions excepted. */
export function imageRecipe({ name, release, packages }: GuestEnvironment): string {
  return hash(JSON.stringify([name, RELEASES[release].suites, packages, DPKG_OPTIONS, FILE_TIME]), readFileSync(PACK))
}

export function kernelRecipe(): string {
  return hash(JSON.stringify([KERNEL, RELEASES[KERNEL.release].suites, MODULES]))
}

/** The machine's identity in `/etc/machine-id`, and that of its file system. */
export const identityOf = (name: string) => hash('guest', name).slice(0, 32)

/** What of each package is not unpacked: texts for people. */
export const DPKG_OPTIONS = [
  'force-unsafe-io',
  'path-exclude=/usr/share/doc/*',
  'path-exclude=/usr/share/man/*',
  'path-exclude=/usr/share/info/*',
  'path-exclude=/usr/share/locale/*',
  'path-exclude=/usr/share/lintian/*',
]

/** Hash and size of a file. */
export async function storedFile(path: string): Promise<StoredFile> {
  const sum = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), sum)
  return { sha256: sum.digest('hex'), bytes: statSync(path).size }
}
