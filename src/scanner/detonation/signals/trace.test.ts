import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Happening } from '../contract.ts'
import { PROBES } from './probes.ts'
import { TraceReader, type TraceOptions } from './trace.ts'

/** As Linux 6.1 prints it (five flags), and 5.10 (four). */
const line = (body: string, { tid = 812, time = 20, comm = 'soffice.bin', flags = '.....', tgid = '' } = {}): string =>
  `${comm.padStart(16)}-${String(tid).padEnd(7)} ${tgid}[000] ${flags} ${time.toFixed(6).padStart(12)}: ${body}\n`

const OPEN = line('tracing_mark_write: vedette-open', { tid: 300, time: 10, comm: 'python3' })
const VIEWER = line('tracing_mark_write: vedette-process pid=812 parent=300 image=/usr/lib/libreoffice/program/soffice.bin', {
  tid: 300,
  time: 9,
  comm: 'python3',
})
const NO_MORE = Array.from({ length: 14 }, (_, i) => ` a${i + 2}=(fault)`).join('')
const started = (guard = '') =>
  [
    line('task_newtask: pid=900 comm=soffice.bin clone_flags=1200011 oom_score_adj=0'),
    line('sched_process_fork: comm=soffice.bin pid=812 child_comm=soffice.bin child_pid=900'),
    line(`v_exec: (__x64_sys_execve+0x0/0x40) sp=0x7ffd11223000 file="/bin/sh" a0="sh" a1="-c"${NO_MORE}${guard}`, { tid: 900, time: 21 }),
    line('sched_process_exec: filename=/bin/sh pid=900 old_pid=900', { tid: 900, time: 21.5, comm: 'sh' }),
    line('v_exit: (do_group_exit+0x0/0xa0) code=0x300', { tid: 900, time: 22, comm: 'sh' }),
    line('sched_process_exit: comm=sh pid=900 prio=120', { tid: 900, time: 22, comm: 'sh' }),
  ].join('')
const STARTED = started()

function read(text: string | Uint8Array, options: TraceOptions = {}, cuts: readonly number[] = []): Happening[] {
  const reader = new TraceReader(options)
  const bytes = typeof text === 'string' ? Buffer.from(text) : Buffer.from(text)
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  return [...places.slice(1).flatMap((end, i) => reader.push(bytes.subarray(places[i], end))), ...reader.end()]
}

/** What was told after the mark, without the instants. */
const told = (text: string, options?: TraceOptions) => read(VIEWER + OPEN + text, options).map(({ t: _t, rank: _rank, ...what }) => what)

