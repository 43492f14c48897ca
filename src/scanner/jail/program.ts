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
const MAKING_MS = 60_000
/** What a process reads that runs a script from its sources: this part, and what says how to read it. */
const SOURCES: readonly string[] = ['src/scanner/', 'package.json'].map((path) => join(ROOT, path))

const programs = new Map<string, Promise<Program>>()

/**
 * The program that a script is, as one file: the three hundred sources of a reader cost each of its processes half a second before it reads a byte. What this
 * process found it keeps, for as long as it lies there. Never rejects.
 */
export async function programOf(script: string): Promise<Program> {
  const known = await (programs.get(script) ?? findFor(script))
  return existsSync(known.script) ? known : findFor(script)
}

function findFor(script: string): Promise<Program> {
  const finding = findOrMake(script)
  programs.set(script, finding)
  return finding
}

/** Where no file can be made, as where nobody may write, the script runs from its sources. */
export async function findOrMake(script: string, folder = FOLDER): Promise<Program> {
  return makeProgram(script, folder).catch(() => ({ script, reads: SOURCES }))
}

/** Makes the file where the sources differ from those of the last one. Throws what kept it from being made. */
export async function makeProgram(script: string, folder = FOLDER): Promise<Program> {
  const found = findBundle(script, folder)
  if (found !== undefined) return { script: found, reads: [] }
  // It is told nothing of ours, and ends in any case.
  await promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', MAKER, script, folder], {
    cwd: ROOT,
    env: {},
    timeout: MAKING_MS,
    killSignal: 'SIGKILL',
  })
  const made = findBundle(script, folder)
  if (made === undefined) throw new Error(`${script} changed while it was made into one file`)
  return { script: made, reads: [] }
}

function findBundle(script: string, folder: string): string | undefined {
  const name = join(folder, bundleName(script))
  try {
    const modules = JSON.parse(readFileSync(`${name}${MODULES_SUFFIX}`, 'utf8')) as string[]
    if (!modules.includes(relative(ROOT, script))) return undefined
    const path = `${name}.${digestOf(modules, (module) => readFileSync(join(ROOT, module)))}.mjs`
    return existsSync(path) ? path : undefined
  } catch {
    return undefined
  }
}

/** What the files of a script are called. */
export const bundleName = (script: string): string => relative(ROOT, script).replaceAll('/', '-').replace(/\.ts$/, '')

/** Names the bytes that a bundle is made from, by the paths of its modules from the root of the checkout. Throws what `read` throws. */
export function digestOf(modules: readonly string[], read: (path: string) => Buffer): string {
  const hash = createHash('sha256')
  for (const path of modules) {
    const bytes = read(path)
    hash.update(`${path}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex').slice(0, 32)
}
