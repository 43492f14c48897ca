import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { environment } from '#test/harness/detonation/runs.ts'
import type { Happening } from '../contract.ts'
import { judgeRun } from './all.ts'
import { TraceReader } from './trace.ts'

/** What the kernel of a guest wrote while its faulty viewer ran a document that does one thing after the other. */
const TRACE = readFileSync('test/vectors/guest-trace.txt')
const GUARD = '0x449dc8caed60ec6b'

function read(cut: number): Happening[] {
  const reader = new TraceReader({ guard: GUARD })
  const pieces = Array.from({ length: Math.ceil(TRACE.length / cut) }, (_, at) => TRACE.subarray(at * cut, (at + 1) * cut))
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()]
}

it('the trace of a real guest is read as what was done in it, however it is cut', () => {
  const all = read(4096)
  expect(read(7)).toEqual(all)
  const document = '/home/user/Documents/document.pdf'
  const told = all.filter(({ kind }) => kind !== 'file').map(({ t: _t, rank: _rank, ...what }) => what)
  expect(told).toEqual([
    { kind: 'process-start', pid: 113, parent: expect.any(Number) as unknown, image: document, arguments: [document] },
    { kind: 'library-call', pid: 113, call: 'dlopen', argument: expect.stringContaining('_ctypes') as unknown },
    { kind: 'library-call', pid: 113, call: 'dlopen', argument: expect.stringContaining('mmap') as unknown },
    { kind: 'memory', pid: 113, call: 'mmap', protection: 'rwx', length: 4096, anonymous: true },
    { kind: 'process-start', pid: 115, parent: 113, image: document },
    { kind: 'process-start', pid: 115, parent: 113, image: '/bin/echo', arguments: ['/bin/echo', 'a "quoted"\nline'] },
    { kind: 'process-end', pid: 115, code: 0 },
    { kind: 'connect', pid: 113, protocol: 'other', to: '203.0.113.7', port: 443 },
    { kind: 'library-call', pid: 113, call: 'system', argument: 'true' },
    { kind: 'process-start', pid: 116, parent: 113, image: document },
    { kind: 'process-start', pid: 116, parent: 113, image: '/bin/sh', arguments: ['sh', '-c', 'true'] },
    { kind: 'process-end', pid: 116, code: 0 },
    { kind: 'fault', pid: 113, image: document, signal: 'SIGSEGV', address: '0x4141414141' },
    { kind: 'process-end', pid: 113, signal: 'SIGSEGV' },
  ])
  expect(all).toContainEqual(expect.objectContaining({ kind: 'file', action: 'create', path: '/tmp/left.sh' }))
})

it('and gives the signals of what was done', () => {
  const where = environment()
  const signals = judgeRun({ environment: where, options: { macros: false, egress: 'none', checkHeap: false }, end: 'crashed', happenings: read(4096) })
  expect([...new Set(signals.map(({ id, weight }) => `${id} ${weight}`))]).toEqual([
    'unexpected-process effect',
    'executable-memory odd',
    'crash crash',
    'library-call active',
    'network-attempt active',
    'dropped-file active',
  ])
})