describe('the text of trace_pipe', () => {
  it('tells the tree of processes with arguments and ends', () => {
    expect(told(STARTED)).toEqual([
      { kind: 'process-start', pid: 900, parent: 812, image: '/usr/lib/libreoffice/program/soffice.bin' },
      { kind: 'process-start', pid: 900, parent: 812, image: '/bin/sh', arguments: ['sh', '-c'] },
      { kind: 'process-end', pid: 900, code: 3 },
    ])
    expect(read(VIEWER + OPEN + STARTED).map(({ t, rank }) => [t, rank])).toEqual([
      [10, 'kernel'],
      [11.5, 'kernel'],
      [12, 'kernel'],
    ])
  })

  it('tells a call that a sandbox forbids where the process ends by a fault, and not where a handler answers it', () => {
    const forbidden = line('signal_generate: sig=31 errno=0 code=1 comm=chromium pid=812 grp=0 res=0')
    const ends = (code: string) => line(`v_exit: (do_group_exit+0x0/0xa0) code=${code}`, { time: 22 })
    const fault = { kind: 'fault', pid: 812, image: '/usr/lib/libreoffice/program/soffice.bin', signal: 'SIGSYS' }
    expect(told(forbidden)).toEqual([])
    expect(told(forbidden + ends('0x0'))).toEqual([])
    expect(told(forbidden + ends('0x9'))).toEqual([])
    expect(told(forbidden + ends('0x9f'))).toEqual([fault])
    expect(told(forbidden + ends('0xb'))).toEqual([fault])
  })

  it('tells a fault that the script engine of Chromium may handle where the process ends by it', () => {
    const stands = (image: string) => line(`tracing_mark_write: vedette-process pid=812 parent=300 image=${image}`, { tid: 300, time: 9 })
    const fault =
      line('page_fault_user: address=0x41414141 ip=0x7f00aa error_code=0x6') + line('signal_generate: sig=11 errno=0 code=1 comm=x pid=812 grp=0 res=0')
    const faultsIn = (text: string) => read(text).flatMap((one) => (one.kind === 'fault' ? [`${one.signal} ${one.address}`] : []))
    const faults = (image: string, code: string) => faultsIn(stands(image) + OPEN + fault + line(`v_exit: (do_group_exit+0x0/0xa0) code=${code}`, { time: 22 }))
    expect(faults('/usr/lib/chromium/chromium', '0x8b')).toEqual(['SIGSEGV 0x41414141'])
    for (const code of ['0x0', '0x9', '0x6']) expect(faults('/usr/lib/chromium/chromium', code)).toEqual([])
    // Controls: no other program handles it, and one that bears the name elsewhere is another.
    for (const image of ['/usr/bin/pdftoppm', '/tmp/chromium']) expect(faults(image, '0x0')).toEqual(['SIGSEGV 0x41414141'])
    // One that the crash handler attaches to was not handled, however it ends.
    const attaches = (image: string) =>
      faultsIn(
        line(`tracing_mark_write: vedette-process pid=817 parent=1 image=${image}`, { tid: 300, time: 9 }) +
          stands('/usr/lib/chromium/chromium') +
          OPEN +
          fault +
          line('sys_ptrace(request: 10, pid: 32c, addr: 0, data: 0)', { tid: 817, comm: 'chrome_crashpad' }) +
          line('v_exit: (do_group_exit+0x0/0xa0) code=0x9', { time: 22 }),
      )
    expect(attaches('/usr/lib/chromium/chrome_crashpad_handler')).toEqual(['SIGSEGV 0x41414141'])
    expect(attaches('/tmp/chrome_crashpad_handler')).toEqual([])
    // What another thread has handled since does not stand in the place of the one that ended the process.
    const other =
      line('page_fault_user: address=0x7f00 ip=0x7f00bb error_code=0x4', { tid: 830, tgid: '(    812) ' }) +
      line('signal_generate: sig=11 errno=0 code=1 comm=x pid=830 grp=0 res=0', { tid: 830, tgid: '(    812) ' })
    const ended = line('v_exit: (do_group_exit+0x0/0xa0) code=0x8b', { time: 22 })
    expect(faultsIn(stands('/usr/lib/chromium/chromium') + OPEN + fault + other + ended)).toEqual(['SIGSEGV 0x41414141'])
    // A forbidden call whose handler ends the process so is told beside it.
    const forbidden = line('signal_generate: sig=31 errno=0 code=1 comm=chromium pid=812 grp=0 res=0')
    const both = read(stands('/usr/lib/chromium/chromium') + OPEN + forbidden + fault + line('v_exit: (do_group_exit+0x0/0xa0) code=0xb', { time: 22 }))
    expect(both.map((one) => one.kind === 'fault' && one.signal)).toEqual(['SIGSYS', 'SIGSEGV'])
  })

  it('tells under which protection key memory became executable', () => {
    const keyed = (key: string) =>
      told(line(`v_pkey: (__x64_sys_pkey_mprotect+0x0/0x30) start=0x55e6e0000000 length=0x20000000 protection=0x7 key=${key} sp=0x7ffd11223000`))
    const memory = { kind: 'memory', pid: 812, call: 'pkey_mprotect', protection: 'rwx', address: '0x55e6e0000000', length: 0x2000_0000 }
    expect(keyed('0x1')).toEqual([{ ...memory, key: 1 }])
    expect(keyed('0x0')).toEqual([memory])
    expect(keyed('0xffffffff')).toEqual([memory])
  })

  it("counts what the agent runs for itself as nobody else's doing, and what replaces or follows it as the viewer's", () => {
    const token = '00112233445566aa'
    const own = (text: string) => line(`tracing_mark_write: vedette-own ${text}`, { tid: 700, comm: 'python3' })
    const exec = (image: string) => line(`sched_process_exec: filename=${image} pid=700 old_pid=700`, { tid: 700, comm: 'pdftoppm' })
    const started = (text: string) => {
      const reader = new TraceReader()
      reader.trust(token)
      return reader.push(Buffer.from(VIEWER + OPEN + text)).flatMap((one) => (one.kind === 'process-start' ? [one.image] : []))
    }
    expect(started(own(`${token} pid=700`) + exec('/usr/bin/pdftoppm'))).toEqual([])
    expect(started(own(`${token} pid=700`) + exec('/usr/bin/pdftoppm') + exec('/bin/sh'))).toEqual(['/bin/sh'])
    expect(started(own('ffffffffffffffff pid=700') + exec('/bin/sh'))).toEqual(['/bin/sh'])
    expect(started(own(`${token} pid=701`) + exec('/bin/sh'))).toEqual(['/bin/sh'])
    expect(started(own(`${token} pid=700`) + line('sched_process_exit: comm=python3 pid=700 prio=120', { tid: 700 }) + exec('/bin/sh'))).toEqual(['/bin/sh'])
    expect(read(VIEWER + OPEN + own(`${token} pid=700`) + exec('/bin/sh'))).toMatchObject([{ image: '/bin/sh' }])
  })

  it('reads threads as parts of their process, by clone flags and by the recorded process', () => {
    const thread =
      line('task_newtask: pid=901 comm=soffice.bin clone_flags=3d0f00 oom_score_adj=0') +
      line('sched_process_fork: comm=soffice.bin pid=812 child_comm=cppu child_pid=901')
    const asks = line('sys_ptrace(request: 10, pid: 1, addr: 0, data: 0)', { tid: 901, comm: 'cppu_threadpool' })
    expect(told(thread + asks)).toEqual([
      { kind: 'attack-call', pid: 812, image: '/usr/lib/libreoffice/program/soffice.bin', call: 'ptrace', detail: 'request: 10, pid: 1, addr: 0, data: 0' },
    ])
    const recorded = line('sys_ptrace(request: 10, pid: 1, addr: 0, data: 0)', { tid: 950, tgid: '(    812) ' })
    expect(told(recorded)).toMatchObject([{ pid: 812 }])
    expect(told(thread + line('sched_process_exit: comm=cppu pid=901 prio=120', { tid: 901 }))).toEqual([])
  })

  it('reads the flags of Linux 5.10, no flags, and names with spaces and brackets', () => {
    const body = 'v_mprotect: (__x64_sys_mprotect+0x0/0x30) start=0x7f0011223000 length=0x1000 protection=0x7 sp=0x7ffd11223000'
    const expected = [{ kind: 'memory', pid: 812, call: 'mprotect', protection: 'rwx', address: '0x7f0011223000', length: 4096 }]
    expect(told(line(body, { flags: 'd...' }))).toEqual(expected)
    expect(told(line(body, { flags: '' }))).toEqual(expected)
    for (const comm of ['a-1 [000] b', ' x', '<...>', 'evil-99 ', '(sd-pam)', 'né\u0001']) expect(told(line(body, { comm }))).toEqual(expected)
  })

  it('tells executable memory, and not the code of libraries', () => {
    const mmap = (protection: string, flags: string) =>
      told(line(`v_mmap: (__x64_sys_mmap+0x0/0x30) start=0x0 length=0x2000 protection=${protection} flags=${flags} sp=0x7ffd11223000`))
    expect(mmap('0x7', '0x22')).toEqual([{ kind: 'memory', pid: 812, call: 'mmap', protection: 'rwx', length: 8192, anonymous: true }])
    expect([...mmap('0x5', '0x802'), ...mmap('0x3', '0x22')]).toEqual([])
    expect(told(line('sys_memfd_create(uname: 7ffd, flags: 1)') + line('sys_memfd_create -> 0x4'))).toEqual([
      { kind: 'memory', pid: 812, call: 'memfd_create' },
    ])
  })

  it('tells a stack pointer outside the stack of a thread that it saw begin, and nothing of others', () => {
    const call = (sp: string, tid: number) =>
      line(`v_mprotect: (__x64_sys_mprotect+0x0/0x30) start=0x7f0011223000 length=0x1000 protection=0x5 sp=${sp}`, { tid })
    const pivots = (text: string) => told(text).flatMap((one) => (one.kind === 'memory' ? [one.pivoted ?? false] : []))
    const [main, heap, own] = ['0x7ffd11223000', '0x55c000001000', '0x7f10000ff000']
    // The viewer stood before the trace did: nobody knows its stack.
    expect(pivots(call(heap, 812))).toEqual([false])
    expect(pivots(STARTED.slice(0, STARTED.lastIndexOf('\n', STARTED.indexOf('v_exit')) + 1) + call(main, 900) + call(heap, 900))).toEqual([false, true])
    const shell = line('sched_process_exec: filename=/bin/sh pid=812 old_pid=812')
    const born = (flags: string) =>
      line(`task_newtask: pid=901 comm=sh clone_flags=${flags} oom_score_adj=0`) + line('sched_process_fork: comm=sh pid=812 child_comm=sh child_pid=901')
    for (const clone of ['v_clone3: (__x64_sys_clone3+0x0/0x9) stack=0x7f1000000000 size=0x100000', 'v_clone: (__x64_sys_clone+0x0/0x9) stack=0x7f1000100000'])
      for (const flags of ['3d0f00', '4111'])
        expect(pivots(shell + line(clone) + born(flags) + call(own, 901) + call(heap, 901) + call(main, 812))).toEqual([false, true, false])
    // A copy of the process has a copy of its stack, whatever was made before.
    const none = line('v_clone: (__x64_sys_clone+0x0/0x9) stack=0x0')
    expect(pivots(shell + none + born('1200011') + call(main, 901) + call(own, 901))).toEqual([false, true])
    const chained = STARTED.replace('sp=0x7ffd11223000', `sp=${heap}`)
    expect(told(shell + chained)).toContainEqual({ kind: 'process-start', pid: 900, parent: 812, image: '/bin/sh', arguments: ['sh', '-c'], pivoted: true })
  })

  it('puts a fault together with the page that was missing, and leaves signals that somebody sent', () => {
    const missing = line('page_fault_user: address=0x41414141 ip=0x7f00aa error_code=0x6')
    const other = line('page_fault_user: address=0x1 ip=0x2 error_code=0x4', { tid: 5, comm: 'x' })
    const fault = line('signal_generate: sig=11 errno=0 code=1 comm=soffice.bin pid=812 grp=0 res=0')
    const expected = {
      kind: 'fault',
      pid: 812,
      image: '/usr/lib/libreoffice/program/soffice.bin',
      signal: 'SIGSEGV',
      address: '0x41414141',
      instruction: '0x7f00aa',
      access: 'write',
    }
    expect(told(missing + other + fault + line('sched_process_exit: comm=soffice.bin pid=812 prio=120'))).toEqual([
      expected,
      { kind: 'process-end', pid: 812, signal: 'SIGSEGV' },
    ])
    // A general protection fault has no address: the last missing page has nothing to do with it.
    expect(told(missing + fault.replace('code=1 ', 'code=128 '))).toEqual([{ kind: 'fault', pid: 812, image: expected.image, signal: 'SIGSEGV' }])
    expect(told(fault.replace('code=1 ', 'code=0 ') + fault.replace('pid=812', 'pid=813'))).toEqual([])
    expect(told(line('v_fault: (force_sig_fault+0x0/0x70) sig=11 code=2 address=0x7ffe1000') + fault)).toMatchObject([{ address: '0x7ffe1000' }])
  })

  it('tells connections, files, libraries and modules', () => {
    const connect = (rest: string) => told(line(`v_connect: (__sys_connect+0x0/0xc0) ${rest}`))
    expect(connect('family=2 port=0x5000 four=0x100007f high=0x0 low=0x0')).toEqual([
      { kind: 'connect', pid: 812, protocol: 'other', to: '127.0.0.1', port: 80 },
    ])
    expect(connect('family=10 port=0xbb01 four=0x0 high=0xb80d0120 low=0x100000000000000')).toMatchObject([{ to: '2001:db8:0:0:0:0:0:1', port: 443 }])
    expect(connect('family=1 port=0x742f four=0x706d high=0x0 low=0x0')).toEqual([])
    // A datagram without an address goes where its socket is connected to, and what stands in the fields was there before.
    const send = (rest: string) => told(line(`v_send: (__sys_sendto+0x0/0x1e0) ${rest}`))
    expect(send('to=0x7ffc10 family=2 port=0x3500 four=0x100007f high=0x0 low=0x0')).toMatchObject([{ protocol: 'dns', to: '127.0.0.1', port: 53 }])
    expect(send('to=0x0 family=32 port=0x0 four=0x0 high=0x0 low=0x0')).toEqual([])
    expect(connect('family=(fault) port=(fault) four=(fault) high=(fault) low=(fault)')).toEqual([])
    expect(told(line('v_open: (do_filp_open+0x0/0x100) name="/tmp/a" flags=0x8241'))).toEqual([{ kind: 'file', pid: 812, action: 'create', path: '/tmp/a' }])
    const key = line('v_open: (do_filp_open+0x0/0x100) name="/root/.ssh/id_rsa" flags=0x8000')
    expect(told(key)).toEqual([])
    expect(told(key, { honey: new Set(['/root/.ssh/id_rsa']) })).toMatchObject([{ action: 'read', honey: true }])
    expect(told(line('v_move: (do_renameat2+0x0/0x5) from="/tmp/a" to="/tmp/b"'))).toMatchObject([{ action: 'move', path: '/tmp/b' }])
    expect(told(line('v_system: (0x7f00aabb) argument="id; uname -a"'))).toMatchObject([{ kind: 'library-call', call: 'system', argument: 'id; uname -a' }])
    expect(told(line('v_dlopen: (0x7f00aabb) argument=(fault)'))).toEqual([])
    expect(told(line('module_load: dummy OE'))).toMatchObject([{ kind: 'module-load', path: 'dummy' }])
    expect(told(line('task_newtask: pid=9 comm=x clone_flags=10000011 oom_score_adj=0'))).toMatchObject([
      { kind: 'attack-call', call: 'clone', detail: 'CLONE_NEWUSER' },
    ])
  })

  it('keeps strings with quotes, line feeds and what looks like fields', () => {
    for (const name of ['a"b', 'a\nb', '"', '" flags=0x0', 'x\n\ny', '(fault)', 'ü\u0001'])
      expect(told(line(`v_open: (do_filp_open+0x0/0x100) name="${name}" flags=0x41`))).toMatchObject([{ path: name }])
    expect(told(line(`sched_process_exec: filename=/tmp/a\nb pid=812 old_pid=812`))).toMatchObject([{ image: '/tmp/a\nb' }])
  })

  it('tells calls by the gate for 32-bit programs, which the kernel counts as none', () => {
    expect(told(line('v_mprotect32: (__ia32_sys_mprotect+0x0/0x30)') + line('v_memfd32: (__ia32_sys_memfd_create+0x0/0x20)'))).toMatchObject([
      { kind: 'attack-call', pid: 812, call: 'mprotect' },
      { kind: 'attack-call', pid: 812, call: 'memfd_create' },
    ])
  })

  it('tells a program whose path looks like the next entries', () => {
    const hidden = line('sched_process_exit: comm=soffice.bin pid=900 prio=120', { tid: 900 })
    for (const path of [`/tmp/a\n${hidden}b`, `/tmp/a\n${line('sys_memfd_create(uname: 7ffd, flags: 1)')}`, `/tmp/a${'\nb'.repeat(200)}`]) {
      const all = told(line(`sched_process_exec: filename=${path} pid=900 old_pid=900`, { tid: 900 }) + line('sys_bpf(cmd: 5)', { tid: 900 }))
      expect(all).toContainEqual(expect.objectContaining({ kind: 'process-start', pid: 900, image: expect.stringMatching(/^\/tmp\/a/) as string }))
      expect(all).toContainEqual({ kind: 'dropped', of: 'entries', count: expect.any(Number) as number })
      // Control: what cannot be put together and is no start of a program stays a number.
      expect(told(line(`sched_process_exit: comm=a\n${hidden}`, { tid: 900 })).map(({ kind }) => kind)).toEqual(['process-end', 'dropped'])
    }
  })

  it('counts what the kernel lost, could not print, and what was cut off', () => {
    expect(told(`CPU:0 [LOST 12 EVENTS]\nCPU:1 [LOST EVENTS]\n[LINE TOO BIG]\n`)).toEqual([{ kind: 'dropped', of: 'trace', count: 14 }])
    expect(told(line('v_system: (0x7f00aabb) argument="id').trimEnd())).toEqual([{ kind: 'dropped', of: 'entries', count: 1 }])
    expect(told(`${'x'.repeat(100_000)}\n${line('sys_memfd_create(uname: 7ffd, flags: 1)')}`)).toMatchObject([
      { call: 'memfd_create' },
      { kind: 'dropped', of: 'trace' },
    ])
  })

  it('lets a flood hide nothing of another kind, and nothing of its own about something else', () => {
    const flood = Array.from({ length: 4000 }, (_, i) => line(`v_open: (do_filp_open+0x0/0x100) name="/home/user/${'x'.repeat(i % 900)}" flags=0x41`)).join('')
    const same = line('sys_ptrace(request: 10, pid: 1, addr: 0, data: 0)').repeat(4000)
    const all = told(flood + same + STARTED + line('sys_bpf(cmd: 5, uattr: 0, size: 0)'))
    expect(all.length).toBeLessThan(5000)
    expect(all).toContainEqual({ kind: 'process-start', pid: 900, parent: 812, image: '/bin/sh', arguments: ['sh', '-c'] })
    expect(all).toContainEqual({
      kind: 'attack-call',
      pid: 812,
      image: '/usr/lib/libreoffice/program/soffice.bin',
      call: 'bpf',
      detail: 'cmd: 5, uattr: 0, size: 0',
    })
    // So many requests that only read hide none that changes a process.
    expect(told(same + line('sys_ptrace(request: 4205, pid: 1, addr: 0, data: 0)')).at(-1)).toMatchObject({ detail: 'request: 4205, pid: 1, addr: 0, data: 0' })
    const dropped = all.flatMap((one) => (one.kind === 'dropped' ? [one.of] : []))
    expect(dropped).toEqual(['file'])
  })

  it('loses nothing where a flood says the same again, and tells of a file of one once it is run', () => {
    const written = (name: string) => line(`v_open: (do_filp_open+0x0/0x100) name="/tmp/${name}" flags=0x41`)
    const flood = Array.from({ length: 1000 }, (_, i) => written(`a${i}`)).join('')
    const memory = line('sys_memfd_create(uname: 7ffd, flags: 1)')
    const loaded = line('v_dlopen: (0x7f00aabb) argument="/tmp/a999"')
    const all = told(flood + memory.repeat(500) + line('sys_memfd_create(uname: 7ffd, flags: 1)', { tid: 900 }) + loaded)
    expect(all.filter(({ kind }) => kind === 'dropped')).toEqual([])
    expect(all.length).toBeLessThan(150)
    expect(all.slice(-3)).toMatchObject([
      { kind: 'memory', pid: 900 },
      { kind: 'file', action: 'create', path: '/tmp/a999' },
      { kind: 'library-call', argument: '/tmp/a999' },
    ])
    // What differs in more than its subject says is lost: addresses, and the processes that begin.
    const ranges = Array.from({ length: 61 }, (_, i) =>
      line(`v_mprotect: (__x64_sys_mprotect+0x0/0x30) start=0x7f00${1000 + i}000 length=0x1000 protection=0x7 sp=0x0`),
    )
    expect(told(ranges.join('')).at(-1)).toEqual({ kind: 'dropped', of: 'memory', count: 1 })
  })

  it('tells nothing of the time before the document was handed over, and takes the first mark only', () => {
    expect(read(VIEWER + STARTED)).toEqual([])
    expect(
      told(line('tracing_mark_write: vedette-process pid=900 parent=1 image=/bin/true') + line('tracing_mark_write: vedette-open', { time: 99 }) + STARTED),
    ).toHaveLength(3)
  })
})

