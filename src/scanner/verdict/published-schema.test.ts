import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { JoinedLine, ScanLine } from './contract.ts'
import { JOINED_SCHEMA, SCAN_SCHEMA } from './schema.ts'

const WRITTEN = 'Written by src/scanner/verdict/published-schema.test.ts; do not edit. docs/scan-json.md says what it means, and when its version changes.'

/** Each with a line that was written once and is never changed: whoever keeps such lines can read them as long as the version is the same. */
const PUBLISHED = [
  {
    what: 'a scan line',
    title: `One line of vedette scan --json (${SCAN_SCHEMA})`,
    line: ScanLine,
    version: [SCAN_SCHEMA, 'vedette.scan/2'],
    file: 'docs/scan.schema.json',
    kept: 'test/vectors/scan-line-2.json',
  },
  {
    what: 'a line with what environments showed',
    title: `One line of vedette scan --vm --json (${JOINED_SCHEMA})`,
    line: JoinedLine,
    version: [JOINED_SCHEMA, 'vedette.verdict/1'],
    file: 'docs/verdict.schema.json',
    kept: 'test/vectors/verdict-line-1.json',
  },
]

describe.each(PUBLISHED)('the published schema of $what', ({ title, line, version, file, kept }) => {
  it('stands in its file as it is', async () => {
    const { $schema, ...schema } = z.toJSONSchema(line)
    await expect(`${JSON.stringify({ $schema, title, description: WRITTEN, ...schema }, undefined, 2)}\n`).toMatchFileSnapshot(`../../../${file}`)
  })

  it('keeps the fields of its version', () => {
    const was = JSON.parse(readFileSync(kept, 'utf8')) as object
    expect(version[0]).toBe(version[1])
    expect(line.parse(was)).toEqual(was)
    // What a reader relies on stays, and no field appears that a strict reader would refuse.
    expect(Object.keys(was)).toEqual(Object.keys(line.shape))
    const published = z.fromJSONSchema(JSON.parse(readFileSync(file, 'utf8')))
    expect(published.safeParse(was).success).toBe(true)
    expect(published.safeParse({ ...was, more: 1 }).success).toBe(false)
  })
})
