import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sliceObjects } from '#exchange/stix/slice.ts'
import { CORPORA, haveCorpora, unlessThere } from '#test/corpus/corpora.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { TaxiiClient, seedCollection } from '#test/harness/exchange.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'

/** Examples that OASIS publishes with STIX 2.1, and ATT&CK. */
const FOLDER = join(CORPORA, 'stix')
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

describe.skipIf(!haveCorpora)(`published STIX 2.1${unlessThere}`, () => {
  let test: TestApp
  let a: SeededOperator
  beforeAll(async () => {
    test = await testApp()
    ;[a] = await seedPeople(test.app)
  })
  afterAll(() => test.close())

  it.each(FILES)('goes in and comes out byte for byte: %s', async (file) => {
    const collection = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id }])
    const texts = sliceObjects(readFileSync(join(FOLDER, file), 'utf8'))
    expect(texts.length).toBeGreaterThan(0)
    const client = new TaxiiClient(test.server, a.vendor.people.analyst, a.id, collection)
    expect((await client.post(...texts)).json()).toMatchObject({ success_count: texts.length, failure_count: 0 })
    expect(sliceObjects((await client.get('objects/')).body)).toEqual([...new Set(texts)])
  })
  it('of ATT&CK goes in and comes out byte for byte, custom types and all', { timeout: 120_000 }, async () => {
    const collection = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id }, { organisation: a.responder.id }])
    const texts = sliceObjects(readFileSync(join(FOLDER, 'mobile-attack-17.1.json'), 'utf8'))
    const status = (await new TaxiiClient(test.server, a.vendor.people.analyst, a.id, collection).post(...texts)).json<{ success_count: number }>()
    expect(status).toMatchObject({ success_count: texts.length, failure_count: 0 })
    const reader = new TaxiiClient(test.server, a.vendor.people.reader, a.id, collection)
    const back: string[] = []
    for (let after = ''; ;) {
      const page = await reader.get('objects/', after === '' ? {} : { added_after: after })
      if (page.body === '{}') break
      back.push(...sliceObjects(page.body))
      after = String(page.headers['x-taxii-date-added-last'])
    }
    expect(back.length).toBeGreaterThan(1000)
    expect(back.every((text, n) => text === texts[n]) && back.length === texts.length).toBe(true)
  })
})
