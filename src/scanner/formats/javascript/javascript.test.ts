import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { runAcrobatScripts, SCRIPT_LIMITS, type ScriptRun } from './run.ts'
import { compilePattern, findPattern } from './patterns.ts'
import { codeAt, head, joined, part, repeated, repeatedUnit } from './text.ts'

const TEXTS = { info: { Title: '75 6e' }, fields: { Text1: 'app.alert(7)' }, annotations: [{ subject: 'app.alert("from a note")' }] }

function run(source: string, limits = SCRIPT_LIMITS): ScriptRun {
  return runAcrobatScripts([source], { limits, outside: () => {}, texts: () => TEXTS })
}

/** What a script says by app.alert. */
function alerts(source: string): unknown[] {
  return run(source).recorded.flatMap(({ name, values }) =>
    name === 'app.alert' ? values.map((value) => (value.type === 'text' ? value.head : value.type === 'number' ? value.value : value.type)) : [],
  )
}

describe('a script is followed', () => {
  it.each([
    ['1 + 2 * 3 - 4 / 2 + "x"', ['5x']],
    ['[3, 1, 2].sort().reverse().join("-")', ['3-2-1']],
    ['"a1b22".replace(/[0-9]+/g, function (n) { return "<" + n + ">" })', ['a<1>b<22>']],
    ['"%u4141".replace(/%u(..)(..)/, "$2$1")', ['4141']],
    ['unescape("%u0041%42") + String.fromCharCode(67, 68)', ['ABCD']],
    ['eval("var q = 6; q * 7")', [42]],
    ['new Function("a", "b", "return a + b")(20, 22)', [42]],
    ['(function f() { return arguments.callee.toString().length })()', [58]],
    ['typeof nothing + typeof app + typeof "" + typeof function () {}', ['undefinedobjectstringfunction']],
    ['[1, 2, 3].map(x => x * 2).filter((x) => x > 2).length', [2]],
    ['`a${1 + 1}b`', ['a2b']],
    ['"abc".split("").reverse().join("")', ['cba']],
    ['parseInt("ff", 16) ^ 0x0f | 010', [248]],
    ['(-1 >>> 28) + (1 << 3)', [23]],
    ['this.info.Title + info.title', ['75 6e75 6e']],
    ['({ get a() { return 5 } }).a', [5]],
    ['"constructor" in {} ? 1 : ({}).__proto__ === undefined ? 2 : 3', [1]],
  ])('%s', (expression, expected) => expect(alerts(`app.alert(${expression})`)).toEqual(expected))

  it.each([
    ['loops and jumps', 'out: for (var i = 0; ; i++) { for (;;) { if (i > 2) break out; continue out } } app.alert(i)', [3]],
    ['each', 'var s = ""; for (var k in { a: 1, b: 2 }) s += k; for (const c of "xy") s += c; app.alert(s)', ['abxy']],
    ['switch', 'switch (2) { case 1: app.alert("no"); case 2: app.alert(2); case 3: app.alert(3); break; default: app.alert("no") }', [2, 3]],
    ['try', 'try { try { nothing() } finally { app.alert("f") } } catch (e) { app.alert(e.name) }', ['f', 'ReferenceError']],
    [
      'prototypes',
      'function A() { this.x = 1 } A.prototype.get = function () { return this.x }; app.alert(new A().get()); app.alert(new A() instanceof A)',
      [1, 'boolean'],
    ],
    ['closures', 'var n = (function () { var c = 0; return function () { return ++c } })(); n(); app.alert(n())', [2]],
    ['do, while, with', 'var i = 0; do i++; while (i < 3); while (i > 1) i--; with ({ z: i }) app.alert(z)', [1]],
    ['timers', 'app.setTimeOut("app.alert(1)", 5)', [1]],
    ['notes', 'this.syncAnnotScan(); eval(this.getAnnots({ nPage: 0 })[0].subject)', ['from a note']],
    ['fields', 'eval(this.getField("Text1").value); this.getField("a").value = 8; app.alert(this.getField("a").value)', [7, 8]],
    ['patterns of names', 'var [a, , b] = [1, 2, 3], { c } = { c: 4 }; app.alert(a + b + c)', [8]],
    ['versions', 'if (app.viewerVersion < 8) app.alert("old"); if (app.viewerVersion >= 10) app.alert("new")', ['old', 'new']],
    ['statements after one that fails', 'nothing.at.all(); app.alert(1)', [1]],
  ])('%s', (_, source, expected) => expect(alerts(source)).toEqual(expected))

  it('says where in the script a call stands, and that its code was fed back', () => {
    const [first, second] = run('/* four */ app.beep(1); eval("app.beep(2)")').recorded
    expect([first!.at, first!.fed, second!.at, second!.fed]).toEqual([11, false, 24, true])
  })

  it('as far as it can be read', () => {
    const { recorded, broken } = run('app.alert(1); if (true) { app.alert(2); var = ; } app.alert(3)')
    expect(recorded.map(({ values }) => values[0])).toMatchObject([{ value: 1 }, { value: 2 }])
    expect(broken).toEqual([{ script: 0, at: 44 }])
  })
})

