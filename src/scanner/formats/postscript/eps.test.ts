import { describe, expect, it } from 'vitest'
import { Budget } from '#scanner/intake/limits.ts'
import { buildEps, hiddenProgram } from '#test/harness/documents/eps.ts'
import { readHostile } from '#test/harness/hostile-reader.ts'
import { readEps } from './eps.ts'
import { Machine } from './machine.ts'

/** What a program leaves on the stack. */
function run(program: string): unknown[] {
  const machine = new Machine(Buffer.from(program, 'latin1'), new Budget())
  machine.run()
  return machine.stack.map((value) => ('v' in value ? value.v : value.t === 'string' ? value.s.bytes.toString('latin1', value.from, value.to) : value.t))
}

describe('the PostScript machine', () => {
  it.each([
    ['1 2 add 3 mul 16#ff 2 idiv', [9, 127]],
    ['1 2 3 3 1 roll 2 index', [3, 1, 2, 3]],
    ['/a {dup mul} def 4 a', [16]],
    ['0 1 3 {} for', [0, 1, 2, 3]],
    ['[1 2 3] {2 mul} forall', [2, 4, 6]],
    ['(ab) {1 add} forall', [98, 99]],
    ['<</k 5>> {exch pop} forall', [5]],
    ['true {1} {2} ifelse false {3} if', [1]],
    ['{1 exit 2} loop 7', [1, 7]],
    ['3 {9} repeat', [9, 9, 9]],
    ['(a(b)\\051\\n) <4142> ', ['a(b))\n', 'AB']],
    ['(abc) 1 2 getinterval dup 0 88 put', ['Xc']],
    ['(1 2 add) cvx exec', [3]],
    ['(12 rest) token', [' rest', 12, true]],
    ['{stop} stopped {1 pop} stopped', [true, false]],
    ['unknownoperator 5 pop pop 6', [6]],
    ['<</a 1>> begin a end', [1]],
    ['% a comment } \n 5', [5]],
  ])('leaves what %s leaves', (program, left) => expect(run(program)).toEqual(left))

  it.each([
    '{} loop',
    '/a {a} def a',
    '/a {a a} def a a',
    '{1} loop',
    '{99999 array pop} loop',
    '{20000 array pop} loop',
    '{1000000 string pop} loop',
    '{'.repeat(50_000),
    '['.repeat(50_000),
    '0 1 1e9 {pop} for',
    '(',
    '<',
  ])('ends, whatever it costs: %s', (program) => {
    const before = process.cpuUsage()
    readEps(buildEps(program), new Budget())
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(3)
  })

  it('says where a program does what no drawing does, and that it was not run to its end', () => {
    expect(readEps(buildEps('1 array 5 forall'), new Budget())).toEqual({ events: [{ kind: 'forall-number', offset: 59, detail: '5' }] })
    expect(readEps(buildEps('{} loop'), new Budget())).toEqual({ events: [], stopped: 'the program runs too long' })
  })

  it('is found behind a binary header', () => {
    const header = Buffer.alloc(30)
    header.writeUInt32BE(0xc5d0d3c6, 0)
    header.writeUInt32LE(30, 4)
    expect(readEps(Buffer.concat([header, buildEps('1 array 5 forall')]), new Budget()).events).toMatchObject([{ offset: 89 }])
  })

  it('runs whatever its bytes are', () => {
    expect(readHostile(buildEps(hiddenProgram('1 array 9 forall')), readEps).read).toBeGreaterThan(500)
    expect(readHostile(buildEps('/s save def [1 (a) <</b 2>>] {s restore 1 copy} forall << 1 2 >> dup {pop} forall'), readEps).read).toBeGreaterThan(500)
  })
})
