import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import type { Cgroup } from './cgroup.ts'

/** What a program behind the wall has to show. */
export interface Expected {
  readonly file: string
  readonly uid: number
  readonly cgroup: Cgroup
  readonly fileBytes: number
  readonly kvm?: string
  readonly filters?: number
}

const NAMESPACES = ['net', 'user', 'pid', 'ipc', 'mnt', 'uts'] as const
const CAPABILITIES = ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'] as const

/** What of promise 10.2 a running process does not show, as the kernel tells it; empty when the wall is complete. */
export function faultsOf(pid: number | undefined, expected: Expected): string[] {
  if (pid === undefined) return ['the program does not run']
  try {
    if (exeOf(pid) !== expected.file) return ['the program does not run yet']
    return [
      ...accountFaults(readFileSync(`/proc/${pid}/status`, 'utf8'), expected),
      ...limitFaults(readFileSync(`/proc/${pid}/limits`, 'utf8'), expected),
      ...NAMESPACES.filter((space) => readlinkSync(`/proc/${pid}/ns/${space}`) === readlinkSync(`/proc/self/ns/${space}`)).map(
        (space) => `it shares the ${space} namespace`,
      ),
      ...mountFaults(readFileSync(`/proc/${pid}/mountinfo`, 'utf8')),
      ...descriptorFaults(pid),
      ...(expected.cgroup.holds(pid) ? [] : ['it is in no cgroup of its own']),
    ]
  } catch {
    return ['the program does not run']
  }
}

/** The file that a process runs; empty where it has ended. */
export const exeOf = (pid: number) => linkOf(`/proc/${pid}/exe`)

function accountFaults(status: string, { uid, kvm, filters = 1 }: Expected): string[] {
  const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(status)?.[1]?.trim() ?? ''
  const faults: string[] = []
  for (const name of ['Uid', 'Gid'])
    if (
      field(name)
        .split('\t')
        .some((one) => Number(one) !== uid)
    )
      faults.push(`its ${name} is ${field(name)} and not ${uid}`)
  // The group that opens KVM is given where the device asks for one.
  if (field('Groups') !== '' && field('Groups') !== String(uid) && !kvm) faults.push('it has further groups')
  for (const set of CAPABILITIES) if (Number(`0x${field(set)}`) !== 0) faults.push(`it has capabilities: ${set} ${field(set)}`)
  if (field('NoNewPrivs') !== '1') faults.push('it may gain privileges')
  if (field('Seccomp') !== '2' || !(Number(field('Seccomp_filters')) >= filters))
    faults.push(`its system calls are not filtered: ${field('Seccomp_filters')} of ${filters} filters`)
  return faults
}

function limitFaults(limits: string, { fileBytes }: Expected): string[] {
  const hard = (name: string) => Number(new RegExp(`^Max ${name} +\\S+ +(\\S+)`, 'm').exec(limits)?.[1] ?? Number.NaN)
  const asked = { 'core file size': 1, 'file size': fileBytes, 'locked memory': 0 }
  return Object.entries(asked)
    .filter(([name, most]) => !(hard(name) <= most))
    .map(([name]) => `it has no limit of ${name}`)
}

/** All that it sees it may read only; of the host's files it sees libraries, firmware and itself. */
function mountFaults(mountinfo: string): string[] {
  const faults: string[] = []
  for (const line of mountinfo.trim().split('\n')) {
    const [, , , , at = '', options = ''] = line.split(' ')
    if (at === '/proc' || at.startsWith('/proc/') || at.startsWith('/dev/')) continue
    if (!options.split(',').includes('ro')) faults.push(`it may write at ${at}`)
    if (at !== '/' && at !== '/saving' && !at.startsWith('/usr/')) faults.push(`it sees ${at}`)
  }
  return faults
}

/** Sockets and pipes of this process are the database, other machines, and whoever asked: none of them is the program's. */
function descriptorFaults(pid: number): string[] {
  const open = (of: string) =>
    new Set(
      readdirSync(`/proc/${of}/fd`)
        .map((fd) => linkOf(`/proc/${of}/fd/${fd}`))
        .filter((link) => /^(socket|pipe):/.test(link)),
    )
  const own = open('self')
  return [...open(String(pid))].filter((link) => own.has(link)).map(() => 'it has an open descriptor of this process')
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
