import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { allFixtures } from '#test/exploits/all-fixtures.ts'
import {
  buildCfb,
  buildDocx,
  buildOle1,
  buildPackage,
  buildPdf,
  buildRtf,
  buildVba,
  equationObject,
  fontRecord,
  matrixRecord,
  nativeStream,
  objectStream,
} from '#test/harness/documents.ts'
import { buildCab, buildIso, buildSevenZip, buildTar } from '#test/harness/documents/archives.ts'
import { buildWorkbookStream, token } from '#test/harness/documents/excel.ts'
import { buildUdf } from '#test/harness/documents/udf.ts'
import { buildOneNote } from '#test/harness/documents/mail.ts'
import { BZIP2, XZ } from '#test/harness/documents/packed.ts'

/** The beginning of a program, and no program. */
const PROGRAM = Buffer.from('MZ inert '.repeat(8))

/** What fuzzing begins with: a small document of each kind, and both documents of every exploit's fixtures. Built by code, the same each time. */
export async function seeds(): Promise<ReadonlyMap<string, Buffer>> {
  const equation = equationObject(Buffer.concat([fontRecord(Buffer.alloc(0x30, 0x41)), matrixRecord(40, 2)]))
  const vba = buildVba({ ThisDocument: 'Sub Document_Open()\r\n  Shell "calc"\r\nEnd Sub\r\n' })
  const found = new Map<string, Buffer>([
    ['cfb', buildCfb([{ path: ['ObjectPool', '_1', '\u0001Ole10Native'], bytes: nativeStream(buildPackage('a.exe', Buffer.alloc(500, 1))) }])],
    ['docx', buildDocx({ 'word/vbaProject.bin': vba, 'word/embeddings/a.bin': equation })],
    ['rtf', buildRtf(buildOle1('Equation.3', equation).toString('hex'), '{\\field{\\*\\fldinst DDEAUTO cmd}}')],
    ['pdf', buildPdf(['<</Type /Catalog /OpenAction 9 0 R>>', objectStream({ 9: '<</S /JavaScript /JS (app.alert\\(1\\))>>' })])],
    ['csv', Buffer.from("a,=cmd|'/k calc'!A0\nb,c\nd,e\n")],
    ['iqy', Buffer.from('WEB\r\n1\r\nhttp://host.example/a\r\n')],
    [
      'mhtml',
      Buffer.from(
        'MIME-Version: 1.0\nContent-Type: multipart/related; boundary="cut"\n\n--cut\nContent-Location: file:///C:/a.htm\nContent-Type: text/html\n\n<a href=b>\n--cut--\n',
      ),
    ],
    ['tar', buildTar([{ name: '../a.exe', bytes: PROGRAM }])],
    ['cab', buildCab([{ name: 'a.exe', bytes: PROGRAM }])],
    ['iso', buildIso('A.EXE;1', PROGRAM)],
    ['7z', buildSevenZip([{ name: 'a.exe', size: PROGRAM.length }], { packed: PROGRAM, coder: '00' })],
    ['gzip', gzipSync(PROGRAM)],
    ['activemime', Buffer.concat([Buffer.from('ActiveMime'.padEnd(0x32, '\0')), deflateSync(buildCfb([{ path: ['a'], bytes: PROGRAM }]))])],
    ['onenote', buildOneNote([{ name: 'a.hta', bytes: Buffer.from('<script>') }])],
    [
      'biff',
      buildWorkbookStream(
        [{ name: 'M', macro: true, state: 2, formulas: [[token.text('calc'), token.call(110, 1)]] }],
        [{ builtIn: 1, tokens: [token.cellOf(0, 0, 0)] }],
      ),
    ],
    ['script', Buffer.from('var shell = new ActiveXObject("WScript.Shell");\nfunction go() { shell.Run("calc") }\ngo();\n')],
    ['bzip2', BZIP2],
    ['xz', XZ],
    ['zstd', zstdCompressSync(PROGRAM)],
    ['udf', buildUdf('a.exe', PROGRAM)],
    ['slk', Buffer.from('ID;P\nNN;NAuto_open;ER1C1;F\nC;X1;Y1;EEXEC("a")\nE\n')],
  ])
  const counts = new Map<string, number>()
  for (const { evidence, positive, nearMiss } of await allFixtures()) {
    const n = counts.get(evidence) ?? 0
    counts.set(evidence, n + 1)
    found.set(`${evidence}-${n}`, positive())
    found.set(`${evidence}-${n}-near-miss`, nearMiss())
  }
  return found
}
