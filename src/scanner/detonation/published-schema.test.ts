import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Detonation, DETONATION_SCHEMA } from './contract.ts'

const ABOUT = {
  title: `The report of one detonation (${DETONATION_SCHEMA})`,
  description:
    'Written by src/scanner/detonation/published-schema.test.ts; do not edit. docs/detonation-json.md says what it means, and when its version changes.',
}
/** A report that was written once and is never changed: whoever keeps such reports can read them as long as the version is the same. */
const KEPT = 'test/vectors/detonation-1.json'

describe('the published schema of a detonation', () => {
  it('stands in docs/detonation.schema.json as it is', async () => {
    const { $schema, ...schema } = z.toJSONSchema(Detonation)
    await expect(`${JSON.stringify({ $schema, ...ABOUT, ...schema }, undefined, 2)}\n`).toMatchFileSnapshot('../../../docs/detonation.schema.json')
  })

  it('keeps the fields of its version', () => {
    const kept = JSON.parse(readFileSync(KEPT, 'utf8')) as object
    expect(DETONATION_SCHEMA).toBe('vedette.detonation/1')
    expect(Detonation.parse(kept)).toEqual(kept)
    expect(Object.keys(kept)).toEqual(Object.keys(Detonation.shape))
    const published = z.fromJSONSchema(JSON.parse(readFileSync('docs/detonation.schema.json', 'utf8')))
    expect(published.safeParse(kept).success).toBe(true)
    expect(published.safeParse({ ...kept, more: 1 }).success).toBe(false)
  })
})
