/** A probe of the kernel or of a library that a guest sets, and which fields its entry prints, in this order. */
export interface Probe {
  readonly name: string
  /** For tracefs `kprobe_events`; `LIBC:` stands for path and offset of the function in the C library (`uprobe_events`). x86-64. */
  readonly definition: string
  readonly fields: readonly string[]
}

const FIELD = /(?:^| )([a-z][a-z0-9]*)=/g

function probe(name: string, where: string, fetched = ''): Probe {
  return { name, definition: `p:vedette/${name} ${where} ${fetched}`.trimEnd(), fields: [...fetched.matchAll(FIELD)].map((found) => found[1]!) }
}

// Offsets in struct pt_regs: 56 fourth argument, 96 third, 104 second, 112 first, 152 the stack pointer of the program.
const argument = (number: number, vector: number): string => `a${number}=+0(+u${8 * number}(+${vector}(%di))):ustring`
const ARGUMENTS = Array.from({ length: 16 }, (_, number) => argument(number, 104)).join(' ')
const ADDRESS = 'family=+u0(%si):u16 port=+u2(%si):x16 four=+u4(%si):x32 high=+u8(%si):x64 low=+u16(%si):x64'
const PROTECTED = 'start=+112(%di):x64 length=+104(%di):x64 protection=+96(%di):x32 sp=+152(%di):x64'
// Without an address nothing is read through it, and the fields behind hold what was there before.
const SENT = 'to=%r8:x64 family=+u0(%r8):u16 port=+u2(%r8):x16 four=+u4(%r8):x32 high=+u8(%r8):x64 low=+u16(%r8):x64'

/**
 * Calls by the gate for 32-bit programs, which the kernel's own events of calls leave out (kernel/trace/trace_syscalls.c: compat calls are ignored). No program of
 * a guest is one: whoever calls by it hides.
 */
export const NARROW_CALLS: ReadonlyMap<string, readonly [call: string, where: string]> = new Map([
  ['v_mmap32', ['mmap', '__ia32_sys_mmap_pgoff']],
  ['v_mprotect32', ['mprotect', '__ia32_sys_mprotect']],
  ['v_memfd32', ['memfd_create', '__ia32_sys_memfd_create']],
  ['v_exec32', ['execve', '__ia32_compat_sys_execve']],
  ['v_ptrace32', ['ptrace', '__ia32_compat_sys_ptrace']],
])

/**
 * The probes whose entries `TraceReader` understands, beside the kernel's own events. Where a guest ends each definition that fetches a string with
 * `guard=\NUMBER:x64` (a number that the viewer cannot know) and tells the reader that number, no string can pass for an entry of its own.
 */
export const PROBES: readonly Probe[] = [
  probe('v_exec', '__x64_sys_execve', `sp=+152(%di):x64 file=+0(+112(%di)):ustring ${ARGUMENTS}`),
  probe('v_mmap', '__x64_sys_mmap', `start=+112(%di):x64 length=+104(%di):x64 protection=+96(%di):x32 flags=+56(%di):x32 sp=+152(%di):x64`),
  probe('v_mprotect', '__x64_sys_mprotect', PROTECTED),
  probe('v_pkey', '__x64_sys_pkey_mprotect', PROTECTED.replace(' sp=', ' key=+56(%di):x32 sp=')),
  // Of struct clone_args: 0 flags, 40 lowest address of the stack, 48 its size.
  probe('v_clone', '__x64_sys_clone', 'stack=+104(%di):x64'),
  probe('v_clone3', '__x64_sys_clone3', 'stack=+u40(+112(%di)):x64 size=+u48(+112(%di)):x64'),
  probe('v_exit', 'do_group_exit', 'code=%di:x32'),
  // Whatever name the file was opened by.
  probe('v_mem_write', 'mem_write', 'count=%dx:x64'),
  probe('v_fault', 'force_sig_fault', 'sig=%di:s32 code=%si:s32 address=%dx:x64'),
  probe('v_connect', '__sys_connect', ADDRESS),
  probe('v_send', '__sys_sendto', SENT),
  probe('v_open', 'do_filp_open', 'name=+0(+0(%si)):string flags=+0(%dx):x32'),
  probe('v_move', 'do_renameat2', 'from=+0(+0(%si)):string to=+0(+0(%cx)):string'),
  probe('v_delete', 'do_unlinkat', 'name=+0(+0(%si)):string'),
  probe('v_system', 'LIBC:system', 'argument=+0(%di):ustring'),
  probe('v_popen', 'LIBC:popen', 'argument=+0(%di):ustring'),
  probe('v_dlopen', 'LIBC:dlopen', 'argument=+0(%di):ustring'),
  ...[...NARROW_CALLS].map(([name, [, where]]) => probe(name, where)),
]

/** The kernel's own events that `TraceReader` understands; `syscalls/sys_enter_*` of the attack calls (linux.ts) come on top. */
export const KERNEL_EVENTS: readonly string[] = [
  'sched/sched_process_fork',
  'sched/sched_process_exec',
  'sched/sched_process_exit',
  'task/task_newtask',
  'signal/signal_generate',
  'module/module_load',
  'exceptions/page_fault_user',
  'syscalls/sys_enter_memfd_create',
  'syscalls/sys_enter_execveat',
]
