import { printable } from '#scanner/formats/bytes.ts'
import { ATTACK_CALLS, CLONE_NEWUSER, MAP_ANONYMOUS, PROT_EXEC, PROT_WRITE, protectionText } from './linux.ts'
import { addressOf } from './probe-fields.ts'
import type { Told } from './trace.ts'

const ARGUMENT = /([a-z_]{1,30}): ([0-9a-f]{1,16})(?:, |$)/y

/** One system call as `sys_enter_*` prints it: `(start: 7f00, len: 1000, prot: 7)`. What its end answers (` -> 0x0`) is not needed. */
export function readCall(call: string, text: string, { entry, tasks, tell, t }: Told): void {
  if (!text.startsWith('(') || !text.endsWith(')')) return
  const given = argumentsOf(text.slice(1, -1))
  const at = { pid: tasks.pidOf(entry.tid), rank: 'kernel' as const, t }
  if (call === 'mmap' || call === 'mprotect' || call === 'pkey_mprotect') {
    const protection = low(given.get('prot'))
    const anonymous = call === 'mmap' ? (low(given.get('flags')) & MAP_ANONYMOUS) !== 0 : undefined
    // A library's code is mapped from its file and cannot be written: that is no change of memory.
    if ((protection & PROT_EXEC) === 0 || (anonymous === false && (protection & PROT_WRITE) === 0)) return
    const length = Number.parseInt(given.get('len') ?? '', 16)
    const address = addressOf(hex(given.get('start') ?? given.get('addr')))
    tell({
      ...at,
      kind: 'memory',
      call,
      protection: protectionText(protection),
      ...(address !== undefined && address !== '0x0' && { address }),
      ...(Number.isSafeInteger(length) && { length }),
      ...(anonymous !== undefined && { anonymous }),
    })
  } else if (call === 'memfd_create' || call === 'execveat') tell({ ...at, kind: 'memory', call })
  else if (ATTACK_CALLS.has(call)) {
    const flags = low(given.get('unshare_flags'))
    const detail = `${flags & CLONE_NEWUSER ? 'CLONE_NEWUSER ' : ''}${printable(text.slice(1, -1), 250)}`
    tell({ ...at, kind: 'attack-call', call, detail })
  }
}

/** The lower half of a register: the kernel looks at no more of flags, and a number of JavaScript does not hold all of it. */
function low(value: string | undefined): number {
  return Number.parseInt(value?.slice(-8) ?? '0', 16)
}

function hex(value: string | undefined): string | undefined {
  return value === undefined ? undefined : `0x${value}`
}

function argumentsOf(text: string): ReadonlyMap<string, string> {
  const given = new Map<string, string>()
  ARGUMENT.lastIndex = 0
  for (let found = ARGUMENT.exec(text); found && given.size < 8; found = ARGUMENT.exec(text)) given.set(found[1]!, found[2]!)
  return given
}
