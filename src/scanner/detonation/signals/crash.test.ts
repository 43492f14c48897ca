import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyHappening } from '#test/harness/detonation/any-happening.ts'
import { detonation, happening } from '#test/harness/detonation/runs.ts'
import type { HappeningOf } from '../contract.ts'
import { crashesOf, faultsOf, judgeCrashes, sameCrash, triage } from './crash.ts'
import { findInput } from './input-bytes.ts'

type Fault = HappeningOf<'fault'>
const STACK = ['libpoppler.so.126+0x1234', 'libpoppler.so.126+0x88', 'libc.so.6+0x271ca']
const fault = (of: Partial<Fault> = {}) => happening('fault', { pid: 812, image: '/usr/bin/pdftoppm', signal: 'SIGSEGV', stack: STACK, ...of }) as Fault
/** A document that holds the bytes of 0x4b1d5a11feed, lowest first. */
const DOCUMENT = Buffer.concat([Buffer.from('%PDF-1.7 '), Buffer.from('edfe115a1d4b0000', 'hex')])
const CHOSEN = '0x4b1d5a11feed'
const of = (fault_: Fault, said?: string) => triage(fault_, [DOCUMENT], said)

describe('a fault', () => {
  it('at null is a crash and no exploit, read, written or jumped to', () => {
    for (const access of ['read', 'write', 'execute'] as const)
      for (const address of ['0x0', '0x18', '0xffff', '0xfffffffffffffff8'])
        expect(of(fault({ address, access }))).toMatchObject({ address: 'null', shows: 'crash' })
  })

  it('whose written or executed address stands in the document shows control', () => {
    expect(of(fault({ address: CHOSEN, access: 'write' }))).toMatchObject({
      address: 'input-controlled',
      shows: 'control',
      controlled: [{ in: 'address', input: 0, offset: 9 }],
    })
    expect(of(fault({ address: CHOSEN, access: 'execute' })).shows).toBe('control')
    // A read at such an address damages nothing yet, and the same address without the document is just wild.
    expect(of(fault({ address: CHOSEN, access: 'read' })).shows).toBe('damage')
    expect(triage(fault({ address: CHOSEN, access: 'write' }), [])).toMatchObject({ address: 'wild', shows: 'damage' })
  })

  it('at a small distance from a register of the document is the document’s', () => {
    const registers = { rax: CHOSEN, rsp: '0x7ffe00001000' }
    expect(of(fault({ address: '0x4b1d5a11ff05', access: 'write', registers }))).toMatchObject({ address: 'input-controlled', shows: 'control' })
    expect(of(fault({ address: '0x4b1d5a21ff05', access: 'write', registers }))).toMatchObject({ address: 'wild', shows: 'damage' })
  })

  it('without an address shows damage where a register holds eight bytes of the document that are none', () => {
    const document = Buffer.from('%PDF-1.7 AAAABBBB AAAABB')
    const shows = (rax: string, of: Partial<Fault> = {}) => triage(fault({ registers: { rax, rsp: '0x7ffe00001000' }, ...of }), [document])
    expect(shows('0x4242424241414141')).toMatchObject({ address: 'input-controlled', shows: 'damage', controlled: [{ in: 'rax' }] })
    // Controls: it is not of the document, could be an address, or the processor told what was reached for.
    expect(shows('0x5242424241414141')).toMatchObject({ address: 'none', shows: 'crash' })
    expect(shows('0x424241414141')).toMatchObject({ address: 'none', shows: 'crash' })
    expect(shows('0x4242424241414141', { address: '0x8', access: 'read' })).toMatchObject({ address: 'null', shows: 'crash' })
    expect(shows('0x4242424241414141', { signal: 'SIGABRT' })).toMatchObject({ address: 'none', shows: 'crash' })
  })

  it('with the instruction outside any file shows control where the document holds its address', () => {
    const outside = { instruction: CHOSEN, registers: { rax: '0x1' } }
    expect(of(fault({ ...outside, signal: 'SIGILL' }))).toMatchObject({ outside: true, shows: 'control' })
    expect(of(fault({ ...outside, signal: 'SIGILL', module: '/usr/lib/libpoppler.so' }))).toMatchObject({ outside: false, shows: 'crash' })
    // The trace alone knows no modules: that nobody looked is no sign.
    expect(of(fault({ instruction: CHOSEN, signal: 'SIGILL' }))).toMatchObject({ outside: false, shows: 'crash' })
  })

  it('next to the stack pointer is an exhausted stack', () => {
    expect(of(fault({ address: '0x7ffe00000ff8', access: 'write', registers: { rsp: '0x7ffe00001000' } }))).toMatchObject({ address: 'stack', shows: 'crash' })
  })

  it('that the C library raised over its heap shows damage, any other abort does not', () => {
    for (const said of [
      'free(): invalid pointer',
      'double free or corruption (!prev)',
      '*** stack smashing detected ***: terminated',
      'malloc(): corrupted top size',
    ])
      expect(of(fault({ signal: 'SIGABRT' }), said)).toMatchObject({ shows: 'damage' })
    expect(of(fault({ signal: 'SIGABRT' }), "terminate called after throwing an instance of 'std::bad_alloc'")).toMatchObject({
      shows: 'crash',
      damage: undefined,
    })
  })

  it('is told once, by the higher rank where the two differ', () => {
    const both = [fault({ rank: 'guest', address: '0x1234567', registers: { rax: '0x1' } }), fault({ rank: 'kernel', address: '0x7654321', stack: undefined })]
    const merged = faultsOf([both[0]!, { ...both[1]! }])
    expect(merged).toHaveLength(1)
    expect(merged[0]).toMatchObject({ fault: { address: '0x7654321', registers: { rax: '0x1' } }, places: [0, 1] })
  })
})