describe('what a script costs is bounded', () => {
  it('counts a heap spray of hundreds of megabytes and builds none of it', () => {
    const before = process.memoryUsage().heapUsed
    const { spray, stopped } = run('var s = unescape("%u0d0d"); while (s.length < 0x80000) s += s; var a = []; for (var i = 0; i < 400; i++) a[i] = s + i')
    expect(spray.texts).toBeGreaterThanOrEqual(400)
    expect(spray.bytes).toBeGreaterThan(400 * 2 ** 20)
    expect(spray.unit).toBe('\u0d0d')
    expect(stopped).toBeUndefined()
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 2 ** 20)
  })

  it('counts typed arrays of one size', () => {
    const { spray } = run('var a = []; for (var i = 0; i < 500; i++) a[i] = new Uint32Array(252)')
    expect([spray.blocks, spray.blockBytes]).toEqual([500, 1008])
  })

  it('takes no long text of one variable for a spray', () => {
    expect(run('var s = "          "; while (s.length < 60000) s += "          "; this.kept = s').spray.texts).toBeLessThan(3)
  })

  it.each([
    ['an endless loop', 'while (true) {}', 'steps'],
    ['endless feeding', 'var s = "eval(s)"; eval(s); for (;;) eval("1")', 'steps'],
    ['a search that never ends', 'for (;;) "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".match(/a*a*a*a*a*a*a*a*b/)', 'steps'],
    ['members without end', 'var o = {}; for (var i = 0; ; i++) o["k" + i] = { i: i }', 'steps'],
    ['an array that grows', 'var a = [1]; for (;;) a = a.concat(a)', 'bytes'],
    ['callbacks that call for more', 'function f() { app.setTimeOut("f()", 1); app.setTimeOut("f()", 1) } f(); for (;;);', 'steps'],
  ])('%s ends', (_, source, why) => expect(run(source, { steps: 200_000, bytes: 2 ** 22 }).stopped).toBe(why))

  it.each([
    ['recursion', 'function f() { return f() } f(); app.alert(1)'],
    ['recursion through a conversion', 'var o = {}; o.toString = function () { return "" + o }; "" + o; app.alert(1)'],
    ['an array inside itself', 'var a = []; a[0] = a; "" + a; app.alert(1)'],
    ['a text longer than any', 'var s = "xxxxxxxx"; for (;;) s += s; '],
    ['a getter of itself', 'var o = { get a() { return this.a } }; o.a; app.alert(1)'],
    ['a prototype of itself', 'function F() {} F.prototype = new F(); F.prototype.constructor.prototype = F.prototype; new F().nothing; app.alert(1)'],
  ])('%s is an exception of the script', (_, source) => {
    const { stopped } = run(`try { ${source} } catch (e) { app.alert(e.name) }`)
    expect(stopped).toBeUndefined()
  })

  it.each([
    '(',
    '[',
    '{',
    'a[',
    'f(',
    '!',
    'new ',
    '`${',
    'if(1)',
    'x=>',
    'function(){',
    '{a:',
    'a?',
    'a.',
    '-',
    'try{',
    'eval("',
    "'+'",
    '/*',
    '/a',
    '\\u',
    'do ',
    'a:',
    '1+',
    'a=',
    'switch(1){case 1:',
  ])('%j, ten thousand times, is answered', (unit) => {
    const before = process.cpuUsage().user
    run(unit.repeat(10_000))
    expect((process.cpuUsage().user - before) / 1e6).toBeLessThan(3)
  })
})

