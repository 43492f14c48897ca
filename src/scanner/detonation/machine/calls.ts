/** Calls of Linux on x86-64 (arch/x86/entry/syscalls/syscall_64.tbl) that a machine has no reason for; each opens much of the kernel to whoever took QEMU over. */
const DENIED: Readonly<Record<string, number>> = {
  // Other processes, and whatever starts one.
  ptrace: 101,
  process_vm_readv: 310,
  process_vm_writev: 311,
  kcmp: 312,
  pidfd_send_signal: 424,
  pidfd_open: 434,
  pidfd_getfd: 438,
  process_madvise: 440,
  process_mrelease: 448,
  fork: 57,
  vfork: 58,
  execveat: 322,
  // Namespaces and mounts.
  unshare: 272,
  setns: 308,
  mount: 165,
  umount2: 166,
  pivot_root: 155,
  chroot: 161,
  open_tree: 428,
  move_mount: 429,
  fsopen: 430,
  fsconfig: 431,
  fsmount: 432,
  fspick: 433,
  mount_setattr: 442,
  // The kernel itself.
  bpf: 321,
  perf_event_open: 298,
  userfaultfd: 323,
  io_uring_setup: 425,
  io_uring_enter: 426,
  io_uring_register: 427,
  add_key: 248,
  request_key: 249,
  keyctl: 250,
  init_module: 175,
  delete_module: 176,
  finit_module: 313,
  kexec_load: 246,
  kexec_file_load: 320,
  syslog: 103,
  reboot: 169,
  swapon: 167,
  swapoff: 168,
  acct: 163,
  quotactl: 179,
  quotactl_fd: 443,
  nfsservctl: 180,
  sysfs: 139,
  uselib: 134,
  lookup_dcookie: 212,
  fanotify_init: 300,
  move_pages: 279,
  migrate_pages: 256,
  memfd_secret: 447,
  vhangup: 153,
  modify_ldt: 154,
  personality: 135,
  iopl: 172,
  ioperm: 173,
  // Clocks and names of the system.
  settimeofday: 164,
  clock_settime: 227,
  adjtimex: 159,
  clock_adjtime: 305,
  sethostname: 170,
  setdomainname: 171,
  // Files that are no files, and files without a path.
  mknod: 133,
  mknodat: 259,
  name_to_handle_at: 303,
  open_by_handle_at: 304,
  // What all of the host share: its disks' queues, and how many requests may be under way.
  sync: 162,
  syncfs: 306,
  io_setup: 206,
  // Queues and memory of System V and POSIX.
  shmget: 29,
  semget: 64,
  msgget: 68,
  mq_open: 240,
}

const CALL = { ioctl: 16, socket: 41, socketpair: 53, clone: 56, fallocate: 285, clone3: 435 } as const
/** FS_IOC_RESVSP, FS_IOC_RESVSP64 and FS_IOC_ZERO_RANGE (linux/falloc.h): what `fallocate` does, by another way. */
const RESERVING = [0x40305828, 0x4030582a, 0x40305839]
/** Calls that are newer than this list are not there. The calls of x32 have higher numbers still. */
const FIRST_UNKNOWN = 451
const AUDIT_ARCH_X86_64 = 0xc000003e
const AF_UNIX = 1
const CLONE_THREAD = 0x10000
/** CLONE_NEWTIME, NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const CLONE_NEW = 0x7e020080
const EPERM = 1
const ENOSYS = 38

/** Instructions of classic BPF (linux/filter.h), and what the kernel does with a call (linux/seccomp.h). */
const LOAD = 0x20
const JUMP_IF = { equal: 0x15, atLeast: 0x35, anyBit: 0x45 } as const
const RETURN = 0x06
const ALLOW = 0x7fff0000
const KILL_PROCESS = 0x80000000
const ERRNO = 0x00050000
/** Places in struct seccomp_data: number, architecture, lower halves of the first two arguments. */
const AT = { number: 0, arch: 4, first: 16, second: 24 } as const

const ENDINGS = { allow: ALLOW, deny: ERRNO | EPERM, absent: ERRNO | ENOSYS, kill: KILL_PROCESS } as const

/** Where a step goes on; the next one where nothing is said. */
type To = keyof typeof ENDINGS | 'clone' | 'family' | 'ioctl'
interface Step {
  readonly name?: To
  readonly load?: number
  readonly test?: { readonly if: keyof typeof JUMP_IF; readonly value: number; readonly yes?: To; readonly no?: To }
}
const equals = (value: number, yes: To): Step => ({ test: { if: 'equal', value, yes } })

/**
 * The filter of system calls around a machine, beside that of QEMU itself, which denies much less: as bubblewrap takes it, a program of struct sock_filter. It lets no
 * process start and opens no socket, of AF_UNIX only where `sockets` says so: several families (AF_VSOCK, AF_ALG) are the host's whatever the network namespace is.
 */
export function callFilter({ sockets }: { readonly sockets: boolean }): Buffer {
  return assemble([
    { load: AT.arch },
    { test: { if: 'equal', value: AUDIT_ARCH_X86_64, no: 'kill' } },
    { load: AT.number },
    { test: { if: 'atLeast', value: FIRST_UNKNOWN, yes: 'absent' } },
    // glibc takes `clone` where `clone3` is absent; only the arguments of the former can be seen here.
    equals(CALL.clone3, 'absent'),
    equals(CALL.clone, 'clone'),
    // Both reserve room on the host's disk past the end of a file, which no limit of a file's size holds. QEMU writes zeros where it is absent.
    equals(CALL.fallocate, 'absent'),
    equals(CALL.ioctl, 'ioctl'),
    equals(CALL.socketpair, 'family'),
    equals(CALL.socket, sockets ? 'family' : 'deny'),
    ...Object.values(DENIED).map((number) => equals(number, 'deny')),
    { test: { if: 'atLeast', value: 0, yes: 'allow' } },
    { name: 'clone', load: AT.first },
    { test: { if: 'anyBit', value: CLONE_NEW, yes: 'deny' } },
    { test: { if: 'anyBit', value: CLONE_THREAD, yes: 'allow', no: 'deny' } },
    { name: 'family', load: AT.first },
    { test: { if: 'equal', value: AF_UNIX, yes: 'allow', no: 'deny' } },
    { name: 'ioctl', load: AT.second },
    ...RESERVING.map((command) => equals(command, 'deny')),
    { test: { if: 'atLeast', value: 0, yes: 'allow' } },
  ])
}

function assemble(steps: readonly Step[]): Buffer {
  const program = Buffer.alloc((steps.length + Object.keys(ENDINGS).length) * 8)
  const write = (at: number, code: number, value: number, yes = 0, no = 0) => {
    program.writeUInt16LE(code, at * 8)
    program.writeUInt8(yes, at * 8 + 2)
    program.writeUInt8(no, at * 8 + 3)
    program.writeUInt32LE(value >>> 0, at * 8 + 4)
  }
  const places = new Map<To, number>()
  for (const [at, { name }] of steps.entries()) if (name) places.set(name, at)
  for (const [i, ending] of Object.entries(ENDINGS).entries()) {
    places.set(ending[0] as To, steps.length + i)
    write(steps.length + i, RETURN, ending[1])
  }
  for (const [at, { load, test }] of steps.entries()) {
    const skips = (to: To | undefined) => (to === undefined ? 0 : places.get(to)! - at - 1)
    if (test) write(at, JUMP_IF[test.if], test.value, skips(test.yes), skips(test.no))
    else write(at, LOAD, load!)
  }
  return program
}
