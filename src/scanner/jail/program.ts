import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** What a jailed process runs, and what of the machine it may read beside it; with `addons` it may load native code. */
export interface Program {
  readonly script: string
  readonly reads: readonly string[]
  readonly addons?: boolean
}

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
export const MODULES_SUFFIX = '.modules.json'
/** All that runs in the jail. */
export const SCRIPTS = {
  reader: fileURLToPath(new URL('./child.ts', import.meta.url)),
  matcher: fileURLToPath(new URL('./matcher.ts', import.meta.url)),
  disk: fileURLToPath(new URL('../detonation/disk/child.ts', import.meta.url)),
  picture: fileURLToPath(new URL('../detonation/pictures/child.ts', import.meta.url)),
} as const
const FOLDER = join(ROOT, 'dist', 'jailed')
const MAKER = fileURLToPath(new URL('./make-bundle.ts', import.meta.url))
/** What a process reads that runs a script from its sources: this part, and what says how to read it. */
const SOURCES: readonly string[] = ['src/scanner/', 'package.json'].map((path) => join(ROOT, path))

const programs = new Map<string, Promise<Program>>()

/**
 * The program that a script is, as one file: the three hundred sources of a reader cost each of its processes half a second before it reads a byte. What this
 * process found it keeps. Never rejects.
 */
export function programOf(script: string): Promise<Program> {
  const known = programs.get(script) ?? findOrMake(script)
  programs.set(script, known)
  return known
}

/** Makes the file where the sources differ from those of the last one. Where none can be made, as where nobody may write, the script runs from its sources. */
export async function findOrMake(script: string, folder = FOLDER): Promise<Program> {
  const sources = { script, reads: SOURCES }
  const found = findBundle(script, folder)
  if (found !== undefined) return { script: found, reads: [] }
  try {
    await promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', MAKER, script, folder], { cwd: ROOT })
  } catch {
    return sources
  }
  const made = findBundle(script, folder)
  return made === undefined ? sources : { script: made, reads: [] }
}

function findBundle(script: string, folder: string): string | undefined {
  const name = join(folder, bundleName(script))
  try {
    const path = `${name}.${digestOf(JSON.parse(readFileSync(`${name}${MODULES_SUFFIX}`, 'utf8')) as string[])}.mjs`
    return existsSync(path) ? path : undefined
  } catch {
    return undefined
  }
}

/** What the files of a script are called. */
export const bundleName = (script: string): string => relative(ROOT, script).replaceAll('/', '-').replace(/\.ts$/, '')

/** What a bundle of these modules, paths from the root of the checkout, is made from. Throws where one is not there. */
export function digestOf(modules: readonly string[]): string {
  const hash = createHash('sha256')
  for (const path of modules) {
    const bytes = readFileSync(join(ROOT, path))
    hash.update(`${path}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex').slice(0, 32)
}
