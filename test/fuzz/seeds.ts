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

/** What fuzzing begins with: a small document of each kind, and both documents of every exploit's fixtures. Built by code, the same each time. */
export async function seeds(): Promise<ReadonlyMap<string, Buffer>> {
  const equation = equationObject(Buffer.concat([fontRecord(Buffer.alloc(0x30, 0x41)), matrixRecord(40, 2)]))
  const vba = buildVba({ ThisDocument: 'Sub Document_Open()\r\n  Shell "calc"\r\nEnd Sub\r\n' })
  const found = new Map<string, Buffer>([
    ['cfb', buildCfb([{ path: ['ObjectPool', '_1', '\u0001Ole10Native'], bytes: nativeStream(buildPackage('a.exe', Buffer.alloc(500, 1))) }])],
    ['docx', buildDocx({ 'word/vbaProject.bin': vba, 'word/embeddings/a.bin': equation })],
    ['rtf', buildRtf(buildOle1('Equation.3', equation).toString('hex'), '{\\field{\\*\\fldinst DDEAUTO cmd}}')],
    ['pdf', buildPdf(['<</Type /Catalog /OpenAction 9 0 R>>', objectStream({ 9: '<</S /JavaScript /JS (app.alert\\(1\\))>>' })])],
    ['csv', Buffer.from("a,=cmd|'/k calc'!A0\n")],
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
