import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { below } from '#scanner/jail/usage.ts'
import { openCgroup, type Cgroup, type CgroupLimits } from './cgroup.ts'

/** The first account number that machines run under, each under one of its own; above all that a system gives to people and services. */
const FIRST_UID = 1_800_000_000
const MOST_MACHINES = 1_000
const NAMESPACES = ['net', 'user', 'pid', 'ipc', 'mnt', 'uts'] as const
/** Start scripts between the process that was started and the program: setpriv and bwrap put themselves in its place, bwrap's helper stays. */
const DEPTH = 2

/** A program behind the wall. */
export interface Walled {
  readonly child: ChildProcess
  /** The program's own process, once it runs. */
  pid(): number | undefined
  /** Kills whatever is left behind the wall and takes the wall down. */
  remove(): Promise<void>
  /** What of the wall does not stand around the program; empty when it is complete. */
  faults(): string[]
}

export interface WallOptions extends CgroupLimits {
  /** Whether the program may open /dev/kvm. */
  readonly kvm?: boolean
  /** A folder of the host that the program sees as /saving: a template is saved into a socket there, before it saw any hostile byte. */
  readonly saving?: string
}

/** The wall cannot be built here. */
export class NoWall extends Error {}

/**
 * Starts a program behind the wall (promises 10.2): a cgroup with limits, an account of its own without capabilities, own namespaces of everything, and of
 * the host's files the system's programs and libraries alone, to read. It has the descriptors that it is given and nothing else. Throws `NoWall`.
 */
export function launch(program: readonly string[], options: WallOptions, stdio: StdioOptions): Walled {
  if (process.getuid?.() !== 0) throw new NoWall('only root can give each machine an account and limits of its own')
  const { uid, cgroup } = takeAccount(options)
  const enter = `for group in ${cgroup.entries.join(' ')}; do echo $$ > "$group" || exit 97; done; exec "$@"`
  const drop = ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--inh-caps=-all', '--bounding-set=-all', '--no-new-privs']
  const command = ['-c', enter, 'wall', ...drop, ...BWRAP, ...grants(options), '--', ...program]
  const child = spawn('/bin/sh', command, { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }, cwd: '/', stdio, detached: true })
  const pid = () => below(child.pid, DEPTH)
  return { child, pid, faults: () => faultsOf(pid(), uid, cgroup), remove: () => cgroup.remove() }
}

const grants = ({ kvm, saving }: WallOptions) => [...(kvm ? ['--dev-bind', '/dev/kvm', '/dev/kvm'] : []), ...(saving ? ['--ro-bind', saving, '/saving'] : [])]

const BWRAP = [
  'bwrap --unshare-user --unshare-pid --unshare-net --unshare-ipc --unshare-uts --unshare-cgroup-try',
  '--die-with-parent --new-session --cap-drop ALL --clearenv --hostname machine',
  '--ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/sbin /sbin --symlink usr/lib /lib --symlink usr/lib64 /lib64',
  `--proc /proc --dev /dev --size ${16 * 2 ** 20} --tmpfs /tmp --chdir /tmp`,
].flatMap((some) => some.split(' '))

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

/** What of promise 10.2 the running process does not show. */
function faultsOf(pid: number | undefined, uid: number, cgroup: Cgroup): string[] {
  if (pid === undefined) return ['the program does not run']
  let status: string
  try {
    status = readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return ['the program does not run']
  }
  const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(status)?.[1] ?? ''
  const faults: string[] = []
  if (
    field('Uid')
      .split('\t')
      .some((one) => Number(one) !== uid)
  )
    faults.push(`it runs as ${field('Uid')} and not as ${uid}`)
  if (
    field('Gid')
      .split('\t')
      .some((one) => Number(one) !== uid)
  )
    faults.push(`its group is ${field('Gid')} and not ${uid}`)
  if (field('Groups').trim() !== '' && field('Groups').trim() !== String(uid)) faults.push('it has further groups')
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
    if (Number(`0x${field(set)}`) !== 0) faults.push(`it has capabilities: ${set} ${field(set)}`)
  if (field('NoNewPrivs') !== '1') faults.push('it may gain privileges')
  if (field('Seccomp') !== '2') faults.push('its system calls are not filtered')
  for (const space of NAMESPACES)
    if (readlinkSync(`/proc/${pid}/ns/${space}`) === readlinkSync(`/proc/self/ns/${space}`)) faults.push(`it shares the ${space} namespace`)
  if (!cgroup.holds(pid)) faults.push('it is in no cgroup of its own')
  return faults
}
