import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { readJson, replaceFolder, removeTree } from './folders.ts'
import { KERNEL, MODULES } from './environments.ts'
import { CHARACTER_DEVICE, FILE, FOLDER, packInitrd, PROGRAM, type Entry } from './initrd.ts'
import { KernelManifest, type Package } from './manifest.ts'
import { modulesInOrder } from './modules.ts'
import { installPackages, type Source } from './packages.ts'
import { AGENT, INIT, kernelRecipe, storedFile } from './recipe.ts'

/** The kernel of a folder of guests, where it is there and as it would be made today. */
export function findKernel(folder: string, locked?: readonly Package[]): KernelManifest | undefined {
  const found = KernelManifest.safeParse(readJson(join(folder, 'manifest.json'))).data
  if (found?.recipe !== kernelRecipe() || !existsSync(join(folder, 'vmlinuz'))) return undefined
  return locked && JSON.stringify(locked) !== JSON.stringify(found.packages) ? undefined : found
}

/** Fetches kernel, modules and busybox into the folder. Throws `NoPackages` and `Cancelled`. */
export async function makeKernel(folder: string, source: Source, locked?: readonly Package[]): Promise<KernelManifest> {
  const making = `${folder}.making`
  const tree = join(making, 'tree')
  const made = join(making, 'made')
  mkdirSync(made, { recursive: true })
  try {
    const { release, packages } = KERNEL
    await installPackages(tree, { release, variant: 'extract', packages, pinned: locked, hook: VERSIONS }, source)
    source.step('taking kernel and modules')
    const manifest = await takeFrom(tree, made)
    replaceFolder(made, folder)
    return manifest
  } finally {
    await removeTree(making, source.mode)
  }
}

/** Extracted packages are in no list: their files say which versions they are. */
const VERSIONS = `cd "$1/var/cache/apt/archives"
for file in linux-image-*.deb busybox-static_*.deb; do
  dpkg-deb --show --showformat '\${Package}\\t\${Version}\\t\${Architecture}\\n' "$file"
done > "$1/versions"`

async function takeFrom(tree: string, folder: string): Promise<KernelManifest> {
  const kernel = readdirSync(join(tree, 'boot')).find((name) => name.startsWith('vmlinuz-'))!
  writeFileSync(join(folder, 'vmlinuz'), readFileSync(join(tree, 'boot', kernel)))
  writeFileSync(join(folder, 'busybox'), readFileSync(join(tree, 'bin/busybox')))
  mkdirSync(join(folder, 'modules'))
  const library = join(tree, 'lib/modules', kernel.slice('vmlinuz-'.length))
  const files = new Map(readdirSync(library, { recursive: true, encoding: 'utf8' }).flatMap((path) => (path.endsWith('.ko') ? [[nameOf(path), path]] : [])))
  const load = (name: string) => (files.has(name) ? readFileSync(join(library, files.get(name)!)) : undefined)
  for (const [at, { name, bytes }] of modulesInOrder(MODULES, load).entries())
    writeFileSync(join(folder, 'modules', `${String(at).padStart(2, '0')}-${name}.ko`), bytes)
  const manifest: KernelManifest = {
    recipe: kernelRecipe(),
    vmlinuz: await storedFile(join(folder, 'vmlinuz')),
    packages: readPackages(join(tree, 'versions')),
  }
  writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  return KernelManifest.parse(manifest)
}

/** A file's name and a module's differ in their dashes. */
const nameOf = (path: string) => basename(path, '.ko').replaceAll('-', '_')

/** Reads a list of packages: name, version and architecture, with tabs between. */
export function readPackages(path: string): Package[] {
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', version = '', architecture = ''] = line.split('\t')
      return { name, version, architecture }
    })
}

/** The initramfs of a guest: busybox, the modules, and the agent, which `init` copies to where the guest's root is. */
export function makeInitrd(kernel: string, agent = AGENT): Buffer {
  const modules = readdirSync(join(kernel, 'modules')).sort()
  return packInitrd([
    ...['base', 'bin', 'dev', 'mod', 'proc', 'root', 'sys', 'upper'].map((path) => ({ path, mode: FOLDER })),
    { path: 'dev/console', mode: CHARACTER_DEVICE, device: [5, 1] },
    { path: 'bin/busybox', mode: PROGRAM, bytes: readFileSync(join(kernel, 'busybox')) },
    { path: 'init', mode: PROGRAM, bytes: readFileSync(INIT) },
    ...modules.map((name) => ({ path: `mod/${name}`, mode: FILE, bytes: readFileSync(join(kernel, 'modules', name)) })),
    ...agentEntries(agent, 'agent'),
  ])
}

function agentEntries(folder: string, path: string): Entry[] {
  const names = readdirSync(folder).filter((name) => !/^(\.|__pycache__$|test_)|\.(pyc|md)$/.test(name))
  return [
    { path, mode: FOLDER },
    ...names.sort().flatMap((name) => {
      const from = join(folder, name)
      const stat = statSync(from)
      if (stat.isDirectory()) return agentEntries(from, `${path}/${name}`)
      return [{ path: `${path}/${name}`, mode: stat.mode & 0o100 ? PROGRAM : FILE, bytes: readFileSync(from) }]
    }),
  ]
}
