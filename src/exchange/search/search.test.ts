import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { indexObjects } from '#exchange/search/index-objects.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { hashOf, indicator, relationship, seedCollection, TaxiiClient } from '#test/harness/exchange.ts'
import { seedOrganisation, seedPeople, type SeededOperator, type SeededOrganisation } from '#test/harness/people.ts'

const SHA = 'ab'.repeat(32)
const DAY = '2026-01-01T00:00:00.000Z'

let at: TestApp
let operator: SeededOperator
let other: SeededOperator
let third: SeededOrganisation
let shared: CollectionId
let foreign: CollectionId
let vendor: TaxiiClient
let responder: TaxiiClient

type Headers = Readonly<Record<string, string>>
type Item = { id: string; title: string; tlp: string; version: string; own: boolean; contributor: string | null; collection: { id: string } }
type Answer = { items: Item[]; next: string | null; understood: { values: object[]; words: string[] }; searchedTo: string | null }

beforeAll(async () => {
  at = await testApp()
  ;[operator, other] = await seedPeople(at.app)
  third = await seedOrganisation(at.app, operator.id, 'C', 'vendor')
  shared = await seedCollection(at.app, operator.id, [{ organisation: operator.vendor.id }, { organisation: operator.responder.id }])
  foreign = await seedCollection(at.app, operator.id, [{ organisation: third.id }])
  vendor = new TaxiiClient(at.server, operator.vendor.people.analyst, operator.id, shared)
  responder = new TaxiiClient(at.server, operator.responder.people.analyst, operator.id, shared)
})
afterAll(() => at.close())

const asVendor = () => operator.vendor.people.reader.token
const asResponder = () => operator.responder.people.reader.token
const asOperator = () => operator.people.analyst.token

async function search(query: Record<string, string>, headers: Headers = asResponder()): Promise<Answer> {
  const answer = await at.server.inject({ method: 'GET', url: `/api/exchange/objects?${new URLSearchParams(query).toString()}`, headers })
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json()
}

const ids = async (query: Record<string, string>, headers?: Headers) => (await search(query, headers)).items.map(({ id }) => id)
const get = (url: string, headers: Headers = asResponder()) => at.server.inject({ method: 'GET', url, headers })
const index = () => indexObjects(at.app, new AbortController().signal)

async function post(client: TaxiiClient, ...objects: object[]): Promise<void> {
  const status = (await client.post(...objects)).json<{ failure_count: number; failures?: object[] }>()
  expect(status.failures ?? []).toEqual([])
}

function named(type: string, name: string, properties: object = {}) {
  return {
    type,
    spec_version: '2.1',
    id: `${type}--${randomUUID()}`,
    created: DAY,
    modified: DAY,
    name,
    object_marking_refs: [TLP_MARKINGS.GREEN],
    ...properties,
  }
}