describe('bytes of the document in a value', () => {
  it('are found in both orders, wherever they stand', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.bigInt({ min: 0x1_02_03_04_05n, max: (1n << 48n) - 1n }),
        fc.uint8Array({ maxLength: 200 }),
        fc.boolean(),
        (before, value, after, reverse) => {
          const telling = value
            .toString(16)
            .padStart(12, '0')
            .match(/../g)!
            .filter((byte) => byte !== '00' && byte !== 'ff')
          fc.pre(telling.length >= 3)
          const bytes = Buffer.from(value.toString(16).padStart(2 * Math.ceil(value.toString(16).length / 2), '0'), 'hex')
          const data = Buffer.concat([before, reverse ? Buffer.from(bytes).reverse() : bytes, after])
          const found = findInput('rax', `0x${value.toString(16)}`, [Buffer.alloc(3), data])
          expect(found).toMatchObject({ in: 'rax', input: 1 })
          expect(found!.offset).toBeLessThanOrEqual(before.length)
        },
      ),
    )
  })

  it('are no sign in small numbers, and four that a large input holds once by chance', () => {
    const large = Buffer.concat([Buffer.alloc(100_000), Buffer.from('41424344', 'hex')])
    expect(findInput('rax', '0x41424344', [large])).toBeUndefined()
    expect(findInput('rax', '0x41424344', [Buffer.concat([large, Buffer.from('41424344', 'hex')])])).toBeDefined()
    expect(findInput('rax', '0x41424344', [large.subarray(-1000)])).toBeDefined()
    for (const small of ['0x0', '0x41', '0x4142', '0x414243', '0xffffffffffffffff', '0x100000000'])
      expect(findInput('rax', small, [Buffer.alloc(1000, 0x41), large])).toBeUndefined()
  })
})

describe('crashes over several runs', () => {
  const options = { macros: false, egress: 'none', checkHeap: false } as const
  const run = (...faults: readonly Fault[]) => detonation(faults, { end: 'crashed' })
  const control = fault({ address: CHOSEN, access: 'write' })

  it('support confirmed only where the same control is seen twice', () => {
    expect(judgeCrashes([run(control), run(control)], [DOCUMENT])).toMatchObject({ repeated: true, supports: 'confirmed', heap: 'not tried' })
    expect(judgeCrashes([run(control)], [DOCUMENT])).toMatchObject({ repeated: false, supports: 'memory-damage' })
    expect(judgeCrashes([run(control, control)], [DOCUMENT])).toMatchObject({ repeated: false })
    expect(judgeCrashes([run(control), run(fault({ address: CHOSEN, access: 'write', stack: ['libc.so.6+0x1'] }))], [DOCUMENT])).toMatchObject({
      repeated: false,
    })
    expect(judgeCrashes([run(control), detonation([control], { end: 'crashed', options: { ...options, checkHeap: true } })], [DOCUMENT])).toMatchObject({
      repeated: false,
    })
    expect(judgeCrashes([run(), run()], [DOCUMENT])).toBeUndefined()
  })

  it('are never confirmed by null reads, however often', () => {
    const nullRead = fault({ address: '0x8', access: 'read' })
    expect(judgeCrashes([run(nullRead), run(nullRead), run(nullRead)], [DOCUMENT])).toMatchObject({ repeated: true, supports: 'crash' })
  })

  it('show damage where a checked heap finds it', () => {
    const checked = detonation([happening('viewer', { state: 'closed', detail: 'free(): invalid pointer', rank: 'guest' }), fault({ signal: 'SIGABRT' })], {
      end: 'crashed',
      options: { ...options, checkHeap: true },
    })
    expect(judgeCrashes([run(fault({ address: '0x8', access: 'read' })), checked], [])).toMatchObject({ heap: 'damaged', supports: 'memory-damage' })
    expect(judgeCrashes([run(fault({ address: '0x8', access: 'read' })), detonation([], { options: { ...options, checkHeap: true } })], [])).toMatchObject({
      heap: 'not damaged',
      supports: 'crash',
    })
  })

  it('take an abort that only a checked heap has for damage', () => {
    const checked = detonation([fault({ signal: 'SIGABRT' })], { end: 'crashed', options: { ...options, checkHeap: true } })
    expect(judgeCrashes([detonation([]), checked], [])).toMatchObject({ heap: 'damaged', supports: 'memory-damage' })
    // The control: without a run on an unchecked heap, it can be any abort.
    expect(judgeCrashes([checked], [])).toMatchObject({ heap: 'not damaged', supports: 'crash' })
    expect(judgeCrashes([run(fault({ signal: 'SIGABRT' })), checked], [])).toMatchObject({ heap: 'not damaged', supports: 'crash' })
  })

  it('are judged whatever was told', () => {
    fc.assert(
      fc.property(fc.array(fc.array(anyHappening, { maxLength: 20 }), { maxLength: 4 }), fc.uint8Array({ maxLength: 100 }), (runs, input) => {
        const told = runs.map((happenings) => ({ happenings, options }))
        const answer = judgeCrashes(told, [input])
        const all = told.map((one) => crashesOf(one, [input]))
        expect(answer === undefined).toBe(all.every(({ length }) => length === 0))
        // Confirmed rests on two runs that show the same control.
        if (answer?.supports === 'confirmed')
          expect(all.filter((crashes) => crashes.some((one) => one.shows === 'control' && sameCrash(one, answer.crash))).length).toBeGreaterThan(1)
      }),
    )
  })
})
