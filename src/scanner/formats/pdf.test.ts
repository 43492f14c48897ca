import { deflateSync } from 'node:zlib'
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { Budget, LIMITS } from '#scanner/intake/limits.ts'
import { buildPdf, objectStream } from '#test/harness/documents.ts'
import { reads } from '#test/harness/hostile-pdf.ts'
import { isDict, isName, PdfLexer, type PdfValue } from './pdf-lexer.ts'
import { openPdf, type Pdf } from './pdf.ts'

const open = (...parts: (string | Buffer)[]) =>
  openPdf(Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part))), new Budget())
const lex = (text: string) => new PdfLexer(Buffer.from(text, 'latin1'), 0, new Budget()).value()
const numbers = (pdf: Pdf) =>
  [...pdf.objects].filter(({ number }) => number >= 0).map(({ number, value, apart }) => [number, value, apart].filter((one) => one !== undefined))

describe('values', () => {
  it.each<[string, unknown]>([
    ['12', 12],
    ['-.5', -0.5],
    ['+17.0', 17],
    ['4294967296', 4294967296],
    ['--5', 0],
    ['12 0 R', { ref: 12 }],
    ['12 0 Rx', 12],
    ['(a\\(b\\)\\101\\\nc\\r(d))', 'a(b)Ac\r(d)'],
    ['<4 1 4 2 4>', 'AB@'],
    ['<feff00e4>', 'ä'],
    ['true', true],
    ['null', null],
    ['/A#42#2f', { name: 'AB/', hidden: 'A#42#2f' }],
    ['/A#20B', { name: 'A B' }],
    ['[1 /B (c) [2]]', [1, { name: 'B' }, 'c', [2]]],
    ['endobj', undefined],
  ])('%s', (text, value) => expect(lex(text)).toEqual(value))

  it('of a dictionary keep the place of its brackets, and pass over what is stray', () => {
    const value = lex(' <</A 1 ) /B <</C [<</D 2>>]>> ') as PdfValue
    expect(isDict(value) && [value.at, value.dict.get('A')]).toEqual([1, 1])
    const inner = isDict(value) ? value.dict.get('B') : undefined
    expect(isDict(inner) && inner.at).toBe(13)
  })

  it('nest without end, and are cut there', () => {
    expect(JSON.stringify(lex('['.repeat(5000))).length).toBeLessThan(200)
    expect(() => lex('<</A'.repeat(5000))).not.toThrow()
  })
})

