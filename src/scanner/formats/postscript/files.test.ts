import { deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { Budget } from '#scanner/intake/limits.ts'
import { base85, buildEps, enciphered } from '#test/harness/documents/eps.ts'
import { readHostile } from '#test/harness/hostile-reader.ts'
import { readEps } from './eps.ts'
import { Machine } from './machine.ts'

function run(program: string): unknown[] {
  const machine = new Machine(Buffer.from(program, 'latin1'), new Budget())
  machine.run()
  return machine.stack.map((value) => ('v' in value ? value.v : value.t === 'string' ? value.s.bytes.toString('latin1', value.from, value.to) : value.t))
}

const hex = (text: string) => Buffer.from(text, 'latin1').toString('hex')
const cipher = enciphered('1 2 add currentfile closefile').toString('latin1')
const packed = (text: string) => deflateSync(Buffer.from(text, 'latin1'))

describe('a file of a program', () => {
  it.each([
    [`currentfile /ASCIIHexDecode filter cvx exec\n${hex('1 2 add')}> 7`, [3, 7]],
    [`currentfile /ASCII85Decode filter cvx exec ${base85(Buffer.from('1 2 add'))} 7`, [3, 7]],
    [`currentfile /ASCII85Decode filter /FlateDecode filter cvx exec ${base85(packed('1 2 add'))} 7`, [3, 7]],
    [`currentfile /FlateDecode filter cvx exec\n${packed('1 2 add').toString('latin1')}`, [3]],
    [`<${hex(hex('5 6'))}> /ASCIIHexDecode filter cvx exec`, [5, 6]],
    ['currentfile 0 (END) /SubFileDecode filter cvx exec 1 2 END 7', [1, 2, 7]],
    ['currentfile 4 () /SubFileDecode filter cvx exec\n1 2 3', [1, 2, 3]],
    [`currentfile eexec\n${cipher} 7`, [3, 7]],
    [`currentfile eexec ${Buffer.from(cipher, 'latin1').toString('hex')} 7`, [3, 7]],
    [`<${Buffer.from(cipher, 'latin1').toString('hex')}> eexec 7`, [3, 7]],
    ['systemdict /add get /plus exch def 1 2 plus', [3]],
    [`<~${base85(Buffer.from('ab'))}`, ['ab']],
    ['currentfile 3 string readstring\nabc 7', ['abc', true, 7]],
    ['currentfile 2 string readhexstring 41 42 7', ['AB', true, 7]],
    ['currentfile 9 string readline\nab c\n7', ['ab c', true, 7]],
    ['currentfile read\nA 7', [65, true, 7]],
    ['currentfile token 12 7', [12, true, 7]],
    ['currentfile /DCTDecode filter cvx exec 7', [7]],
    ['currentfile closefile 7', []],
    ['currentfile type currentfile xcheck', ['filetype', false]],
  ])('is read: %j', (program, left) => expect(run(program)).toEqual(left))

  it.each([
    ['a filter', (program: string) => `currentfile /ASCII85Decode filter cvx exec ${base85(Buffer.from(program))}`],
    ['a cipher', (program: string) => `currentfile eexec ${enciphered(program).toString('hex')}`],
    ['both', (program: string) => `currentfile /ASCIIHexDecode filter eexec ${hex(enciphered(program).toString('latin1'))}>`],
  ])('shows what %s hides', (_, hide) => {
    const { events } = readEps(buildEps(hide('/d 1 dict def d /a 1 put d { pop pop << >> d copy pop } forall')), new Budget())
    expect(events.map(({ kind }) => kind)).toEqual(['copy-in-forall'])
    expect(readEps(buildEps(hide('/d 1 dict def d /a 1 put d { pop pop << >> pop } forall')), new Budget()).events).toEqual([])
  })

  it.each([
    '/s 40 string def { s eexec } loop',
    `/s <${enciphered('s eexec').toString('hex')}> def s eexec`,
    '{ currentfile /ASCIIHexDecode filter cvx exec } loop',
    '/f { currentfile cvx exec } def f f f',
    '{ currentfile 100 string readhexstring } loop',
    '{ 60000 string /ASCIIHexDecode filter cvx exec } loop',
    'currentfile currentfile currentfile eexec',
  ])('ends, whatever it costs: %s', (program) => {
    const before = process.cpuUsage()
    readEps(buildEps(program), new Budget())
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(3)
  })

  it('is read at every length and with bits changed', () => {
    const document = buildEps(`currentfile /ASCII85Decode filter eexec ${base85(enciphered('1 2 add currentfile closefile'))} 7`)
    expect(readHostile(document, (bytes, budget) => readEps(bytes, budget)).read).toBeGreaterThan(100)
  })
})
