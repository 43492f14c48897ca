import type { HappeningOf } from '../contract.ts'
import { FAULTS, MAP_ANONYMOUS, O_ACCMODE, O_CREAT, PROT_EXEC, PROT_WRITE, protectionText, signalName } from './linux.ts'
import { addressOf, numberOf, type Fields } from './probe-fields.ts'
import { NARROW_CALLS } from './probes.ts'
import { plainPath } from './subject.ts'
import type { Stack } from './tasks.ts'
import { tellAttack } from './trace-calls.ts'
import type { Told } from './trace.ts'

/** One entry of a probe of ours (probes.ts). */
export function readProbe(name: string, fields: Fields, context: Told): void {
  const narrow = NARROW_CALLS.get(name)
  if (narrow) tellAttack(context, narrow[0], 'by the gate for 32-bit programs, which no program here is')
  else READERS[name]?.(fields, context)
}

const at = ({ entry, tasks, t }: Told) => ({ pid: tasks.pidOf(entry.tid), rank: 'kernel' as const, t })
const cut = (text: string): string => text.slice(0, 4096)

const READERS: Readonly<Record<string, (fields: Fields, context: Told) => void>> = {
  v_exec(fields, { entry, tasks }) {
    const given = Array.from({ length: 16 }, (_, number) => fields.get(`a${number}`))
    const end = given.indexOf(undefined)
    tasks.calling(
      entry.tid,
      (end === -1 ? given : given.slice(0, end)).map((argument) => cut(argument!)),
      tasks.pivoted(entry.tid, bitsOf(fields.get('sp'))),
    )
  },
  v_mmap: (fields, context) => tellMemory('mmap', fields, context),
  v_mprotect: (fields, context) => tellMemory('mprotect', fields, context),
  v_pkey: (fields, context) => tellMemory('pkey_mprotect', fields, context),
  // Only its highest address is said; threads of the C library have eight MiB.
  v_clone: (fields, { entry, tasks }) => tasks.stacked(entry.tid, stackOf(bitsOf(fields.get('stack')), -MOST_STACK)),
  v_clone3: (fields, { entry, tasks }) => tasks.stacked(entry.tid, stackOf(bitsOf(fields.get('stack')), bitsOf(fields.get('size')))),
  v_exit(fields, { entry, tasks, tell }) {
    const code = numberOf(fields.get('code'))
    if (code === undefined || code < 0) return
    const pid = tasks.pidOf(entry.tid)
    // The handler of a forbidden call ends its process by a fault of its own.
    const [forbidden, by] = [FAULTS.has(code & 0x7f) ? tasks.held(entry.tid, 'SIGSYS') : undefined, tasks.held(entry.tid, signalName(code & 0x7f))]
    for (const fault of new Set([forbidden, by])) if (fault) tell(fault)
    tasks.exiting(pid, code & 0x7f ? { signal: signalName(code & 0x7f) } : { code: (code >> 8) & 0xff })
  },
  v_mem_write: (_, context) => tellAttack(context, 'mem_write', 'into the memory of a process, through its file in /proc'),
  v_fault(fields, { entry, tasks }) {
    const address = addressOf(fields.get('address'))
    const before = tasks.lastMiss(entry.tid)
    if (address !== undefined && before?.address !== address) tasks.missed(entry.tid, { address, instruction: undefined, error: undefined })
  },
  v_connect: (fields, context) => tellConnect(fields, context, 'other'),
  v_send: (fields, context) => {
    if (numberOf(fields.get('to')) !== 0) tellConnect(fields, context, 'udp')
  },
  v_open(fields, context) {
    const path = fields.get('name')
    const flags = numberOf(fields.get('flags'))
    if (path === undefined || flags === undefined) return
    const honey = context.honey.has(plainPath(path))
    const action = flags & O_CREAT ? 'create' : flags & O_ACCMODE ? 'write' : 'read'
    if (action !== 'read' || honey) tellFile(action, path, context)
  },
  v_move(fields, context) {
    const [from, to] = [fields.get('from'), fields.get('to')]
    if (from !== undefined && context.honey.has(plainPath(from))) tellFile('move', from, context)
    if (to !== undefined) tellFile('move', to, context)
  },
  v_delete(fields, context) {
    const path = fields.get('name')
    if (path !== undefined) tellFile('delete', path, context)
  },
  v_system: (fields, context) => tellLibrary('system', fields, context),
  v_popen: (fields, context) => tellLibrary('popen', fields, context),
  v_dlopen: (fields, context) => tellLibrary('dlopen', fields, context),
}

