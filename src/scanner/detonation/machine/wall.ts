import { spawn, type ChildProcess } from 'node:child_process'
import { chownSync, existsSync, realpathSync, statSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { pause } from '#platform/clock/clock.ts'
import { below } from '#scanner/jail/usage.ts'
import { callFilter } from './calls.ts'
import { openCgroup, sweepCgroups, type Cgroup, type CgroupLimits } from './cgroup.ts'
import { exeOf, faultsOf, type Expected } from './wall-faults.ts'

/** The first account number that machines run under, each under one of its own; above all that a system gives to people and services. */
const FIRST_UID = 1_800_000_000
const MOST_MACHINES = 1_000
const COMPLETE_WITHIN_MS = 5_000
const ENTER = fileURLToPath(new URL('./enter.pl', import.meta.url))
/** Between the process that was started, in whose place bubblewrap puts itself, and the program stands bubblewrap's helper, the first in the new numbering. */
const DEEPEST = 3

/** What stands around a machine; see docs/wall.md. */
export const LAYERS = ['cgroup', 'account', 'limits', 'descriptors', 'net', 'pid', 'ipc', 'uts', 'files', 'calls'] as const
export type Layer = (typeof LAYERS)[number]

/** A program behind the wall. */
export interface Walled {
  readonly child: ChildProcess
  /** The program's own process, once it runs. */
  pid(): number | undefined
  /** Waits until the wall stands around the program, and tells its process. Rejects with `NoWall` where it is not complete. */
  complete(withinMs?: number): Promise<number>
  /** Kills whatever is left behind the wall and takes the wall down. */
  remove(): Promise<void>
}

export interface WallOptions extends CgroupLimits {
  /** Bytes that the largest file may have that the program writes. */
  readonly fileBytes: number
  /** A device of KVM that the program may open. */
  readonly kvm?: string
  /** A folder of the host that the program sees as /saving: a template is saved into a socket there, before it saw any hostile byte. It is given to its account. */
  readonly saving?: string
  /** How many filters of system calls stand around the program: ours, and those that it sets itself. */
  readonly filters?: number
  /** What of the wall is left out, so that a test sees that `complete` refuses it. */
  readonly without?: Layer
}

/** The wall cannot be built here, or is not complete. */
export class NoWall extends Error {}

/**
 * Starts a program behind the wall (promises 10.2): a cgroup with limits, an account of its own without capabilities, own namespaces of everything, a filter of system
 * calls, and of the host's files the program, its libraries and its firmware alone, to read. It has the descriptors of `stdio` and no other. Throws `NoWall`.
 */
export function launch(program: readonly [string, ...string[]], options: WallOptions, stdio: readonly ('ignore' | 'pipe' | number)[]): Walled {
  if (process.getuid?.() !== 0) throw new NoWall('only root can give each machine an account and limits of its own')
  if (process.arch !== 'x64') throw new NoWall(`machines run on x86-64 alone, and this is ${process.arch}`)
  const file = findProgram(program[0])
  const { uid, cgroup } = takeAccount(options)
  try {
    if (options.saving) chownSync(options.saving, uid, uid)
    // bubblewrap reads the filter from the descriptor that follows those of the program, and closes it.
    const command = wallCommand([file, ...program.slice(1)], options, { uid, entries: cgroup.entries, filterAt: stdio.length })
    const child = spawn('/usr/bin/perl', command, { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }, cwd: '/', stdio: [...stdio, 'pipe'], detached: true })
    child.on('error', () => undefined)
    const filter = child.stdio[stdio.length] as Writable | null | undefined
    filter?.on('error', () => undefined)
    filter?.end(callFilter({ sockets: options.saving !== undefined }))
    const pid = () => programBelow(child.pid, file)
    const expected = { file, uid, cgroup, ...options }
    const remove = () => {
      child.kill('SIGKILL')
      return cgroup.remove()
    }
    return { child, pid, complete: (withinMs = COMPLETE_WITHIN_MS) => complete(pid, expected, withinMs), remove }
  } catch (error) {
    void cgroup.remove()
    throw error
  }
}

interface Place {
  readonly uid: number
  readonly entries: readonly string[]
  readonly filterAt: number
}

const CORE = 4
const RESOURCES = { fsize: 1, core: CORE, nofile: 7, memlock: 8, msgqueue: 12 } as const
/** A core of one byte is none; with 0 the kernel would still hand the memory of a crashed QEMU to the host's own handler of crashes (core(5)). */
const limitsOf = ({ fileBytes }: WallOptions) => {
  const values = { fsize: fileBytes, core: 1, nofile: 256, memlock: 0, msgqueue: 0 }
  return Object.entries(RESOURCES)
    .map(([name, number]) => `${number}=${values[name as keyof typeof RESOURCES]}`)
    .join(' ')
}

