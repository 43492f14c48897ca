import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/**
 * What stands around a reading process, beside its limits. `permissions`: Node's own, against its API: no file of the machine, no
 * further process. `namespaces`: these, and of its own the network (without any interface), process numbers, inter-process
 * communication and user: what takes the process over reaches no address and can signal nothing outside. Neither holds files and
 * named local sockets of the worker's account from code that no longer runs in Node: the worker's account should own nothing else.
 */
export type Fence = 'namespaces' | 'permissions'

/** Starts a command as nobody in namespaces of its own, and ends all of them when it is ended itself (util-linux). */
export const UNSHARE = [
  '/usr/bin/unshare',
  '--user',
  '--map-user=65534',
  '--map-group=65534',
  '--net',
  '--ipc',
  '--pid',
  '--fork',
  '--kill-child=SIGKILL',
] as const

/** What to tell whoever runs this where the stronger fence cannot stand. */
export const WEAK_FENCE =
  'this system gives no namespaces of its own to a process (util-linux, unprivileged user namespaces): files are read behind limits and the permissions of Node only, with the network in reach'

/** The stronger fence that this system allows. What stands in namespaces of its own is watched through what /proc tells of its parents. */
export function findFence(): Fence {
  const [program, ...args] = UNSHARE
  const started = spawnSync(program, [...args, '/bin/sh', '-c', 'exit 0'], { env: {}, cwd: '/', stdio: 'ignore' }).status === 0
  return started && existsSync(`/proc/${process.pid}/task/${process.pid}/children`) ? 'namespaces' : 'permissions'
}
