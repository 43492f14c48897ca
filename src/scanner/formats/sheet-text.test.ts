import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { Budget } from '#scanner/intake/limits.ts'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { ScanReport } from '#scanner/verdict/contract.ts'
import { buildZip } from '#test/harness/documents.ts'
import { buildEml } from '#test/harness/documents/mail.ts'
import { ddeFormula, readSheetText } from './sheet-text.ts'

const links = (text: string) => [...readSheetText(text, new Budget())].map(({ service, topic }) => `${service}|${topic}`)
const ids = (text: string) => ScanReport.parse(scanBytes(Buffer.from(text))).verdict.techniques.map(({ id }) => id)
const calc = 'cmd|/c calc'

describe('a formula that starts a program', () => {
  it.each([
    ['after an equals sign', "a,b\n=cmd|'/c calc'!A0,c\n"],
    ['after a plus', "a,b\n+cmd|'/c calc'!A0,c\n"],
    ['after a minus', "a,b\n-cmd|'/c calc'!A0,c\n"],
    ['after an at sign', "a,b\n@cmd|'/c calc'!A0,c\n"],
    ['behind a sum', "a,b\n=10+20+cmd|'/c calc'!A0,c\n"],
    ['behind a function', "a,b\n@SUM(1+1)*cmd|'/c calc'!A0,c\n"],
    ['behind white space', "a,b\n \t =cmd|'/c calc'!A0,c\n"],
    ['in quotes', 'a,b\n"=cmd|\'/c calc\'!A0",c\n'],
    ['in quotes, behind white space', 'a,b\n1, "  =cmd|\'/c calc\'!A0"\n'],
    ['among semicolons', "a;b\n1;=cmd|'/c calc'!A0\n"],
    ['among tabs', "a\tb\n1\t=cmd|'/c calc'!A0\n"],
    ['with spaces round the pipe', "a,b\n=cmd | '/c calc' !A0,=cmd|'/c calc'!A0\n"],
    ['on the last line, without its end', "a,b\n1,=cmd|'/c calc'!_xlbgnm.A1"],
    ['at the end of a very long line', `${'1,'.repeat(40_000)}=cmd|'/c calc'!A0\n`],
  ])('is read %s', (_, text) => {
    expect(links(text)).toEqual([calc])
    expect(ids(text)).toEqual(['dde'])
  })

  it('keeps what its quotes hold together, commas and semicolons too', () => {
    expect(links('a\n"=powershell|\'-w 1 $a=""x"",2;iex $a\'!A0",b\n')).toEqual(['powershell|-w 1 $a="x",2;iex $a'])
    expect(links("a;b\n=cmd|'/c echo 1,2'!A0;c\n")).toEqual(['cmd|/c echo 1,2'])
    expect(ddeFormula("='C:\\windows\\cmd.exe'|'/c calc'!A0")).toEqual({ service: 'C:\\windows\\cmd.exe', topic: '/c calc' })
  })

  it.each([
    ['negative numbers', 'a,b\n-5,-6.2\n-7|-8!,+9\n'],
    ['names behind an at sign', 'name,says\n@anna|hello!,x\n@bob|hello! you,y\n'],
    ['a list', '- a|b! c\n- d|e!f\n'],
    ['a sum and a call', '=1+2,=SUM(A1:B2)\n=HYPERLINK("http://page.example/","a|b")\n'],
    ['a text that speaks of one', "we saw =cmd|'/c calc'!A0 there\n\"he wrote 'cmd|x'!\"\n"],
    ['a formula without an item', "a,b\n=cmd|'/c calc',c\n=cmd|'/c calc'!,c\n"],
    ['another sheet', "a,b\n='a|b'!A1,=Sheet1!A1\n"],
  ])('is not seen in %s', (_, text) => {
    expect(links(text)).toEqual([])
    expect(ids(text)).toEqual([])
  })

  it('is not seen in a letter with addresses and bars', () => {
    expect(ids(buildEml([['Content-Type: text/plain', '-- \r\nAnna | anna@host.example | call me!\r\n@anna|a!b\r\n']]).toString('latin1'))).toEqual([])
  })
})

