/** Signals that a fault or an abort raises, by their number on x86-64. */
export const FAULTS: ReadonlyMap<number, string> = new Map([
  [4, 'SIGILL'],
  [5, 'SIGTRAP'],
  [6, 'SIGABRT'],
  [7, 'SIGBUS'],
  [8, 'SIGFPE'],
  [11, 'SIGSEGV'],
  [31, 'SIGSYS'],
])

const OTHERS: ReadonlyMap<number, string> = new Map([
  [1, 'SIGHUP'],
  [2, 'SIGINT'],
  [3, 'SIGQUIT'],
  [9, 'SIGKILL'],
  [13, 'SIGPIPE'],
  [14, 'SIGALRM'],
  [15, 'SIGTERM'],
  [24, 'SIGXCPU'],
  [25, 'SIGXFSZ'],
])

/** Name of a signal's number, such as `SIGSEGV`. */
export function signalName(number: number): string {
  return FAULTS.get(number) ?? OTHERS.get(number) ?? `SIG${number}`
}

/** System calls that a viewer of documents has no reason for (scanner.md, section 14). */
export const ATTACK_CALLS: ReadonlySet<string> = new Set([
  'ptrace',
  'process_vm_readv',
  'process_vm_writev',
  'bpf',
  'userfaultfd',
  'io_uring_setup',
  'add_key',
  'keyctl',
  'unshare',
  'setns',
  'init_module',
  'finit_module',
  'delete_module',
  'perf_event_open',
  'kexec_load',
  'kexec_file_load',
  'mount',
  'fsopen',
  'move_mount',
  'pivot_root',
  'open_by_handle_at',
  'iopl',
  'ioperm',
])

export const CLONE_VM = 0x100
export const CLONE_THREAD = 0x0001_0000
export const CLONE_NEWUSER = 0x1000_0000
export const PROT_WRITE = 2
export const PROT_EXEC = 4
export const MAP_ANONYMOUS = 0x20
export const O_ACCMODE = 3
export const O_CREAT = 0x40

/**
 * Where the kernel puts the stack of a program's first thread on x86-64: its top lies up to 16 GiB below the end of the address space, and nothing else is put
 * as high (arch/x86/mm/mmap.c: `stack_maxrandom_size`, and a gap of 128 MiB below). Smaller than what is there: stacks of 64 MiB.
 */
export const MAIN_STACK = { low: 0x7fff_ffff_f000n - (16n << 30n) - (64n << 20n), high: 0x7fff_ffff_f000n } as const

/** `rwx` of a protection's bits, as /proc/PID/maps writes it. */
export function protectionText(bits: number): string {
  return `${bits & 1 ? 'r' : '-'}${bits & PROT_WRITE ? 'w' : '-'}${bits & PROT_EXEC ? 'x' : '-'}`
}
