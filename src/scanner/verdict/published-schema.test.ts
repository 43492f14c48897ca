import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ScanLine } from './contract.ts'
import { SCAN_SCHEMA } from './schema.ts'

const ABOUT = {
  title: `One line of vedette scan --json (${SCAN_SCHEMA})`,
  description: 'Written by src/scanner/verdict/published-schema.test.ts; do not edit. docs/scan-json.md says what it means, and when its version changes.',
}
/** A line that was written once and is never changed: whoever keeps such lines can read them as long as the version is the same. */
const KEPT = 'test/vectors/scan-line-2.json'

describe('the published schema of a scan line', () => {
  it('stands in docs/scan.schema.json as it is', async () => {
    const { $schema, ...schema } = z.toJSONSchema(ScanLine)
    await expect(`${JSON.stringify({ $schema, ...ABOUT, ...schema }, undefined, 2)}\n`).toMatchFileSnapshot('../../../docs/scan.schema.json')
  })

  it('keeps the fields of its version', () => {
    const kept = JSON.parse(readFileSync(KEPT, 'utf8')) as object
    expect(SCAN_SCHEMA).toBe('vedette.scan/2')
    expect(ScanLine.parse(kept)).toEqual(kept)
    // What a reader relies on stays, and no field appears that a strict reader would refuse.
    expect(Object.keys(kept)).toEqual(Object.keys(ScanLine.shape))
    const published = z.fromJSONSchema(JSON.parse(readFileSync('docs/scan.schema.json', 'utf8')))
    expect(published.safeParse(kept).success).toBe(true)
    expect(published.safeParse({ ...kept, more: 1 }).success).toBe(false)
  })
})
