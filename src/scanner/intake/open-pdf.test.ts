import { deflateSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { buildPdf, objectStream } from '#test/harness/documents.ts'
import type { FactKind, FactOf } from './fact.ts'
import { LIMITS } from './limits.ts'
import { unpack } from './unpack.ts'

function factsOf<K extends FactKind>(kind: K, bytes: Buffer): FactOf<K>[] {
  return unpack(bytes, { limits: LIMITS, passwords: [] }).facts.filter((fact): fact is FactOf<K> => fact.kind === kind)
}

it('reports the whole source of each script with what starts it', () => {
  const long = `x=1;${' '.repeat(5000)}y=2`
  const pdf = buildPdf([
    '<</Type /Catalog /OpenAction <</S /JavaScript /JS 2 0 R>> /AA <</WC <</S /JavaScript /JS (b\\(\\))>>>>>>',
    { dictionary: '/Filter /FlateDecode', data: deflateSync(Buffer.from(long)) },
    objectStream({ 9: '<</S /JavaScript /JS <feff0063>>>' }),
  ])
  expect(factsOf('pdf-javascript', pdf).map(({ path, trigger, source }) => ({ path, trigger, source }))).toEqual([
    { path: '/', trigger: 'open', source: long },
    { path: '/', trigger: 'document', source: 'b()' },
    { path: '/object-3', trigger: 'unknown', source: 'c' },
  ])
})

it('reports the packets of an XFA form, and a form of one stream as xdp', () => {
  const packets = buildPdf([
    '<</Type /Catalog /AcroForm <</XFA [(template) 2 0 R (datasets) 3 0 R (missing) 9 0 R]>>>>',
    { dictionary: '/Filter /FlateDecode', data: deflateSync(Buffer.from('<template/>')) },
    { dictionary: '', data: Buffer.from('<data/>') },
  ])
  expect(factsOf('xfa', packets).map(({ packet, bytes }) => [packet, bytes.toString()])).toEqual([
    ['template', '<template/>'],
    ['datasets', '<data/>'],
  ])
  const whole = buildPdf(['<</Type /Catalog /AcroForm 2 0 R>>', '<</XFA 3 0 R>>', { dictionary: '', data: Buffer.from('<xdp/>') }])
  expect(factsOf('xfa', whole).map(({ packet, bytes }) => [packet, bytes.toString()])).toEqual([['xdp', '<xdp/>']])
})
