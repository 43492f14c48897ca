import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sliceObjects } from '#exchange/stix/slice.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { TaxiiClient, seedCollection } from '#test/harness/exchange.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'

/** Examples that OASIS publishes with STIX 2.1 (oasis-open.github.io/cti-documentation); they are no part of the source. */
const FOLDER = '/work/shared/corpora/stix'
const FILES = [
  'apt1.json',
  'defining-campaigns-threat-actors-intrusion-sets.json',
  'indicator-for-malicious-url.json',
  'malware-indicator-for-file-hash.json',
  'sighting-of-an-indicator.json',
  'sighting-of-observed-data.json',
  'threat-actor-leveraging-attack-patterns-and-malware.json',
  'using-granular-markings.json',
  'using-marking-definitions.json',
]

describe.skipIf(!existsSync(FOLDER))(`bundles of OASIS${existsSync(FOLDER) ? '' : ` (skipped: there is no folder ${FOLDER})`}`, () => {
  let test: TestApp
  let a: SeededOperator
  beforeAll(async () => {
    test = await testApp()
    ;[a] = await seedPeople(test.app)
  })
  afterAll(() => test.close())

  it.each(FILES)('go in and come out byte for byte: %s', async (file) => {
    const collection = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id }])
    const texts = sliceObjects(readFileSync(join(FOLDER, file), 'utf8'))
    expect(texts.length).toBeGreaterThan(0)
    const client = new TaxiiClient(test.server, a.vendor.people.analyst, a.id, collection)
    expect((await client.post(...texts)).json()).toMatchObject({ success_count: texts.length, failure_count: 0 })
    expect(sliceObjects((await client.get('objects/')).body)).toEqual([...new Set(texts)])
  })
})