const MOST_STACK = 16n << 20n

function stackOf(from: bigint | undefined, size: bigint | undefined): Stack | undefined {
  if (!from || !size) return undefined
  return size > 0n ? { low: from, high: from + size } : { low: from + size, high: from }
}

function bitsOf(value: string | undefined): bigint | undefined {
  const address = addressOf(value)
  return address === undefined ? undefined : BigInt(address)
}

function tellMemory(call: 'mmap' | 'mprotect' | 'pkey_mprotect', fields: Fields, context: Told): void {
  const protection = numberOf(fields.get('protection')) ?? 0
  const anonymous = call === 'mmap' ? ((numberOf(fields.get('flags')) ?? 0) & MAP_ANONYMOUS) !== 0 : undefined
  // A library's code is mapped from its file and cannot be written: that is no change of memory.
  if ((protection & PROT_EXEC) === 0 || (anonymous === false && (protection & PROT_WRITE) === 0)) return
  const address = addressOf(fields.get('start'))
  const length = numberOf(fields.get('length'))
  const key = numberOf(fields.get('key')) ?? 0
  context.tell({
    ...at(context),
    kind: 'memory',
    call,
    protection: protectionText(protection),
    ...(address !== undefined && address !== '0x0' && { address }),
    ...(length !== undefined && Number.isSafeInteger(length) && length >= 0 && { length }),
    ...(anonymous !== undefined && { anonymous }),
    // 0 is that of all memory, -1 none; there are 16.
    ...(key > 0 && key < 16 && { key }),
    ...(context.tasks.pivoted(context.entry.tid, bitsOf(fields.get('sp'))) && { pivoted: true }),
  })
}

function tellFile(action: HappeningOf<'file'>['action'], path: string, context: Told): void {
  context.tell({ kind: 'file', ...at(context), action, path: cut(path), ...(context.honey.has(plainPath(path)) && { honey: true }) })
}

function tellLibrary(call: 'system' | 'popen' | 'dlopen', fields: Fields, context: Told): void {
  const argument = fields.get('argument')
  if (argument !== undefined) context.tell({ kind: 'library-call', ...at(context), call, argument: cut(argument) })
}

const LOCAL = new Set([0, 1, 16])
const [IP4, IP6] = [2, 10]

function tellConnect(fields: Fields, context: Told, protocol: 'other' | 'udp'): void {
  const family = numberOf(fields.get('family'))
  // No address, a socket of the machine itself (AF_UNIX), and the kernel's own (AF_NETLINK) lead nowhere.
  if (family === undefined || LOCAL.has(family)) return
  const wire = numberOf(fields.get('port')) ?? 0
  const port = ((wire & 0xff) << 8) | ((wire >> 8) & 0xff)
  const inet = family === IP4 || family === IP6
  context.tell({
    kind: 'connect',
    ...at(context),
    protocol: inet && port === 53 ? 'dns' : inet ? protocol : 'other',
    to: family === IP4 ? ip4(numberOf(fields.get('four')) ?? 0) : family === IP6 ? ip6(fields.get('high'), fields.get('low')) : `address family ${family}`,
    ...(inet && { port }),
  })
}

/** The processor reads the bytes of an address, which stand in the order of the network, from the last to the first. */
function ip4(value: number): string {
  return [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff).join('.')
}

function ip6(high: string | undefined, low: string | undefined): string {
  const bytes = Buffer.alloc(16)
  bytes.writeBigUInt64LE(BigInt(addressOf(high) ?? '0x0'), 0)
  bytes.writeBigUInt64LE(BigInt(addressOf(low) ?? '0x0'), 8)
  return Array.from({ length: 8 }, (_, group) => bytes.readUInt16BE(2 * group).toString(16)).join(':')
}