describe('a sheet in symbolic link format', () => {
  const macros = 'ID;P\nO;E\nNN;NAuto_open;ER101C1;KOut Flat;F\nC;X1;Y101;K0;EEXEC("cmd.exe /c calc;;x")\nC;X1;Y102;K0;EHALT()\nE\n'

  it('that runs a program as it opens is a macro, with what it runs', () => {
    const { verdict, type } = scanBytes(Buffer.from(macros))
    expect([type, verdict.exploit, verdict.techniques.map(({ id }) => id)]).toEqual(['slk', 'technique-only', ['excel4-macro']])
    expect(verdict.seen.map(({ value }) => value)).toContain('EXEC(cmd.exe /c calc;x)')
    expect(verdict.techniques[0]!.severity).toBe('high')
  })

  it('calls what it calls by rows and columns, and from cells that take over their row', () => {
    const text = 'ID;PWXL;N;E\nO;E\nNN;Nauto_close;ER1C1\nC;Y1;X1;EEXEC(RC[1])\nC;X2;K"calc"\nE\n'
    expect(scanBytes(Buffer.from(text)).verdict.seen.map(({ value }) => value)).toContain('EXEC(calc)')
  })

  it('that starts a program by dynamic data exchange is a technique', () => {
    expect(ids("ID;P\nC;X1;Y1;K0;Ecmd|'/c calc;;x'!A0\nE\n")).toEqual(['dde'])
  })

  it('of numbers and sums is none', () => {
    expect(ids('ID;PWXL;N;E\nB;Y2;X2\nC;Y1;X1;K-5\nC;X2;K"@a|b!c"\nC;Y2;X1;K1;ESUM(R1C1:R1C2)\nNN;NTotal;ER1C1\nE\n')).toEqual([])
  })
})

describe('a web query', () => {
  it.each([
    ['with its head', 'WEB\r\n1\r\nhttp://page.example/a.dat\r\n2\r\n\r\nSelection=1\r\n', 0],
    ['with what it sends', 'WEB\n1\nhttps://page.example/a?x=["a"]\nb=1\n', 1],
    ['to a share', 'WEB\n1\nfile://host.example/share/a\n', 0],
  ])('%s is a technique', (_, text, posts) => {
    const { verdict, type } = ScanReport.parse(scanBytes(Buffer.from(text)))
    expect([type, verdict.techniques.map(({ id, severity }) => `${id} ${severity}`)]).toEqual(['iqy', ['web-query high']])
    expect(verdict.seen).toHaveLength(1 + posts + (text.includes('\n2\r\n') ? 1 : 0))
    expect(verdict.seen[0]).toMatchObject({ offset: text.indexOf('http') === -1 ? text.indexOf('file:') : text.indexOf('http') })
  })

  it('is known by its name where its head is left out', () => {
    expect(scanBytes(buildZip([{ name: 'a.iqy', bytes: Buffer.from('http://page.example/a.dat\r\n') }])).verdict.techniques.map(({ id }) => id)).toEqual([
      'web-query',
    ])
    expect(scanBytes(buildZip([{ name: 'a.txt', bytes: Buffer.from('http://page.example/a.dat\r\n') }])).verdict.techniques).toEqual([])
  })

  it('of a workbook counts where it is refreshed on load', () => {
    const connections = (refresh: string) =>
      buildZip([
        {
          name: 'xl/connections.xml',
          bytes: Buffer.from(`<connections><connection id="1" ${refresh}><webPr xml="1" url="https://page.example/a"/></connection></connections>`),
        },
      ])
    expect(scanBytes(connections('refreshOnLoad="1"')).verdict.techniques.map(({ id }) => id)).toEqual(['web-query'])
    const { verdict } = scanBytes(connections(''))
    expect([verdict.exploit, verdict.notes.map(({ id }) => id)]).toEqual(['none-seen', ['web-query']])
  })

  it.each([
    ['without an address', 'WEB\n1\nhello\n'],
    ['to the machine itself', 'WEB\n1\nC:\\a\\b.htm\n'],
    ['that is a text about the web', 'WEB\n\nhttp://page.example/\n'],
  ])('%s is none', (_, text) => {
    expect(ids(text)).toEqual([])
  })
})

describe('hostile texts', () => {
  const seeds = ['ID;P\nO;E\nNN;NAuto_open;ER1C1\nC;X1;Y1;EEXEC("a")\nE\n', 'a,b\n=cmd|\'/c calc\'!A0,"c"\n', 'WEB\n1\nhttp://page.example/\n']
  test.prop([fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat({ max: 60 }), fc.string({ maxLength: 3 })), { maxLength: 6 })], { numRuns: 150 })(
    'are answered',
    (seed, changes) => {
      ScanReport.parse(scanBytes(Buffer.from(changes.reduce((text, [at, put]) => text.slice(0, at) + put + text.slice(at + 1), seed))))
    },
  )

  it.each(['=a|', "=a|'", '=cmd|x!y|', '=,|!', '"', ' |!', '@'])('of %j repeated cost no more than their length', (unit) => {
    const before = process.cpuUsage()
    readSheetText(unit.repeat(150_000), new Budget({ ...new Budget().limits, steps: 1e9 }))
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(1.5)
  })
})