describe('any input is answered', () => {
  const PIECES = [
    'var a=',
    'function f(a,b){',
    '}',
    '(',
    ')',
    '[',
    ']',
    'a',
    '.b',
    '[0]',
    '=',
    '+',
    '+=',
    '"x"',
    "'",
    '/x*/g',
    '.replace(',
    '`${',
    'eval(',
    'this',
    'for(;;)',
    'for(a in b)',
    'while(a)',
    'try{',
    '}catch(e){',
    'finally{',
    'app.addToolButton({cName:"a",cEnable:"f()"})',
    'new ',
    'Array(9)',
    '.join(a)',
    'return ',
    ';',
    ',',
    '=>',
    '...',
    'switch(a){',
    'case 1:',
    '%',
    '\n',
    'unescape("%u4141")',
    'while(a.length<99999)a+=a;',
    '.split("")',
    '.sort(f)',
    '.call(',
    'arguments',
    'Function(',
    'delete a',
    'typeof ',
    'getAnnots()',
    '.concat(a)',
    'with(a)',
    '0x',
    '\\',
  ]
  const limits = { steps: 30_000, bytes: 2 ** 21 }

  test.prop([fc.array(fc.constantFrom(...PIECES), { maxLength: 60 })], { numRuns: 500 })('any order of pieces', (pieces) => {
    const ended = run(pieces.join(''), limits)
    expect(ended.recorded.length).toBeLessThanOrEqual(2400)
  })

  test.prop([fc.string({ maxLength: 200, unit: 'binary' })], { numRuns: 500 })('any text', (source) => {
    expect(run(source, limits).broken.length).toBeLessThanOrEqual(1)
  })

  const WHOLE =
    'var s = unescape("%u0c0c"); while (s.length < 0x8000) s += s; function go(x) { try { return x.replace(/[a-z]+/gi, function (m) { return m + `${s.length}` }) } catch (e) { throw e } finally { s = s.substr(1) } } switch (go("ab1")) { case "x": break; default: app.addToolButton({ cName: "n", cEnable: "go(1)" }) } for (var k in { a: 1 }) eval("Collab.getIcon(s)"); '
  test.prop([fc.nat(WHOLE.length)], { numRuns: 150 })('cut off anywhere', (length) => void run(WHOLE.slice(0, length), limits))
  test.prop([fc.array(fc.tuple(fc.nat(WHOLE.length - 1), fc.integer({ min: 32, max: 126 })), { minLength: 1, maxLength: 6 })], { numRuns: 250 })(
    'changed anywhere',
    (changes) => {
      const chars = WHOLE.split('')
      for (const [at, code] of changes) chars[at] = String.fromCharCode(code)
      run(chars.join(''), limits)
    },
  )

  it('gives the same twice', () =>
    expect(run(`${WHOLE} app.alert(Math.random() + new Date().getTime())`)).toEqual(run(`${WHOLE} app.alert(Math.random() + new Date().getTime())`)))
})

describe('long texts', () => {
  test.prop([fc.array(fc.string({ minLength: 1, maxLength: 3000 }), { minLength: 1, maxLength: 40 }), fc.nat(), fc.nat()], { numRuns: 100 })(
    'are what they are joined from',
    (pieces, a, b) => {
      const whole = pieces.join('').repeat(3)
      const text = [...pieces, ...pieces, ...pieces].reduce<ReturnType<typeof joined>>((left, right) => joined(left, right), '')
      const [from, to] = [Math.min(a, b) % whole.length, Math.max(a, b) % (whole.length + 1)]
      expect(text.length).toBe(whole.length)
      expect(head(text, text.length)).toBe(whole)
      expect(head(part(text, from, to), whole.length)).toBe(whole.slice(from, to))
      expect(codeAt(text, from)).toBe(whole.charCodeAt(from))
    },
  )

  it('know what they repeat', () => {
    const text = repeated('ab', 2 ** 28)
    expect([text.length, repeatedUnit(text), repeatedUnit('no such thing'.repeat(1) + 'abcdefghij'.split('').reverse().join(''))]).toEqual([
      2 ** 29,
      'ab',
      undefined,
    ])
  })
})

describe('a simple pattern', () => {
  const SIMPLE = ['a+b', '[a-c]*c', '^a', 'b$', 'a|b', '(a)(b+)', 'a{2,3}', '.b', '\\w+\\d', 'a*?b', '[^a]', 'A(?:b)c', '\\ba']
  test.prop([fc.constantFrom(...SIMPLE), fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', ' '), maxLength: 12 }), fc.constantFrom('', 'i')], {
    numRuns: 500,
  })('finds what the language finds', (source, text, flags) => {
    const expected = new RegExp(source, flags).exec(text)
    const found = findPattern(compilePattern(source, flags)!, text, 0, () => {})
    expect(found && [found.from, text.slice(found.from, found.to), ...found.groups]).toEqual(expected ? [expected.index, ...expected] : undefined)
  })

  it.each(['(a+)+', '(?=a)', '\\1', '(a|b)', '[', '(', 'a{', '*'])('%s is none and is not followed', (source) =>
    expect(compilePattern(source, '')).toBeUndefined(),
  )
})