describe('search', () => {
  it('finds an object by each value that it names, however that is written, at once', async () => {
    const one = indicator({
      pattern: `[domain-name:value = 'Evil.Example' OR ipv4-addr:value = '203.0.113.9' OR file:hashes.MD5 = '${'A'.repeat(32)}']`,
      name: 'Dropper of the reef',
    })
    await post(vendor, one)
    for (const q of ['evil.example', 'evil[.]example', 'EVIL.EXAMPLE.', '203.0.113.9', '::ffff:203.0.113.9', 'a'.repeat(32), one.id])
      expect(await ids({ q }), q).toEqual([one.id])
    for (const value of ['evil.example', one.id]) expect(await ids({ value })).toEqual([one.id])
    expect(await ids({ id: one.id })).toEqual([one.id])
    expect(await ids({ q: 'sub.evil.example' })).toEqual([])
    const { items, understood } = await search({ q: 'hxxp://evil[.]example' })
    expect(items).toEqual([])
    expect(understood.values[0]).toEqual({ kind: 'url', text: 'http://evil.example/' })
  })

  it('finds the networks round an address', async () => {
    const net = indicator({ pattern: `[ipv4-addr:value = '192.0.2.0/26']` })
    await post(vendor, net)
    expect(await ids({ q: '192.0.2.63' })).toEqual([net.id])
    expect(await ids({ q: '192.0.2.64' })).toEqual([])
  })

  it('finds words once the object has been read for them, and says how far that has come', async () => {
    const group = named('threat-actor', 'Crimson Otter', {
      aliases: ['CO-7'],
      description: 'Targets ＲＥＥＦ operators; uses spear-phishing.',
      labels: ['Nation-State', 'reef'],
      threat_actor_types: ['spy'],
    })
    await post(vendor, group)
    const before = await search({ text: 'crimson' })
    expect(before.items).toEqual([])
    expect(before.searchedTo).toMatch(/^\d{4}-/)
    await index()
    expect(await search({ text: 'crimson' })).toMatchObject({
      items: [{ id: group.id, title: 'Crimson Otter', labels: ['Nation-State', 'reef'] }],
      searchedTo: null,
    })
    for (const text of ['OTTER crimson', 'reef spear', '"spear phishing"', '"crimson otter" reef']) expect(await ids({ text }), text).toEqual([group.id])
    for (const text of ['crim', '"otter crimson"', 'crimson absent', '!!']) expect(await ids({ text }), text).toEqual([])
    expect(await ids({ label: 'nation-state' })).toEqual([group.id])
    expect(await ids({ label: 'nation' })).toEqual([])
    expect(await ids({ q: 'co-7' })).toEqual([group.id])
    expect(await ids({ q: 'Crimson Otter' })).toEqual([group.id])
    expect(new Set(await ids({ q: 'reef' }))).toHaveProperty('size', 2)
  })

  it('is narrowed by type, marking, revocation, time, confidence and contributor, all together', async () => {
    const word = `w${randomUUID().slice(0, 8)}`
    const a = indicator({
      name: word,
      confidence: 80,
      valid_from: '2026-01-01T00:00:00Z',
      valid_until: '2026-02-01T00:00:00Z',
      created: '2025-06-01T00:00:00.000Z',
      modified: '2025-07-01T00:00:00.000Z',
    })
    const b = indicator({ name: word, revoked: true, object_marking_refs: [TLP_MARKINGS.CLEAR] })
    const c = named('malware', word, { is_family: true })
    await post(vendor, a, b)
    await post(responder, c)
    await index()
    const text = word
    expect(await ids({ text })).toEqual([c.id, b.id, a.id])
    const cases: [Record<string, string>, string[]][] = [
      [{ type: 'indicator' }, [b.id, a.id]],
      [{ type: 'malware, tool' }, [c.id]],
      [{ tlp: 'CLEAR' }, [b.id]],
      [{ tlp: 'CLEAR,GREEN' }, [c.id, b.id, a.id]],
      [{ revoked: 'true' }, [b.id]],
      [{ revoked: 'false', type: 'indicator' }, [a.id]],
      [{ confidenceFrom: '80' }, [a.id]],
      [{ confidenceTo: '79' }, []],
      [{ validAt: '2026-01-15T00:00:00Z' }, [b.id, a.id]],
      [{ validAt: '2026-02-01T00:00:00Z' }, [b.id]],
      [{ createdTo: '2025-06-01T00:00:00Z' }, [a.id]],
      [{ modifiedFrom: '2025-07-01T00:00:01Z' }, [c.id, b.id]],
      [{ contributor: 'own' }, [c.id]],
      [{ collection: shared }, [c.id, b.id, a.id]],
      [{ collection: randomUUID() }, []],
      [{ addedFrom: '2100-01-01T00:00:00Z' }, []],
    ]
    for (const [query, expected] of cases) expect(await ids({ text, ...query }), JSON.stringify(query)).toEqual(expected)
    expect(await ids({ text, contributor: operator.vendor.id }, asOperator())).toEqual([b.id, a.id])
    expect((await search({ text }, asOperator())).items.map(({ contributor }) => contributor)).toEqual([
      operator.responder.id,
      operator.vendor.id,
      operator.vendor.id,
    ])
    expect((await search({ text })).items.map(({ own, contributor }) => [own, contributor])).toEqual([
      [true, null],
      [false, null],
      [false, null],
    ])
  })

  it('goes page by page, each object once, by value and without one', async () => {
    const name = `paged ${randomUUID().slice(0, 8)}`
    const many = Array.from({ length: 7 }, () => named('tool', name))
    await post(vendor, ...many)
    const walk = async (query: Record<string, string>) => {
      const found: string[] = []
      for (let cursor: string | null = ''; cursor !== null;) {
        const page: Answer = await search({ ...query, limit: '3', ...(cursor && { cursor }) })
        found.push(...page.items.map(({ id }) => id))
        cursor = page.next
      }
      return found
    }
    const newestFirst = many.map(({ id }) => id).reverse()
    expect(await walk({ value: name })).toEqual(newestFirst)
    expect((await walk({ type: 'tool' })).slice(0, 7)).toEqual(newestFirst)
    const all = await walk({})
    expect(new Set(all).size).toBe(all.length)
  })

  it('shows the version that stands, of one object once in each collection', async () => {
    const old = indicator({ pattern: `[url:value = 'http://old.example/']` })
    await post(vendor, old)
    await post(vendor, { ...old, modified: '2026-03-01T00:00:00.000Z', pattern: `[url:value = 'http://new.example/']` })
    expect(await ids({ q: 'http://old.example' })).toEqual([])
    expect((await search({ q: 'http://new.example' })).items).toMatchObject([{ id: old.id, version: '2026-03-01T00:00:00.000Z' }])
  })
})

