import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { rolldown } from 'rolldown'
import { bundleName, digestOf, MODULES_SUFFIX, ROOT } from './program.ts'

/** A server that still runs an older file starts its next process from that. */
const KEPT_MS = 30 * 86_400_000

/**
 * Joins the script of a jailed process with all that it imports: `make-bundle.ts SCRIPT FOLDER`. It runs in a process of its own, so that whoever asks loads no
 * bundler. Nothing is left out or rewritten: what runs is what was read. A script that wants a package is refused, since what reads hostile bytes is ours.
 */
const [script = '', folder = ''] = process.argv.slice(2)
const bundle = await rolldown({ input: script, platform: 'node', external: /^node:/, treeshake: false })
const {
  output: [{ code, moduleIds }],
} = await bundle.generate({ format: 'esm', codeSplitting: false })
await bundle.close()
// The bundler's own helpers have no path.
const modules = moduleIds
  .filter((id) => id.startsWith('/'))
  .map((id) => relative(ROOT, id))
  .sort()
const foreign = modules.find((path) => path.startsWith('..') || path.startsWith('node_modules'))
if (foreign !== undefined) throw new Error(`${relative(ROOT, script)} is to run in the jail, and imports ${foreign}`)
mkdirSync(folder, { recursive: true })
const name = join(folder, bundleName(script))
const file = `${name}.${digestOf(modules)}.mjs`
put(file, code)
put(`${name}${MODULES_SUFFIX}`, JSON.stringify(modules))
const age = (path: string) => statSync(file).mtimeMs - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity)
for (const other of readdirSync(folder).map((entry) => join(folder, entry)))
  if (other.startsWith(`${name}.`) && other.endsWith('.mjs') && age(other) > KEPT_MS) rmSync(other, { force: true })

/** Whole or not at all: others may make the same at the same time. */
function put(path: string, text: string): void {
  const making = `${path}.${process.pid}`
  writeFileSync(making, text)
  renameSync(making, path)
}
