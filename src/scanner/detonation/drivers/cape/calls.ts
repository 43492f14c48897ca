import { addressOf, numberOf, present, textOf } from './fields.ts'

/** A call of the Windows API by a process, as CAPE's monitor tells it. */
export interface Call {
  readonly api: string
  readonly pid: number
  /** Arguments by their names. */
  argument(name: string): unknown
}

type Told = Record<string, unknown> & { kind: string }
type Read = (call: Call) => Told | undefined

const path = (call: Call, ...names: string[]) => names.map((name) => textOf(call.argument(name), 4096)).find((text) => text !== undefined)
const file =
  (action: string, ...names: string[]): Read =>
  (call) => {
    const found = path(call, ...names)
    return found === undefined ? undefined : { kind: 'file', pid: call.pid, action, path: found }
  }
const registry =
  (action: string): Read =>
  (call) => {
    const found = path(call, 'FullName', 'ObjectAttributes')
    return found === undefined ? undefined : present({ kind: 'registry', pid: call.pid, action, path: found, value: textOf(call.argument('Buffer'), 1000) })
  }
const connect =
  (protocol: string, names: readonly string[], ports: readonly string[] = []): Read =>
  (call) => {
    const to = names.map((name) => textOf(call.argument(name), 300)).find((text) => text !== undefined)
    const port = ports.map((name) => numberOf(call.argument(name))).find((number) => number !== undefined && number <= 65_535)
    return to === undefined ? undefined : present({ kind: 'connect', pid: call.pid, protocol, to, port })
  }
const attack =
  (detail: string): Read =>
  (call) =>
    present({ kind: 'attack-call', pid: call.pid, call: call.api.slice(0, 40), detail: textOf(call.argument(detail), 300) })
const launch: Read = (call) => {
  const argument = [path(call, 'FilePath', 'lpFile'), textOf(call.argument('Parameters'), 2000)].filter(Boolean).join(' ')
  return argument === '' ? undefined : { kind: 'library-call', pid: call.pid, call: 'system', argument: argument.slice(0, 4096) }
}

/** Protections of pages that can be executed, as Windows numbers them (PAGE_EXECUTE...). */
const EXECUTABLE: ReadonlyMap<number, string> = new Map([
  [0x10, 'x'],
  [0x20, 'rx'],
  [0x40, 'rwx'],
  [0x80, 'rwx'],
])
const memory =
  (call: 'mmap' | 'mprotect', protection: readonly string[]): Read =>
  (said) => {
    const rights = protection.map((name) => EXECUTABLE.get((numberOf(said.argument(name)) ?? 0) & 0xff)).find((one) => one !== undefined)
    if (rights === undefined) return undefined
    const length = ['RegionSize', 'NumberOfBytesProtected', 'Size'].map((name) => numberOf(said.argument(name))).find((one) => one !== undefined)
    const address = ['BaseAddress', 'Address'].map((name) => addressOf(said.argument(name))).find((one) => one !== undefined)
    return present({ kind: 'memory', pid: said.pid, call, address, length, protection: rights, anonymous: call === 'mmap' ? true : undefined })
  }

/** What each call that says something of a document means. Names of calls end in A or W where Windows has both. */
const CALLS: Readonly<Record<string, Read>> = {
  NtWriteFile: file('write', 'HandleName', 'FileName'),
  DeleteFile: file('delete', 'FileName'),
  NtDeleteFile: file('delete', 'FileName'),
  MoveFileWithProgress: file('move', 'NewFileName'),
  MoveFileWithProgressTransacted: file('move', 'NewFileName'),
  CopyFile: file('create', 'NewFileName'),
  CopyFileEx: file('create', 'NewFileName'),
  RegSetValueEx: registry('set'),
  NtSetValueKey: registry('set'),
  RegDeleteKey: registry('delete'),
  RegDeleteValue: registry('delete'),
  NtDeleteKey: registry('delete'),
  NtDeleteValueKey: registry('delete'),
  connect: connect('tcp', ['ip'], ['port']),
  WSAConnect: connect('tcp', ['ip'], ['port']),
  ConnectEx: connect('tcp', ['ip'], ['port']),
  sendto: connect('udp', ['ip'], ['port']),
  getaddrinfo: connect('dns', ['NodeName']),
  GetAddrInfo: connect('dns', ['NodeName']),
  DnsQuery_: connect('dns', ['Name']),
  InternetConnect: connect('tcp', ['ServerName'], ['ServerPort']),
  WinHttpConnect: connect('tcp', ['ServerName'], ['ServerPort']),
  InternetOpenUrl: connect('other', ['URL']),
  URLDownloadToFile: connect('other', ['URL']),
  URLDownloadToCacheFile: connect('other', ['URL']),
  ShellExecuteEx: launch,
  LdrLoadDll: (call) => {
    const found = path(call, 'FileName')
    return found === undefined ? undefined : { kind: 'module-load', pid: call.pid, path: found }
  },
  NtAllocateVirtualMemory: memory('mmap', ['Protection']),
  NtProtectVirtualMemory: memory('mprotect', ['NewAccessProtection']),
  VirtualProtectEx: memory('mprotect', ['Protection', 'NewAccessProtection']),
  WriteProcessMemory: attack('ProcessId'),
  NtWriteVirtualMemory: attack('ProcessId'),
  CreateRemoteThread: attack('ProcessId'),
  CreateRemoteThreadEx: attack('ProcessId'),
  RtlCreateUserThread: attack('ProcessId'),
  NtQueueApcThread: attack('ProcessId'),
  NtSetContextThread: attack('ProcessId'),
  CreateService: attack('ServiceName'),
  StartService: attack('ServiceName'),
}

/** Calls that start a process; what they start may not be watched itself. */
const STARTS = new Set(['CreateProcessInternal', 'CreateProcessWithToken', 'CreateProcessWithLogon', 'NtCreateUserProcess'])

/** What a call says of a document, in the words of the schema, without time and rank; undefined for one that says nothing. Pure. */
export function callAs(call: Call): Told | undefined {
  const read = Object.hasOwn(CALLS, call.api) ? CALLS[call.api] : CALLS[nameOf(call.api)]
  return read?.(call)
}

/** A process that the call started, where it is told. Pure. */
export function startedBy(call: Call): { pid: number; image: string; line: string | undefined } | undefined {
  if (!STARTS.has(nameOf(call.api))) return undefined
  const pid = numberOf(call.argument('ProcessId'))
  const line = textOf(call.argument('CommandLine'), 4096)
  const image = textOf(call.argument('ApplicationName'), 4096) ?? textOf(call.argument('ImagePathName'), 4096) ?? line
  return pid === undefined || pid === 0 || image === undefined ? undefined : { pid, image, line }
}

function nameOf(api: string): string {
  const plain = api.replace(/[AW]$/, '')
  return Object.hasOwn(CALLS, plain) || STARTS.has(plain) ? plain : ''
}
