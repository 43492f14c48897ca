import { existsSync, statfsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { knownChoice } from '../machine/accelerator.ts'
import { openCgroup } from '../machine/cgroup.ts'
import { ENVIRONMENTS } from './environments.ts'
import { findImage } from './make-image.ts'
import { KEYRING } from './packages.ts'
import { apart, runProgram, type Mode } from './run-program.ts'

/** One thing that guests need. */
export interface Finding {
  readonly what: string
  /** `missing` keeps guests from being made or run; `worse`: they run, slower or with something left out. */
  readonly state: 'good' | 'worse' | 'missing'
  readonly detail: string
  /** What is needed for: making images, running them. */
  readonly for: 'build' | 'run'
  /** Debian package that brings it. */
  readonly package?: string
  /** Environment that has to be built, or built again. */
  readonly image?: string
}

interface Program {
  readonly program: string
  readonly package: string
  readonly for: Finding['for']
}

const PROGRAMS: readonly Program[] = [
  { program: 'mmdebstrap', package: 'mmdebstrap', for: 'build' },
  { program: 'mkfs.erofs', package: 'erofs-utils', for: 'build' },
  { program: 'unshare', package: 'util-linux', for: 'build' },
  { program: 'flock', package: 'util-linux', for: 'run' },
  { program: 'qemu-system-x86_64', package: 'qemu-system-x86', for: 'run' },
  { program: 'bwrap', package: 'bubblewrap', for: 'run' },
  { program: 'setpriv', package: 'util-linux', for: 'run' },
  { program: 'mke2fs', package: 'e2fsprogs', for: 'run' },
  { program: 'perl', package: 'perl-base', for: 'run' },
]

const FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin']
const placeOf = (program: string) => FOLDERS.map((folder) => join(folder, program)).find((path) => existsSync(path))

/** Programs and keys; none of it is started. */
export function examinePrograms(mode: Mode): Finding[] {
  const programs = mode === 'unshare' ? [...PROGRAMS, { program: 'newuidmap', package: 'uidmap', for: 'build' } as const] : PROGRAMS
  return [
    ...programs.map(({ program, package: brings, for: use }): Finding => {
      const place = placeOf(program)
      return { what: program, state: place ? 'good' : 'missing', detail: place ?? 'is not installed', for: use, package: brings }
    }),
    {
      what: "keys of Debian's archive",
      state: existsSync(KEYRING) ? 'good' : 'missing',
      detail: existsSync(KEYRING) ? KEYRING : `${KEYRING} is not there`,
      for: 'build',
      package: 'debian-archive-keyring',
    },
  ]
}

/** Why no machine of ours can run here, and how that is mended; undefined where they can. None of it is started. */
export function runFault(): string | undefined {
  if (process.getuid?.() !== 0) return 'machines need root: each gets an account and limits of its own'
  const missing = examinePrograms('root').filter(({ state, for: use }) => state === 'missing' && use === 'run')
  if (missing.length === 0) return undefined
  return `${missing.map(({ what }) => what).join(', ')} ${missing.length === 1 ? 'is' : 'are'} not installed (${installCommand(missing)})`
}

/** The one command that installs what of the findings can be installed; undefined where nothing can. */
export function installCommand(findings: readonly Finding[]): string | undefined {
  const packages = [...new Set(findings.flatMap((finding) => (finding.state === 'missing' && finding.package ? [finding.package] : [])))]
  return packages.length === 0 ? undefined : `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages.sort().join(' ')}`
}

/** Whoever is not root makes images as root of a user namespace. */
export const usualMode = (): Mode => (process.getuid?.() === 0 ? 'root' : 'unshare')

/** Why namespaces for building cannot be had; undefined where they can. */
export async function namespaceFault(mode: Mode): Promise<string | undefined> {
  const { code, said } = await runProgram(apart(mode, ['true']))
  return code === 0 ? undefined : said.trim().split('\n').at(-1) || `unshare ended with ${code}`
}

/** MiB that a build of all environments takes while it works, and what stays of it. */
const MIB_FOR_ALL = 9_000
const STALE_AFTER_DAYS = 45

/** Everything that guests need on this machine; `dataDir` is where what was found out of it is kept, `now` in milliseconds. */
export async function examine(out: string, dataDir: string, now: number): Promise<Finding[]> {
  const mode = usualMode()
  return [
    ...examinePrograms(mode),
    await examineNamespaces(mode),
    examineWall(),
    await examineCgroups(),
    examineKvm(dataDir),
    examineDisk(out),
    ...examineImages(out, now),
  ]
}

async function examineNamespaces(mode: Mode): Promise<Finding> {
  const fault = await namespaceFault(mode)
  const detail = fault ?? (mode === 'root' ? 'as root' : 'as root of a user namespace')
  return { what: 'namespaces to build in', state: fault ? 'missing' : 'good', detail, for: 'build' }
}

function examineWall(): Finding {
  const what = 'namespaces to run in'
  if (process.getuid?.() !== 0) return { what, state: 'missing', detail: 'machines need root: each gets an account and limits of its own', for: 'run' }
  if (!placeOf('bwrap')) return { what, state: 'missing', detail: 'bwrap is not installed', for: 'run' }
  const drop = ['--reuid=65534', '--regid=65534', '--clear-groups', '--inh-caps=-all', '--bounding-set=-all', '--no-new-privs']
  const files = ['--ro-bind', '/usr', '/usr', '--symlink', 'usr/lib64', '/lib64', '--symlink', 'usr/lib', '/lib', '--proc', '/proc', '--dev', '/dev']
  const { status, stderr } = spawnSync('setpriv', [...drop, 'bwrap', '--unshare-all', '--unshare-user', ...files, '/usr/bin/true'], { encoding: 'utf8' })
  if (status === 0) return { what, state: 'good', detail: 'bwrap makes them without privileges', for: 'run' }
  return { what, state: 'missing', detail: `${stderr.trim().slice(0, 300)} (sysctl kernel.unprivileged_userns_clone=1 permits them)`, for: 'run' }
}

async function examineCgroups(): Promise<Finding> {
  const what = 'limits of memory and processes'
  try {
    const cgroup = openCgroup('doctor', { memoryBytes: 2 ** 24, processes: 4, cpus: 1 })
    await cgroup?.remove()
    return { what, state: 'good', detail: 'cgroups can be made', for: 'run' }
  } catch (error) {
    return { what, state: 'missing', detail: `no cgroup can be made: ${(error as Error).message}`, for: 'run' }
  }
}

function examineKvm(dataDir: string): Finding {
  const what = 'hardware virtualisation'
  const known = knownChoice(dataDir)
  if (known?.accelerator === 'tcg') return { what, state: 'worse', detail: `${known.why}; guests run in emulation, some ten times slower`, for: 'run' }
  const detail = known?.why ?? '/dev/kvm can be opened; the first guest that starts finds out whether one boots under it'
  return { what, state: 'good', detail, for: 'run' }
}

function examineDisk(out: string): Finding {
  const what = 'disk space'
  let place = out
  while (!existsSync(place)) place = dirname(place)
  const { bavail, bsize } = statfsSync(place)
  const mib = Math.floor((bavail * bsize) / 2 ** 20)
  return {
    what,
    state: mib < MIB_FOR_ALL ? 'missing' : 'good',
    detail: `${mib} MiB free at ${place}; ${MIB_FOR_ALL} are needed to make all environments`,
    for: 'build',
  }
}

function examineImages(out: string, now: number): Finding[] {
  return ENVIRONMENTS.map((environment): Finding => {
    const { name } = environment
    const found = findImage(environment, join(out, name))
    const of = { what: `image ${name}`, for: 'run', image: name } as const
    if (!found) return { ...of, state: 'missing', detail: `is not in ${out}` }
    const { manifest, fresh } = found
    const days = Math.floor((now - Date.parse(manifest.built)) / 86_400_000)
    const made = `${manifest.environment.viewer} ${manifest.environment.version}, built ${manifest.built}`
    if (!fresh) return { ...of, state: 'worse', detail: `${made}, from an earlier recipe` }
    if (days > STALE_AFTER_DAYS && manifest.environment.age === 'current')
      return { ...of, state: 'worse', detail: `${made}, ${days} days ago: --refresh fetches what was mended since` }
    const { image: _, ...good } = of
    return { ...good, state: 'good', detail: made }
  })
}
