import { expect, it } from 'vitest'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { buildDocx } from '#test/harness/documents.ts'

const TYPE = 'http://schemas.microsoft.com/office/2006/relationships/activeXControlBinary'

/** A Word document with controls, each with a state of its own name or all with one. */
function controls(count: number, state: Buffer, shared: boolean): Buffer {
  const parts: Record<string, string | Buffer> = {}
  for (let i = 1; i <= count; i++) {
    const name = `activeX${shared ? 1 : i}.bin`
    parts[`word/activeX/${name}`] = state
    parts[`word/activeX/_rels/activeX${i}.xml.rels`] = `<Relationships><Relationship Id="rId1" Type="${TYPE}" Target="${name}"/></Relationships>`
  }
  return buildDocx(parts)
}

const techniques = (bytes: Buffer) => scanBytes(bytes).verdict.techniques.map(({ id }) => id)
const long = Buffer.alloc(2 ** 20, 'a state that fills the memory ')

it('names controls that fill the memory, in files of their own or in one', () => {
  expect(techniques(controls(16, long, false))).toEqual(['control-spray'])
  expect(techniques(controls(16, long, true))).toEqual(['control-spray'])
})

it('does not name fewer of them, or short ones as a form has by the dozen', () => {
  expect(techniques(controls(15, long, true))).toEqual([])
  expect(techniques(controls(400, long.subarray(0, 2000), false))).toEqual([])
})
