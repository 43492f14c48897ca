import { printable } from '#scanner/formats/bytes.ts'
import { ATTACK_CALLS, CLONE_NEWUSER } from './linux.ts'
import { isCrashHandler } from './processes.ts'
import type { Told } from './trace.ts'

const ARGUMENT = /([a-z_]{1,30}): ([0-9a-f]{1,16})(?:, |$)/y

/** PTRACE_ATTACH and PTRACE_SEIZE (linux/ptrace.h), in hexadecimal. */
const ATTACHES: ReadonlySet<string> = new Set(['10', '4206'])

/** One system call as `sys_enter_*` prints it: `(request: 10, pid: 1)`. What its end answers (` -> 0x0`) is not needed. */
export function readCall(call: string, text: string, context: Told): void {
  const { entry, tasks, tell, t } = context
  if (!text.startsWith('(') || !text.endsWith(')')) return
  const given = argumentsOf(text.slice(1, -1))
  const at = { pid: tasks.pidOf(entry.tid), rank: 'kernel' as const, t }
  if (call === 'memfd_create' || call === 'execveat') tell({ ...at, kind: 'memory', call })
  else if (ATTACK_CALLS.has(call)) {
    const flags = low(given.get('unshare_flags'))
    const detail = `${flags & CLONE_NEWUSER ? 'CLONE_NEWUSER ' : ''}${printable(text.slice(1, -1), 250)}`
    // The script engine handles what it can by itself: a process that the crash handler attaches to did not.
    if (call === 'ptrace' && ATTACHES.has(given.get('request') ?? '') && isCrashHandler(tasks.imageOf(at.pid)))
      for (const fault of tasks.takeHeld(low(given.get('pid')))) tell(fault)
    tellAttack(context, call, detail)
  }
}

/** A call that attacks, with the program of the process that made it, where that is known. */
export function tellAttack({ entry, tasks, tell, t }: Told, call: string, detail: string): void {
  const pid = tasks.pidOf(entry.tid)
  const image = tasks.imageOf(pid)
  tell({ kind: 'attack-call', pid, ...(image && { image }), call, detail, rank: 'kernel', t })
}

/** The lower half of a register: the kernel looks at no more of flags, and a number of JavaScript does not hold all of it. */
function low(value: string | undefined): number {
  return Number.parseInt(value?.slice(-8) ?? '0', 16)
}

function argumentsOf(text: string): ReadonlyMap<string, string> {
  const given = new Map<string, string>()
  ARGUMENT.lastIndex = 0
  for (let found = ARGUMENT.exec(text); found && given.size < 8; found = ARGUMENT.exec(text)) given.set(found[1]!, found[2]!)
  return given
}
