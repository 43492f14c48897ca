import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readEnvelope } from '#exchange/stix/envelope.ts'
import { takePosted } from '#exchange/taxii/take-posted.ts'
import type { StatusId } from '#exchange/taxii/status-store.ts'
import { CORPORA, haveCorpora, unlessThere } from '#test/corpus/corpora.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { TaxiiClient, seedCollection } from '#test/harness/exchange.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'

/** Examples that OASIS publishes with STIX 2.1, and ATT&CK. */
const FOLDER = join(CORPORA, 'stix')
const FILES = [
  'apt1.json',
  'defining-campaigns-threat-actors-intrusion-sets.json',
  'identifying-a-threat-actor-profile.json',
  'indicator-for-malicious-url.json',
  'malware-indicator-for-file-hash.json',
  'poisonivy.json',
  'sighting-of-an-indicator.json',
  'sighting-of-observed-data.json',
  'threat-actor-leveraging-attack-patterns-and-malware.json',
  'using-granular-markings.json',
  'using-marking-definitions.json',
]

const textsOf = (bytes: Buffer) => readEnvelope(bytes).objects.map(({ bytes: text }) => text.toString())

interface Status {
  readonly id: string
  readonly success_count: number
  readonly failure_count: number
}

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
    const texts = textsOf(readFileSync(join(FOLDER, file)))
    expect(texts.length).toBeGreaterThan(0)
    const client = new TaxiiClient(test.server, a.vendor.people.analyst, a.id, collection)
    expect((await client.post(...texts)).json()).toMatchObject({ success_count: texts.length, failure_count: 0 })
    const back = textsOf((await client.get('objects/')).rawPayload)
    expect(back.toSorted()).toEqual([...new Set(texts)].toSorted())
  })

  it('of ATT&CK goes in and comes out byte for byte, custom types and all, also to others', { timeout: 120_000 }, async () => {
    const collection = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id }, { organisation: a.responder.id }])
    const texts = textsOf(readFileSync(join(FOLDER, 'mobile-attack-17.1.json')))
    const client = new TaxiiClient(test.server, a.vendor.people.analyst, a.id, collection)
    const { id } = (await client.post(...texts)).json<Status>()
    await takePosted(test.app, { status: id as StatusId }, new AbortController().signal)
    for (const people of [a.vendor.people, a.responder.people]) {
      const reader = new TaxiiClient(test.server, people.reader, a.id, collection)
      const back: string[] = []
      for (let after = ''; ;) {
        const page = await reader.get('objects/', after === '' ? {} : { added_after: after })
        if (page.body === '{}') break
        back.push(...textsOf(page.rawPayload))
        after = String(page.headers['x-taxii-date-added-last'])
      }
      expect(back.length).toBe(texts.length)
      expect(back.toSorted()).toEqual(texts.toSorted())
    }
  })
})
