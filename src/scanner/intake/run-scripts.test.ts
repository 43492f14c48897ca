import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { buildPdf } from '#test/harness/documents.ts'
import { moves, rleBitmap, scriptedPdf, tiffOf, xfaImage, xfaPdf, xfaScript } from '#test/harness/documents/pdf-scripts.ts'
import type { FactKind, FactOf } from './fact.ts'
import { LIMITS } from './limits.ts'
import { unpack, type Unpacked } from './unpack.ts'

function opened(bytes: Buffer): Unpacked {
  return unpack(bytes, { limits: LIMITS, passwords: [] })
}

function factsOf<K extends FactKind>(kind: K, bytes: Buffer): FactOf<K>[] {
  return opened(bytes).facts.filter((fact): fact is FactOf<K> => fact.kind === kind)
}

function callsIn(bytes: Buffer): FactOf<'script-run'>['calls'] {
  return factsOf('script-run', bytes).flatMap(({ calls }) => calls)
}

describe('the scripts of a PDF', () => {
  it('run in one interpreter, in their order, each once', () => {
    const pdf = buildPdf([
      '<</Type /Catalog /OpenAction <</S /JavaScript /JS (var a = 1; app.beep\\(a\\))>> /AA <</WC <</S /JavaScript /JS (app.beep\\(a + 1\\))>>>>>>',
      '<</S /JavaScript /JS (app.beep\\(a + 1\\))>>',
    ])
    expect(callsIn(pdf).map(({ path, call }) => [path, call.name, call.values])).toEqual([
      ['/', 'app.beep', [{ type: 'number', value: 1 }]],
      ['/', 'app.beep', [{ type: 'number', value: 2 }]],
    ])
  })

  it('read the title and the notes of their document, where exploits keep their code', () => {
    const pdf = buildPdf([
      '<</Type /Catalog /OpenAction <</S /JavaScript /JS (app.beep\\(info.title + this.getAnnots\\(0\\)[0].subject\\))>>>>',
      '<</Title (from the title)>>',
      '<</Type /Annot /Subtype /Text /Rect [0 0 0 0] /Subj (, from a note)>>',
    ])
    expect(callsIn(pdf).map(({ call }) => call.values[0])).toContainEqual(expect.objectContaining({ head: 'from the title, from a note' }))
  })

  it('that use up their budget or break off are said to be unexamined', () => {
    expect(opened(scriptedPdf('for (;;);')).notChecked).toMatchObject([{ reason: 'limit', why: 'the scripts were followed until their steps were used up' }])
    expect(opened(scriptedPdf('f(1')).notChecked).toMatchObject([{ reason: 'damaged' }])
  })

  it('are no exploit for what they name, nor for what benign forms do', () => {
    const source = `var names = "Collab.collectEmailInfo util.printf %45000f getIcon printSeps newPlayer(null) removeToolButton oneOfChild";
      if (typeof Collab.getIcon === "function" || this.printSeps || this.media.newPlayer) console.println(names);
      event.value = util.printf("%,2.2f", 12.5); this.getField("Total").value = event.value; AFNumber_Format(2, 0, 0, 0, "", true);`
    expect(scanBytes(scriptedPdf(source)).verdict).toMatchObject({ exploit: 'technique-only', cve: [], candidates: [] })
  })
})

describe('an XFA form', () => {
  it('gives its JavaScript to the interpreter and its pictures to their readers, and leaves FormCalc', () => {
    const pdf = xfaPdf(`${xfaScript('app.beep(1)')}<script>app.beep(2)</script>${xfaImage(tiffOf([[336, 204, 0]]), 'image/tif')}`)
    expect(callsIn(pdf).map(({ call }) => call.values)).toEqual([[{ type: 'number', value: 1 }]])
    expect(factsOf('xfa-tiff', pdf)).toMatchObject([{ pair: { name: 'DotRange', count: 204, limit: 2 } }])
    expect(opened(pdf).objects.map(({ via }) => via)).toContain('xfa-image')
  })

  it('may hold a picture as data, in an element of any name', () => {
    const data = `<ImageField1>${tiffOf([[530, 9, 0]]).toString('base64')}</ImageField1>`
    expect(factsOf('xfa-tiff', xfaPdf(data))).toMatchObject([{ image: 'ImageField1', pair: { name: 'YCbCrSubSampling' } }])
  })

  it('may be an XDP package, with the PDF inside', () => {
    const pdf = scriptedPdf('app.beep(1)').toString('base64')
    const xdp = Buffer.from(
      `<?xml version="1.0"?><xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/"><pdf><document><chunk>${pdf}</chunk></document></pdf><template>${xfaScript('app.beep(2)')}</template></xdp:xdp>`,
    )
    expect(callsIn(xdp).map(({ path, call }) => [path, call.values[0]])).toEqual([
      ['/chunk', { type: 'number', value: 1 }],
      ['/', { type: 'number', value: 2 }],
    ])
  })

  it.each([
    [
      'DotRange of four samples',
      [
        [277, 1, 4],
        [336, 8, 0],
      ],
    ],
    ['another tag with many values', [[273, 204, 0]]],
  ] as const)('may hold a TIFF with %s', (_, entries) => expect(factsOf('xfa-tiff', xfaPdf(xfaImage(tiffOf(entries), 'image/tif')))).toEqual([]))

  it('may hold a bitmap whose runs are a little too long; a pixel beside it after a move is a candidate', () => {
    const of = (codes: Buffer) => scanBytes(xfaPdf(xfaImage(rleBitmap(codes), 'image/bmp'))).verdict
    expect(of(Buffer.of(20, 1, 0, 1))).toMatchObject({ cve: [], candidates: [] })
    expect(of(Buffer.concat([moves(1, 20), Buffer.of(1, 1, 0, 1)]))).toMatchObject({ cve: [], candidates: [{ id: 'CVE-2013-2729' }] })
  })

  const form = xfaPdf(
    `${xfaScript('xfa.resolveNode("a.#ui").oneOfChild = xfa.resolveNode("b")')}${xfaImage(tiffOf([[336, 204, 0]]), 'image/tif')}${xfaImage(rleBitmap(moves(300, 255)), 'image/bmp')}`,
  )
  it('shows each of its exploits, as the control of what follows', () =>
    expect(scanBytes(form).verdict.cve.map(({ id }) => id)).toEqual(['CVE-2010-0188', 'CVE-2013-0640', 'CVE-2013-2729']))
  test.prop([fc.nat(form.length)], { numRuns: 200 })('is answered when it is cut off', (length) => void scanBytes(form.subarray(0, length)))
  test.prop([fc.array(fc.tuple(fc.nat(form.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })], { numRuns: 300 })(
    'is answered when bytes are changed',
    (changes) => {
      const copy = Buffer.from(form)
      for (const [at, value] of changes) copy[at] = value
      scanBytes(copy)
    },
  )
})