describe('what is hidden', () => {
  it('changes no byte of any answer (V3, V9)', async () => {
    const word = `canary${randomUUID().slice(0, 8)}`
    const pattern = `[domain-name:value = '${word}.example']`
    const seen = indicator({ pattern, name: word })
    await post(vendor, seen)
    await index()
    const ask = async (headers: Headers) => {
      const urls = [
        `/api/exchange/objects?q=${word}.example`,
        `/api/exchange/objects?text=${word}`,
        `/api/exchange/objects?type=indicator&limit=5`,
        `/api/exchange/objects?label=${word}`,
        `/api/exchange/objects?tlp=RED`,
        `/api/exchange/objects/${seen.id}`,
        `/api/exchange/objects/${seen.id}/neighbours`,
      ]
      const bodies = []
      for (const url of urls) bodies.push((await get(url, headers)).body)
      return [...bodies, await look([`${word}.example`, hidden.id, seen.id], headers)]
    }
    const hidden = indicator({ pattern, name: `${word} secret`, labels: [word], object_marking_refs: [TLP_MARKINGS.RED] })
    const before = { responder: await ask(asResponder()), operator: await ask(asOperator()) }
    const elsewhere = new TaxiiClient(at.server, third.people.analyst, operator.id, foreign)
    await post(vendor, hidden, relationship(seen.id, hidden.id))
    await post(elsewhere, indicator({ pattern, name: word, labels: [word] }))
    expect(await ask(asResponder())).toEqual(before.responder)
    await index()
    expect(await ask(asResponder())).toEqual(before.responder)
    // The control: whoever is shown it finds it.
    expect(await ids({ q: `${word}.example` }, asVendor())).toEqual([hidden.id, seen.id])
    expect(await ask(asOperator())).not.toEqual(before.operator)
  })

  it('answers like what does not exist, and takes nothing malformed', async () => {
    const hidden = indicator({ object_marking_refs: [TLP_MARKINGS.RED] })
    await post(vendor, hidden)
    for (const tail of ['', '/raw', '/neighbours']) {
      const [refused, absent] = [await get(`/api/exchange/objects/${hidden.id}${tail}`), await get(`/api/exchange/objects/indicator--${randomUUID()}${tail}`)]
      expect(refused.statusCode).toBe(404)
      const strip = (body: string) => body.replaceAll(/[0-9a-f-]{36}/g, '')
      expect(strip(refused.body)).toBe(strip(absent.body))
      expect((await get(`/api/exchange/objects/${hidden.id}${tail}`, other.people.analyst.token)).statusCode).toBe(404)
      expect((await get(`/api/exchange/objects/${hidden.id}${tail}`, asVendor())).statusCode).toBe(200)
    }
    for (const query of [
      `contributor=${operator.vendor.id}`,
      'q=a&value=b',
      'q=a&text=b',
      'tlp=PURPLE',
      'addedFrom=yesterday',
      'revoked=perhaps',
      'id=x',
      'confidenceFrom=101',
      'limit=201',
    ]) {
      expect((await get(`/api/exchange/objects?${query}`)).statusCode, query).toBe(400)
    }
  })
})