describe('a string of the document in the trace', () => {
  const GUARD = '0x5eed1234abcd'
  const forged = line('sys_ptrace(request: 10, pid: 1, addr: 0, data: 0)').trimEnd()
  const system = (argument: string, guard = '') => line(`v_system: (0x7f00aabb) argument="${argument}"${guard}`)

  it('cannot pass for an entry where probes end with a guard', () => {
    const argument = `x"\n${forged}\n${system('y').trimEnd()}`
    expect(told(system(argument, ` guard=${GUARD}`) + started(` guard=${GUARD}`), { guard: GUARD })).toHaveLength(4)
    expect(told(system(argument, ` guard=${GUARD}`), { guard: GUARD })).toMatchObject([{ kind: 'library-call', argument }])
    // The control: without a guard the same text tells of a call that nobody made.
    expect(told(system(argument)).map(({ kind }) => kind)).toContain('attack-call')
  })

  it('is kept as it is, whatever is in it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ min: 1, maxLength: 300 }), (bytes) => {
        const clean = Buffer.from(bytes).toString()
        const all = told(system(clean, ` guard=${GUARD}`) + started(` guard=${GUARD}`), { guard: GUARD })
        expect(all[0]).toMatchObject({ kind: 'library-call', argument: clean })
        expect(all).toHaveLength(4)
      }),
    )
  })
})

