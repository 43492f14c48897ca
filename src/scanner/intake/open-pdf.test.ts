import { deflateSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { buildPdf, objectStream } from '#test/harness/documents.ts'
import { encryptedPdf } from '#test/harness/documents/encrypted-pdf.ts'
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

it('reports an action of a version that a later one replaces, and says so', () => {
  const pdf = Buffer.from(
    '%PDF-1.7\n1 0 obj <</Type /Catalog /OpenAction 2 0 R>> endobj 2 0 obj <</S /JavaScript /JS (old\\(\\))>> endobj\n2 0 obj <</S /JavaScript /JS (new\\(\\))>> endobj\n%%EOF\n',
  )
  expect(factsOf('pdf-javascript', pdf).map(({ source, trigger, apart }) => [source, trigger, apart])).toEqual([
    ['new()', 'open', undefined],
    ['old()', 'open', 'replaced'],
  ])
})

it('follows actions in circles and to themselves once', () => {
  const pdf = buildPdf([
    '<</Type /Catalog /OpenAction 2 0 R /Names <</JavaScript 3 0 R>>>>',
    '<</S /JavaScript /JS (a\\(\\)) /Next [2 0 R 2 0 R 4 0 R]>>',
    '<</Kids [3 0 R 3 0 R] /Names [(n) 2 0 R]>>',
    '<</S /Launch /F (a.exe) /Next 2 0 R>>',
  ])
  expect(factsOf('pdf-action', pdf).map(({ action, trigger }) => `${action} ${trigger}`)).toEqual([
    'JavaScript open',
    'Launch open',
    'JavaScript names',
    'Launch names',
  ])
})

it('opens what passwords open, and says what none does', () => {
  const locked = encryptedPdf('R6', 'user', 'owner')
  const opened = unpack(locked, { limits: LIMITS, passwords: ['user'] })
  expect(opened.facts.flatMap((fact) => (fact.kind === 'pdf-javascript' ? [fact.source] : []))).toEqual(['app.alert(1)', 'app.alert(2)'])
  expect(opened.notChecked).toEqual([])
  expect(unpack(locked, { limits: LIMITS, passwords: [] }).notChecked).toMatchObject([{ reason: 'encrypted', path: '/' }])
})

it('opens embedded files whether or not their stream says what it is, with the name that the document gives', () => {
  const pdf = buildPdf([
    '<</Type /Catalog /Names <</EmbeddedFiles <</Names [(a) 2 0 R]>>>>>>',
    '<</Type /Filespec /UF (list.csv) /EF <</F 3 0 R /UF 3 0 R>>>>',
    { dictionary: '/Filter /FlateDecode', data: deflateSync(Buffer.from('a,b\n1,2\n')) },
    { dictionary: '/Type /EmbeddedFile', data: Buffer.from('another one\n') },
  ])
  expect(factsOf('pdf-attachment', pdf).map(({ name, size }) => [name, size])).toEqual([
    ['list.csv', 8],
    ['', 12],
  ])
  expect(factsOf('part', pdf).map(({ path }) => path)).toEqual(['/', '/embedded-file-3/list.csv', '/embedded-file-4'])
})

it('says which streams are broken, and reads on', () => {
  const broken = deflateSync(Buffer.from('app.alert(1);'.repeat(400)), { level: 1 })
  broken.fill(0xff, broken.length - 12)
  const pdf = buildPdf(['<</OpenAction <</S /JavaScript /JS 2 0 R>>>>', { dictionary: '/Filter /FlateDecode', data: broken }])
  const { facts, notChecked } = unpack(pdf, { limits: LIMITS, passwords: [] })
  expect(facts.some((fact) => fact.kind === 'pdf-javascript' && fact.source.startsWith('app.alert(1);'))).toBe(true)
  expect(notChecked).toMatchObject([{ reason: 'damaged', why: 'object 2: the FlateDecode data are broken' }])
})

it('looks into trailers, where a document may stand whole', () => {
  const pdf = Buffer.from(
    '%PDF-\n1 0 obj <<>>\nstream\n<xdp/>\nendstream\nendobj\ntrailer <</Root <</AcroForm <</XFA 1 0 R>> /OpenAction <</S /JavaScript /JS (t\\(\\))>>>>>>',
  )
  expect(factsOf('xfa', pdf).map(({ packet }) => packet)).toEqual(['xdp'])
  expect(factsOf('pdf-javascript', pdf).map(({ trigger }) => trigger)).toEqual(['open'])
})