describe('one object', () => {
  it('is told in all its versions, and given as it came', async () => {
    const first = indicator({ name: 'First', pattern: `[file:hashes.'SHA-256' = '${SHA}']` })
    const text = `{ "type" : "indicator", ${JSON.stringify({ ...first, name: 'Second', modified: '2026-03-01T00:00:00.000Z' }).slice(20)}`
    await post(vendor, first)
    expect((await vendor.post(text)).json()).toMatchObject({ success_count: 1 })
    const shown = (await get(`/api/exchange/objects/${first.id}`)).json()
    expect(shown).toMatchObject({
      id: first.id,
      type: 'indicator',
      title: 'Second',
      values: [{ kind: 'sha256', text: SHA }],
      places: [
        {
          collection: { id: shared, title: 'Shared' },
          own: false,
          contributor: null,
          versions: [{ version: '2026-03-01T00:00:00.000Z', tlp: 'GREEN' }, { version: DAY }],
        },
      ],
    })
    expect((await get(`/api/exchange/objects/${first.id}/raw`)).body).toBe(text)
    expect((await get(`/api/exchange/objects/${first.id}/raw?version=${DAY}`)).json()).toMatchObject({ name: 'First' })
    expect((await get(`/api/exchange/objects/${first.id}/raw?version=2020-01-01T00:00:00.000Z`)).statusCode).toBe(404)
    expect((await get(`/api/exchange/objects/${first.id}/raw`)).headers['content-type']).toBe('application/stix+json;version=2.1')
  })

  it('has neighbours: what it refers to, what refers to it, what names the same value', async () => {
    const domain = `${randomUUID()}.example`
    const malware = named('malware', 'Reefworm', { is_family: true })
    const one = indicator({ pattern: `[domain-name:value = '${domain}']` })
    const same = indicator({ pattern: `[domain-name:value = '${domain.toUpperCase()}']` })
    const link = relationship(one.id, malware.id, { relationship_type: 'indicates' })
    const report = named('report', 'On Reefworm', { published: DAY, object_refs: [malware.id, one.id] })
    await post(vendor, malware, one, same, link, report)
    const neighbours = async (id: string, query = '') => {
      const { groups } = (await get(`/api/exchange/objects/${id}/neighbours${query}`)).json<{
        groups: { relation: string; type: string; items: { id: string; via: string[] }[]; next: string | null }[]
      }>()
      return groups.map(({ relation, type, items }) => [relation, type, items.map(({ id: found, via }) => [found, via])])
    }
    const expected = [
      ['referredBy', 'relationship', [[link.id, ['source_ref']]]],
      ['referredBy', 'report', [[report.id, ['object_refs']]]],
      ['sameValue', 'indicator', [[same.id, [domain]]]],
    ]
    expect(await neighbours(one.id)).toEqual(expected)
    await index()
    expect(await neighbours(one.id)).toEqual(expected)
    expect(await neighbours(link.id)).toEqual([
      ['refersTo', 'indicator', [[one.id, ['source_ref']]]],
      ['refersTo', 'malware', [[malware.id, ['target_ref']]]],
    ])
    expect(await neighbours(report.id, '?relation=refersTo&type=malware&limit=1')).toEqual([['refersTo', 'malware', [[malware.id, ['object_refs']]]]])
  })
})

describe('a look-up of many values', () => {
  it('answers each line in its place, whatever the others are', async () => {
    const one = indicator({ confidence: 55, valid_until: '2027-01-01T00:00:00Z' })
    await post(vendor, one)
    const lines = [
      JSON.stringify(hashOf(one)),
      '"absent.example"',
      '',
      '{"value":"1.2.3.4","kind":"domain"}',
      '{oops',
      JSON.stringify({ value: hashOf(one).toUpperCase(), kind: 'sha256' }),
      '7',
      JSON.stringify(one.id),
      '"x","y"',
      `"${'x'.repeat(9000)}"`,
      '""',
    ]
    const answers = (await look(lines, asResponder(), 'application/x-ndjson'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object)
    const hit = {
      id: one.id,
      type: 'indicator',
      collection: shared,
      tlp: 'GREEN',
      version: DAY,
      revoked: false,
      valid_until: '2027-01-01T00:00:00.000Z',
      confidence: 55,
    }
    expect(answers).toEqual([
      { value: hashOf(one), kind: 'sha256', found: [hit] },
      { value: 'absent.example', found: [] },
      { line: 4, error: 'not of the kind domain' },
      { line: 5, error: expect.any(String) as string },
      { value: hashOf(one).toUpperCase(), kind: 'sha256', found: [hit] },
      { line: 7, error: expect.any(String) as string },
      { value: one.id, kind: 'id', found: [hit] },
      { line: 9, error: expect.any(String) as string },
      { line: 10, error: 'longer than 8192 bytes' },
      { line: 11, error: 'no value that can be looked up' },
    ])
    await index()
    const again = (await look(lines, asResponder(), 'application/x-ndjson'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object)
    expect(again).toEqual(answers)
    expect(await look([`  ${hashOf(one)}\r`, 'hxxp://absent[.]example'])).toBe(
      `${JSON.stringify({ ...answers[0], value: hashOf(one) })}\n${JSON.stringify({ value: 'hxxp://absent[.]example', found: [] })}\n`,
    )
  })

  it('names so many objects of one value and says that there are more', async () => {
    const pattern = `[mutex:name = 'Global\\\\${randomUUID()}']`
    await post(vendor, ...Array.from({ length: 25 }, () => indicator({ pattern })))
    const [answer] = (await look([pattern.slice(15, -2).replaceAll('\\\\', '\\')]))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { found: object[]; more?: boolean; kind: string })
    expect(answer).toMatchObject({ more: true, kind: 'text' })
    expect(answer!.found).toHaveLength(20)
  })
})

function look(lines: readonly string[], headers: Headers = asResponder(), type = 'text/plain'): Promise<string> {
  return at.server
    .inject({ method: 'POST', url: '/api/exchange/lookup', headers: { ...headers, 'content-type': type }, payload: lines.join('\n') })
    .then(({ body }) => body)
}