describe('any bytes in place of a trace', () => {
  const pieces = [
    line('__proto__: x'),
    line('constructor: x'),
    line('toString: x'),
    VIEWER,
    OPEN,
    STARTED,
    '\n',
    '"',
    ' [000] ',
    '....',
    'CPU:0 [LOST 9 EVENTS]\n',
    ...PROBES.map(({ name, fields }) => line(`${name}: (x+0x0/0x1) ${fields.map((field) => `${field}="é"`).join(' ')}`)),
  ]
  const hostile = fc.oneof(
    fc.uint8Array({ maxLength: 2000 }),
    fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 30 })), { maxLength: 30 }).map((parts) => new Uint8Array(Buffer.from(parts.join('')))),
  )

  it('give happenings of the contract, and never an error', () => {
    fc.assert(
      fc.property(hostile, fc.option(fc.constant('0x1')), (bytes, guard) => {
        const prefixed = Buffer.concat([Buffer.from(VIEWER + OPEN), bytes])
        for (const happening of read(prefixed, guard === null ? {} : { guard })) expect(Happening.parse(happening)).toEqual(happening)
      }),
    )
  })

  it('give the same wherever they are cut', () => {
    fc.assert(
      fc.property(hostile, fc.array(fc.nat(), { maxLength: 20 }), (bytes, cuts) => {
        const prefixed = Buffer.concat([Buffer.from(VIEWER + OPEN), bytes])
        expect(read(prefixed, {}, cuts)).toEqual(read(prefixed))
      }),
    )
  })

  it('take time in proportion to their length', () => {
    for (const unit of [
      'a',
      ' ',
      '-1 ',
      '" flags=0x',
      '(',
      '"\n',
      line('v_open: (x) name="\n'),
      line('v_open: (x) name="'),
      line('sched_process_exec: filename=a pid=1 old_pid=').trimEnd(),
      `${' '.repeat(16_000)}\n`,
    ]) {
      const text = OPEN + unit.repeat(Math.ceil(3e5 / unit.length))
      const start = performance.now()
      read(text)
      expect(performance.now() - start, JSON.stringify(unit.slice(0, 40))).toBeLessThan(12_000)
    }
  }, 120_000)
})
