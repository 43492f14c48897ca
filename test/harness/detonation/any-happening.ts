import fc from 'fast-check'
import { Happening } from '#scanner/detonation/contract.ts'

const at = { t: fc.constantFrom(0, 1, 2, 9), rank: fc.constantFrom('host', 'kernel', 'guest') }
const pid = fc.constantFrom(1, 5, 812, 900)
const path = fc.oneof(
  fc.constantFrom('/bin/sh', '/tmp/a', '/tmp/a.so', '/usr/bin/pdftoppm', '/proc/self/fd/3', 'C:\\EQNEDT32.EXE', '/home/user/.bashrc'),
  fc.string({ maxLength: 40 }),
)
const address = fc.constantFrom('0x0', '0x41414141', '0x7fff00001000', '0xffffffffffffffff', '0x7f00aabbccdd')
const optional = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined })

const KINDS: readonly fc.Arbitrary<unknown>[] = [
  fc.record({
    ...at,
    kind: fc.constant('process-start'),
    pid,
    parent: pid,
    image: path,
    arguments: fc.option(fc.array(path, { maxLength: 3 }), { nil: undefined }),
  }),
  fc.record({ ...at, kind: fc.constant('process-end'), pid, signal: optional(fc.constant('SIGSEGV')) }),
  fc.record({
    ...at,
    kind: fc.constant('fault'),
    pid,
    image: path,
    signal: fc.constantFrom('SIGSEGV', 'SIGABRT', 'SIGSYS'),
    address: optional(address),
    access: optional(fc.constantFrom('read', 'write', 'execute')),
    instruction: optional(address),
    module: optional(path),
    registers: optional(fc.dictionary(fc.constantFrom('rax', 'rip', 'rsp'), address)),
    stack: optional(fc.array(fc.constantFrom('libc.so.6+0x1', 'a+0x2'), { maxLength: 4 })),
  }),
  fc.record({
    ...at,
    kind: fc.constant('memory'),
    pid,
    call: fc.constantFrom('mmap', 'mprotect', 'memfd_create', 'execveat'),
    protection: optional(fc.constantFrom('rwx', 'r-x', 'rw-')),
    anonymous: optional(fc.boolean()),
    pivoted: optional(fc.boolean()),
  }),
  fc.record({ ...at, kind: fc.constant('attack-call'), pid, call: fc.constantFrom('ptrace', 'unshare'), detail: optional(fc.string({ maxLength: 30 })) }),
  fc.record({
    ...at,
    kind: fc.constant('connect'),
    pid: optional(pid),
    protocol: fc.constantFrom('tcp', 'dns'),
    to: fc.constantFrom('page.example', '198.51.100.7'),
    port: optional(fc.nat(65_535)),
  }),
  fc.record({
    ...at,
    kind: fc.constant('file'),
    action: fc.constantFrom('create', 'write', 'move', 'delete', 'execute', 'read'),
    path,
    honey: optional(fc.boolean()),
  }),
  fc.record({ ...at, kind: fc.constant('library-call'), pid, call: fc.constantFrom('system', 'dlopen', 'script'), argument: path }),
  fc.record({ ...at, kind: fc.constant('module-load'), pid, path }),
  fc.record({ ...at, kind: fc.constant('spray'), pid, bytes: fc.nat(2 ** 30), pattern: fc.constantFrom('00', '0c0c') }),
  fc.record({
    ...at,
    kind: fc.constant('viewer'),
    state: fc.constantFrom('opened', 'rendered', 'idle'),
    detail: optional(fc.constantFrom('double free or corruption (out)', 'fine')),
  }),
  fc.record({
    ...at,
    kind: fc.constant('page'),
    action: fc.constantFrom('navigate', 'request', 'scheme', 'download', 'clipboard', 'crash'),
    detail: fc.oneof(fc.webUrl(), fc.string({ maxLength: 30 })),
  }),
  fc.record({ ...at, kind: fc.constant('silence'), of: fc.constantFrom('agent', 'trace'), detail: fc.string({ maxLength: 20 }) }),
  fc.record({ ...at, kind: fc.constant('dropped'), of: fc.constantFrom('file', 'trace'), count: fc.nat() }),
]

/** Any happening of the contract, with few pids, paths and addresses, so that several speak of the same. */
export const anyHappening: fc.Arbitrary<Happening> = fc.oneof(...KINDS).map((one) => Happening.parse(one))
