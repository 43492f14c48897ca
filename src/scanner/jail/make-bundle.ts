import { accessSync, constants, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { bundleName, digestOf, MODULES_SUFFIX, ROOT } from './program.ts'

/** A server that still runs an older file starts its next process from that. */
const KEPT_MS = 30 * 86_400_000
/** What shapes a bundle beside the modules in it. The bundler's version stands in the first. */
const SHAPING = ['package.json', 'tsconfig.json', 'src/scanner/jail/make-bundle.ts'] as const

/**
 * Joins the script of a jailed process with all that it imports: `make-bundle.ts SCRIPT FOLDER`. It runs in a process of its own, so that whoever asks loads no
 * bundler. Nothing is left out or rewritten: what runs is what was read. A script that wants a package is refused, since what reads hostile bytes is ours.
 */
const [script = '', folder = ''] = process.argv.slice(2)
mkdirSync(folder, { recursive: true })
accessSync(folder, constants.W_OK)
const { rolldown } = await import('rolldown')
/** What was read, by its path from the root of the checkout: the name of the file tells of these bytes, whatever lies there meanwhile. */
const read = new Map<string, Buffer>(SHAPING.map((path) => [path, readFileSync(join(ROOT, path))]))
const bundle = await rolldown({
  input: script,
  platform: 'node',
  external: /^node:/,
  treeshake: false,
  plugins: [
    {
      name: 'sources',
      load(id) {
        // The bundler's own helpers have no path.
        if (!id.startsWith('/')) return null
        const path = relative(ROOT, id)
        if (path.startsWith('..') || path.startsWith('node_modules')) throw new Error(`${relative(ROOT, script)} is to run in the jail, and imports ${path}`)
        const bytes = readFileSync(id)
        read.set(path, bytes)
        return { code: bytes.toString('utf8'), moduleType: id.endsWith('.ts') ? 'ts' : 'js' }
      },
    },
  ],
})
const {
  output: [{ code, imports, dynamicImports }],
} = await bundle.generate({ format: 'esm', codeSplitting: false })
await bundle.close()
const foreign = [...imports, ...dynamicImports].find((name) => !name.startsWith('node:'))
if (foreign !== undefined) throw new Error(`${relative(ROOT, script)} is to run in the jail, and imports ${foreign}`)
const modules = [...read.keys()].sort()
const name = join(folder, bundleName(script))
const file = `${name}.${digestOf(modules, (path) => read.get(path)!)}.mjs`
put(file, code)
put(`${name}${MODULES_SUFFIX}`, JSON.stringify(modules))
const age = (path: string) => statSync(file).mtimeMs - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity)
for (const other of readdirSync(folder).map((entry) => join(folder, entry)))
  if (other.startsWith(`${name}.`) && age(other) > KEPT_MS) rmSync(other, { force: true })

/** Whole or not at all: others may make the same at the same time. */
function put(path: string, text: string): void {
  const making = `${path}.${process.pid}`
  writeFileSync(making, text)
  renameSync(making, path)
}
