import { compilePattern, findPattern } from '#scanner/formats/javascript/patterns.ts'
import { runAcrobatScripts, runPageScripts } from '#scanner/formats/javascript/run.ts'
import { readEps } from '#scanner/formats/postscript/eps.ts'
import { readTerminate } from '#scanner/formats/vbscript-terminate.ts'
import { buildEps, hiddenProgram } from '#test/harness/documents/eps.ts'
import { joined, latin, parted, type Target } from '../target.ts'

const TEXTS = { info: { Title: '75 6e' }, fields: { Text1: 'app.alert(7)' }, annotations: [{ subject: 'app.alert("note")' }] }
const LIMITS = { steps: 200_000, bytes: 4 * 2 ** 20 }
const SCRIPTS = [
  'var s = unescape("%u4141%u4242"); while (s.length < 5000) s += s; var a = new Array(); for (var i = 0; i < 50; i++) a[i] = s.substr(0, 999) + "x"; eval("app.alert(" + a.length + ")")',
  '[3, 1, 2].sort(function (a, b) { return a - b }).map(x => x * 2).join("-").replace(/(\\d)-(\\d)/g, "$2$1"); try { throw new Error("x") } catch (e) { app.alert(e.message) } finally { this.info.Title }',
  'switch (typeof app.viewerVersion) { case "number": Collab.getIcon("a"); break; default: util.printf("%5000f", 1) } label: for (var k in { a: 1, "b": 2 }) { if (k == "b") continue label; delete this[k] } do { var z = z ? z << 2 >>> 1 : 1 } while (z < 90)',
  'var o = { get a() { return `t${1 + 1}` }, set a(v) {} }; app.setTimeOut("app.alert(1)", 10); document.write("<script>x()</script>"); new ActiveXObject("WScript.Shell").Run("calc"); String.fromCharCode.apply(null, [65, 66])',
].map((source) => Buffer.from(source))

export const SCRIPT_TARGETS: readonly Target[] = [
  {
    name: 'formats/javascript/run.ts',
    read: (bytes, budget) => runAcrobatScripts([latin(bytes)], { limits: LIMITS, outside: (steps) => budget.step(steps), texts: () => TEXTS }),
    seeds: () => SCRIPTS,
  },
  {
    name: 'formats/javascript/run.ts (page)',
    read: (bytes, budget) => runPageScripts([latin(bytes)], { limits: LIMITS, outside: (steps) => budget.step(steps) }),
    seeds: () => SCRIPTS,
  },
  {
    name: 'formats/javascript/patterns.ts',
    read: (bytes, budget) => {
      const [pattern, text] = parted(bytes, 2).map(latin)
      const compiled = compilePattern(pattern!, 'gi')
      return compiled && findPattern(compiled, text!, 0, () => budget.step())
    },
    seeds: () =>
      [
        ['(a+)+$', 'aaaaaaaaaaaaaaaaaaaaab'],
        ['^(?:[^\\]a-z\\d]|\\w{2,3}?|(b)\\1)*(?=c)', '0-bb_ac'],
        ['\\bx.\\u0041\\x42|$', 'yx A B'],
      ].map(([pattern, text]) => joined(Buffer.from(pattern!), Buffer.from(text!))),
  },
  {
    name: 'formats/vbscript-terminate.ts',
    read: (bytes, budget) => readTerminate(latin(bytes), budget),
    seeds: () => [Buffer.from('Class c\nPrivate Sub Class_Terminate()\nSet a(0) = b(1) : b(1) = 0\nEnd Sub\nEnd Class\nErase b')],
  },
  {
    name: 'formats/postscript/eps.ts',
    read: (bytes, budget) => readEps(bytes, budget),
    seeds: () => [
      buildEps(hiddenProgram('/a 100 string def a 0 88 put')),
      Buffer.from(
        '%!PS\n<4142> cvx exec /k 5 def [1 2] {pop} forall (a\\051) 1 1 getinterval 16#ff 3 {dup} repeat << /a 1 >> begin a end { stop } stopped 1 2 copy /s save def s restore',
      ),
    ],
  },
]