function wallCommand(program: readonly [string, ...string[]], options: WallOptions, { uid, entries, filterAt }: Place): string[] {
  const has = (layer: Layer) => options.without !== layer
  const enter = [
    ENTER,
    String(process.pid),
    has('descriptors') ? String(filterAt + 1) : '0',
    has('cgroup') ? entries.join(' ') : '',
    has('limits') ? limitsOf(options) : '',
  ]
  const groups = options.kvm ? groupOf(options.kvm) : undefined
  const account = [
    'setpriv',
    `--reuid=${uid}`,
    `--regid=${uid}`,
    groups === undefined ? '--clear-groups' : `--groups=${groups}`,
    ...'--inh-caps=-all --bounding-set=-all --no-new-privs --pdeathsig KILL'.split(' '),
  ]
  const namespaces = [
    ...(['net', 'pid', 'ipc', 'uts'] as const).filter(has).map((one) => `--unshare-${one}`),
    ...(has('account') ? ['--unshare-user', '--disable-userns'] : []),
    ...(has('uts') ? ['--hostname', 'machine'] : []),
  ]
  return [
    ...enter,
    ...(has('account') ? account : []),
    'bwrap',
    ...namespaces,
    ...'--unshare-cgroup-try --die-with-parent --new-session --cap-drop ALL --clearenv'.split(' '),
    ...(has('calls') ? ['--seccomp', String(filterAt)] : []),
    ...filesOf(program[0], options).flatMap(([how, from, to]) => [how, from, to]),
    ...(has('files') ? [] : ['--bind', '/', '/host']),
    ...'--proc /proc --remount-ro / --chdir /'.split(' '),
    '--',
    ...program,
  ]
}

const LIBRARIES = ['/usr/lib/x86_64-linux-gnu', '/usr/lib64', '/usr/share/qemu', '/usr/share/seabios', '/usr/lib/ipxe']

/** What of the host's files is shown, and where. The rest of /usr (local programs, sources, whatever an operator keeps there) is not. */
function filesOf(program: string, { kvm, saving }: WallOptions): (readonly [string, string, string])[] {
  return [
    ['--ro-bind', program, program],
    ...LIBRARIES.filter((path) => existsSync(path)).map((path) => ['--ro-bind', path, path] as const),
    ['--symlink', 'usr/bin', '/bin'],
    ['--symlink', 'usr/lib', '/lib'],
    ['--symlink', 'usr/lib64', '/lib64'],
    ['--dev-bind', '/dev/null', '/dev/null'],
    ['--dev-bind', '/dev/urandom', '/dev/urandom'],
    ...(kvm ? [['--dev-bind', kvm, '/dev/kvm'] as const] : []),
    ...(saving ? [['--ro-bind', saving, '/saving'] as const] : []),
  ]
}

/** The group that a device gives access to, where not everybody has it. */
export function groupOf(device: string): number | undefined {
  const { mode, gid } = statSync(device)
  return (mode & 0o006) === 0o006 || gid === 0 || (mode & 0o060) !== 0o060 ? undefined : gid
}

function findProgram(name: string): string {
  const path = name.startsWith('/') ? name : `/usr/bin/${name}`
  if (!existsSync(path)) throw new NoWall(`${name} is not installed`)
  return realpathSync(path)
}

/** The program's process, once it has taken its place. */
function programBelow(started: number | undefined, file: string): number | undefined {
  for (let steps = 1; steps <= DEEPEST; steps++) {
    const pid = below(started, steps)
    if (pid === undefined || exeOf(pid) === file) return pid
  }
  return undefined
}

let swept: Promise<number> | undefined

/** Ends and removes, once for this process, what workers that were killed left running. */
export const sweepMachines = () => (swept ??= sweepCgroups())

function takeAccount(limits: CgroupLimits): { uid: number; cgroup: Cgroup } {
  for (let uid = FIRST_UID; uid < FIRST_UID + MOST_MACHINES; uid++) {
    let cgroup: Cgroup | undefined
    try {
      cgroup = openCgroup(String(uid), limits)
    } catch (error) {
      throw new NoWall(`this system gives no cgroup: ${(error as Error).message}`)
    }
    if (cgroup) return { uid, cgroup }
  }
  throw new NoWall(`${MOST_MACHINES} machines run already`)
}

/** The program's own filter of system calls is the last of the wall. */
async function complete(pidOf: () => number | undefined, expected: Expected, withinMs: number): Promise<number> {
  for (let waited = 0; ; waited += 10) {
    const pid = pidOf()
    const faults = faultsOf(pid, expected)
    if (faults.length === 0) return pid!
    if (waited > withinMs) throw new NoWall(`the wall is not complete: ${faults.join('; ')}`)
    await pause(10)
  }
}