describe('a PDF', () => {
  it('shows objects before its header and behind its end', () => {
    expect(numbers(open('7 0 obj (before) endobj %PDF-1.7\n1 0 obj (in) endobj\n%%EOF\n2 0 obj (behind) endobj'))).toEqual([
      [7, 'before'],
      [1, 'in'],
      [2, 'behind', 'after-end'],
    ])
  })

  it('shows every version, says which are replaced, and resolves the newest', () => {
    const pdf = open('%PDF-1.7\n1 0 obj (old) endobj %%EOF 1 0 obj (new) endobj 2 0 obj 1 0 R endobj %%EOF')
    expect(numbers(pdf).slice(0, 2)).toEqual([
      [1, 'old', 'replaced'],
      [1, 'new'],
    ])
    expect(pdf.resolve({ ref: 2 })?.value).toBe('new')
    expect(pdf.versions({ ref: 1 }).map(({ value }) => value)).toEqual(['new', 'old'])
  })

  it('holds an object of a later object stream for newer than one that stands in the file', () => {
    const stream = objectStream({ 5: '(inner)' })
    const packed = buildPdf(['(catalog)', stream])
    const pdf = open('5 0 obj (outer) endobj\n', packed)
    expect(pdf.resolve({ ref: 5 })).toMatchObject({ value: 'inner', within: 2 })
    expect(open(packed, '\n5 0 obj (outer) endobj\n').resolve({ ref: 5 })?.value).toBe('outer')
  })

  it('does not take what stands inside a stream for a newer version', () => {
    const pdf = open(buildPdf(['(catalog)', { dictionary: '/A 1', data: Buffer.from('1 0 obj (copy) endobj') }]))
    expect(pdf.resolve({ ref: 1 })?.value).toBe('catalog')
    expect(numbers(pdf)).toContainEqual([1, 'copy', 'inside-stream'])
  })

  it.each(['12', '9 0 R', '3', '999999', '-1', '8 0 R', '(x)'])('finds the end of a stream whose length is %s', (length) => {
    const pdf = open(`%PDF-1.7\n9 0 obj 12 endobj\n1 0 obj <</Length ${length}>> stream\r\nthe contents\nendstream endobj`)
    const stream = [...pdf.objects].find(({ data }) => data !== undefined)!
    expect(stream.data!.toString().trimEnd()).toBe('the contents')
  })

  it('believes a right length over an "endstream" inside', () => {
    const data = Buffer.from('a endstream b')
    const pdf = open(buildPdf(['(c)', { dictionary: '/A 1', data }]))
    expect(pdf.decode(pdf.resolve({ ref: 2 })!).equals(data)).toBe(true)
  })

  it('follows no circle and no chain without end', () => {
    const chain = Array.from({ length: 40 }, (_, i) => `${i + 1} 0 obj ${i + 2} 0 R endobj`).join('\n')
    expect(open(chain).resolve({ ref: 1 })).toBeUndefined()
    expect(open('1 0 obj 2 0 R endobj 2 0 obj 1 0 R endobj').resolve({ ref: 1 })).toBeUndefined()
    expect([...open('1 0 obj <</Length 1 0 R>> stream\nx endstream').objects][0]!.data?.toString()).toBe('x ')
  })

  it('follows references in filters and object streams, and says what of them is broken', () => {
    const packed = deflateSync(Buffer.from('8 0 (inner)'))
    const pdf = open(
      '3 0 obj /FlateDecode endobj 4 0 obj 4 endobj\n',
      buildPdf(['(c)', { dictionary: '/Type /ObjStm /N 1 /First 4 0 R /Filter 3 0 R', data: packed }]),
    )
    expect(pdf.resolve({ ref: 8 })?.value).toBe('inner')
    const broken = open(buildPdf(['(c)', { dictionary: '/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode', data: Buffer.alloc(40, 0xff) }]))
    expect(broken.damage).toEqual(['object 2: the FlateDecode data are broken'])
  })

  it('lists its trailers with what stands in them', () => {
    const pdf = open('%PDF-\ntrailer <</Root <</AcroForm <<>>>>>>')
    expect([...pdf.objects].filter(({ number, value }) => number === -1 && isDict(value))).toHaveLength(1)
  })

  it('reads objects of an object stream that stand at the same place once', () => {
    const index = Array.from({ length: 2000 }, (_, i) => `${i} 0`).join(' ')
    const pdf = open(buildPdf(['(c)', { dictionary: `/Type /ObjStm /N 2000 /First ${index.length + 1}`, data: Buffer.from(`${index} (x)`) }]))
    expect([...pdf.objects].filter(({ within }) => within === 2)).toHaveLength(1)
  })

  it('ends at the limit of steps', () => {
    const pdf = openPdf(Buffer.from('1 0 obj 1 endobj '.repeat(3000)), new Budget({ ...LIMITS, steps: 500 }))
    expect(pdf.cut).toBe('steps')
    expect([...pdf.objects].length).toBeGreaterThan(100)
  })

  it('reads again what it did not keep', () => {
    const many = Array.from({ length: 40 }, (_, i) => `${i + 1} 0 obj <</Type /Page /Text (${'x'.repeat(150_000)})>> endobj\n`).join('')
    const pdf = open(many)
    const types = () => [...pdf.objects].filter(({ value }) => isDict(value) && isName(value.dict.get('Type'), 'Page')).length
    expect([types(), types()]).toEqual([40, 40])
  })
})

const whole = Buffer.concat([
  buildPdf([
    '<</Type /Catalog /A [1 2 <41> (b)]>>',
    objectStream({ 5: '<</B 6 0 R>>', 6: '[/C]' }),
    { dictionary: '/Filter /AHx', data: Buffer.from('4142>') },
  ]),
  Buffer.from('1 0 obj <</Type /Catalog>> endobj xref trailer <</Prev 1>> %%EOF'),
])
const everything = (bytes: Buffer) => {
  const pdf = openPdf(bytes, new Budget({ ...LIMITS, steps: 200_000 }))
  for (const object of pdf.objects) {
    pdf.follow(object.value)
    pdf.versions(object.value)
    reads(bytes, () => pdf.decode(object))
  }
}

it('is read at every prefix', () => {
  for (let length = 0; length < whole.length; length++) reads(Buffer.from(whole.subarray(0, length)), everything)
})

test.prop([fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 6 })], { numRuns: 300 })(
  'is read whatever bytes are changed',
  (changes) => {
    const copy = Buffer.from(whole)
    for (const [at, value] of changes) copy[at] = value
    reads(copy, everything)
  },
)
