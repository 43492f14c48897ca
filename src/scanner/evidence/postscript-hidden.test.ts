import { deflateRawSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { buildCfb } from '#test/harness/documents.ts'

function hangul(postscript: string): Buffer {
  return buildCfb([
    { path: ['\u0005HwpSummaryInformation'], bytes: Buffer.alloc(40) },
    { path: ['BinData', 'BIN0001.ps'], bytes: deflateRawSync(Buffer.from(postscript)) },
  ])
}
const hex = (program: string) => Buffer.from(program.padEnd(600, ' ')).toString('hex')

it('names a picture in PostScript that runs a program hidden in a text, and lists what its operators point to', () => {
  const { verdict } = scanBytes(hangul(`/image <${hex('/a 1 def .eqproc')}> def image cvx exec`))
  expect(verdict.techniques).toMatchObject([{ id: 'postscript-hidden', severity: 'high' }])
  expect(verdict.candidates.map(({ id }) => id)).toEqual(['CVE-2017-8291'])
  expect(scanBytes(hangul(`/image <${hex('showpage')}> def image cvx exec`)).verdict.candidates).toEqual([])
})

it('does not name a picture that only draws', () => {
  for (const text of [`<${hex('pixels')}> image`, '<41> cvx exec', `{ cvx exec } <${hex('x')}z> image`, '%!PS-Adobe-3.0 EPSF-3.0 0 0 moveto', '<'.repeat(5000)])
    expect(scanBytes(hangul(text.padEnd(700, ' '))).verdict.techniques).toEqual([])
})
