import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { system } from '#platform/auth/actor.ts'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { collectionRightRow, dateRight, lockWithUnions, setRight, type CollectionId } from '#exchange/collections/store.ts'
import { openReader } from '#exchange/objects/open-reader.ts'
import { isOfUnion } from '#exchange/objects/open-union.ts'
import { readUnionPage } from '#exchange/objects/read-union.ts'
import { storeObjects } from '#exchange/objects/store-objects.ts'
import { fromEpochMicroseconds } from '#exchange/stix/instant.ts'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import { readQuery } from '#exchange/taxii/object-query.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { indicator, seedCollection, TaxiiClient } from '#test/harness/exchange.ts'
import { seedMember, seedPeople, type SeededOperator, type SeededOrganisation } from '#test/harness/people.ts'

interface Envelope {
  readonly more?: boolean
  readonly next?: string
  readonly objects?: readonly { readonly id: string; readonly modified: string }[]
}

let test: TestApp
let a: SeededOperator
let other: SeededOrganisation
beforeAll(async () => {
  test = await testApp()
  ;[a] = await seedPeople(test.app)
  other = await seedMember(test.app, a.id, 'C')
})
afterAll(() => test.close())

const as = (who: { readonly token: { readonly authorization: string } }, at: CollectionId) => new TaxiiClient(test.server, who, a.id, at)
const read = async (client: TaxiiClient, query: Record<string, string> = {}) => {
  const answer = await client.get('objects/', query)
  expect(answer.statusCode).toBe(200)
  return { ...answer.json<Envelope>(), last: answer.headers['x-taxii-date-added-last'] as string | undefined, etag: answer.headers.etag as string }
}
/** At an instant of its own. */
const post = (who: Parameters<typeof as>[0], at: CollectionId, ...objects: readonly unknown[]) => {
  test.clock.advance(1)
  return as(who, at).post(...objects)
}
const everybody = () => [{ organisation: a.vendor.id }, { organisation: a.responder.id }, { organisation: other.id }]
const members = async (count: number) => Promise.all(Array.from({ length: count }, () => seedCollection(test.app, a.id, everybody())))
const unionOf = (aggregates: readonly CollectionId[]) =>
  seedCollection(
    test.app,
    a.id,
    everybody().map((right) => ({ ...right, canWrite: false })),
    { aggregates },
  )

describe('a union', () => {
  it('C12, V12: shows each reader what it may read in each of its collections, and betrays nothing of the others', async () => {
    const [one, two] = (await members(2)) as [CollectionId, CollectionId]
    const closed = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id }])
    const union = await unionOf([one, two, closed])
    const [x, y, red, hidden] = [indicator(), indicator(), indicator({ object_marking_refs: [TLP_MARKINGS.RED] }), indicator()]
    await post(a.vendor.people.analyst, one, x, red)
    await post(a.responder.people.analyst, two, y)
    await post(a.vendor.people.analyst, closed, hidden)
    const ids = async (who: Parameters<typeof as>[0]) => (await read(as(who, union))).objects!.map(({ id }) => id)
    expect(await ids(other.people.reader)).toEqual([x.id, y.id])
    expect(await ids(a.vendor.people.analyst)).toEqual([x.id, red.id, y.id, hidden.id])
    expect(await ids(a.people.analyst)).toEqual([x.id, red.id, y.id, hidden.id])
    const listed = async (who: { readonly token: object }, of: CollectionId) =>
      (
        await test.server.inject({ url: `/taxii2/${a.id}/collections/${of}/`, headers: { ...who.token, accept: 'application/taxii+json;version=2.1' } })
      ).json<object>()
    expect(await listed(other.people.reader, union)).toMatchObject({ can_read: true, can_write: false, aggregates: [one, two] })
    expect(await listed(a.vendor.people.analyst, union)).toMatchObject({ aggregates: [one, two, closed] })
    expect(await listed(other.people.reader, one)).not.toHaveProperty('aggregates')
    const client = as(other.people.reader, union)
    for (const id of [hidden.id, red.id, indicator().id])
      for (const path of ['', 'versions/']) expect((await client.get(`objects/${id}/${path}`)).statusCode).toBe(404)
    expect((await client.get(`objects/${y.id}/`)).json()).toEqual({ objects: [y] })
    expect((await client.get(`objects/${y.id}/versions/`)).json()).toEqual({ versions: [y['modified']] })
    expect((await client.get('manifest/')).json<Envelope>().objects!.map(({ id }) => id)).toEqual([x.id, y.id])
    expect((await client.get('objects/', { 'match[id]': `${y.id},${hidden.id}` })).json()).toEqual({ objects: [y] })
    expect((await client.get('objects/', { 'match[type]': 'identity' })).json()).toEqual({})
    expect((await client.get('objects/', { 'match[version]': y['modified'] as string })).json<Envelope>().objects).toHaveLength(2)
    const found = await test.server.inject({ url: `/api/exchange/objects?collection=${union}`, headers: other.people.reader.token })
    expect(
      found
        .json<{ items: { id: string }[] }>()
        .items.map(({ id }) => id)
        .sort(),
    ).toEqual([x.id, y.id].sort())
  })

  it('C12, T36, T38: refuses what is posted to it and what is deleted from it', async () => {
    const [one] = (await members(1)) as [CollectionId]
    const union = await unionOf([one])
    const object = indicator()
    await post(a.vendor.people.analyst, one, object)
    for (const who of [a.vendor.people.analyst, a.people.analyst]) {
      expect((await post(who, union, indicator())).statusCode).toBe(403)
      const url = `/taxii2/${a.id}/collections/${union}/objects/${object.id}/`
      expect((await test.server.inject({ method: 'DELETE', url, headers: { ...who.token, accept: 'application/taxii+json;version=2.1' } })).statusCode).toBe(
        403,
      )
    }
    expect((await read(as(a.vendor.people.analyst, union))).objects).toEqual([object])
  })

  it('C6: gives both of two objects at equal positions to whoever goes on after the last position, and tells them apart in `next`', async () => {
    const collections = await members(2)
    const union = await unionOf(collections)
    for (const each of collections) await as(a.vendor.people.analyst, each).post(indicator(), indicator(), indicator())
    const rows = (
      await test.database.superuser.query(`select collection_id, position from object_feed where collection_id = any($1) order by position`, [collections])
    ).rows
    expect(new Set(rows.map(({ position }) => position)).size).toBe(3)
    const whole = (await read(as(other.people.reader, union))).objects!.map(({ id }) => id)
    expect(whole).toHaveLength(6)
    for (const limit of ['1', '2', '3', '5']) expect(await as(other.people.reader, union).walk({ limit })).toEqual(whole)
    for (const limit of ['2', '3', '5']) expect(await poll(as(other.people.reader, union), limit)).toEqual(whole)
  })

  it('C7: brings what a collection held before, to whoever may read it from now on, where a poller finds it', async () => {
    const [one, two] = (await members(2)) as [CollectionId, CollectionId]
    const closed = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id }, { organisation: other.id, canRead: false }])
    const union = await unionOf([one, two, closed])
    const client = as(other.people.reader, union)
    const old = Array.from({ length: 5 }, () => indicator())
    await post(a.vendor.people.analyst, closed, ...old)
    await post(a.vendor.people.analyst, one, indicator())
    const before = await read(client)
    expect(before.objects).toHaveLength(1)
    await widen(closed, other)
    const fresh = indicator()
    await post(a.vendor.people.analyst, two, fresh)
    const after = await read(client, { added_after: before.last! })
    expect(after.objects).toEqual([...old, fresh])
    expect((await client.walk({ limit: '2', added_after: before.last! })).length).toBe(6)
    expect((await read(client, { added_after: after.last! })).objects).toBeUndefined()
    expect((await read(as(a.vendor.people.analyst, union))).objects!.map(({ id }) => id)).toEqual([
      ...old.map(({ id }) => id),
      before.objects![0]!.id,
      fresh.id,
    ])
  })

  it('C7: shows another contribution again when the one before it is gone, at a new position', async () => {
    const [one, two] = (await members(2)) as [CollectionId, CollectionId]
    const union = await unionOf([one, two])
    const client = as(other.people.reader, union)
    const first = indicator()
    const rival = { ...first, modified: '2027-01-01T00:00:00.000Z' }
    await post(a.vendor.people.analyst, one, first)
    await post(a.responder.people.analyst, two, rival)
    const before = await read(client)
    expect(before.objects).toEqual([first])
    expect((await read(as(a.responder.people.analyst, union))).objects).toEqual([rival])
    const url = `/taxii2/${a.id}/collections/${one}/objects/${first.id}/`
    await test.server.inject({ method: 'DELETE', url, headers: { ...a.vendor.people.analyst.token, accept: 'application/taxii+json;version=2.1' } })
    expect((await read(client, { added_after: before.last! })).objects).toEqual([rival])
    expect((await read(client)).objects).toEqual([rival])
  })

  it('ends at once for who loses a right, to it or to one of its collections, and tags pages by what they hold', async () => {
    const [one, two] = (await members(2)) as [CollectionId, CollectionId]
    const union = await unionOf([one, two])
    const client = as(other.people.reader, union)
    await post(a.vendor.people.analyst, one, indicator())
    await post(a.vendor.people.analyst, two, indicator())
    const { etag } = await read(client)
    await post(a.vendor.people.analyst, two, indicator({ object_marking_refs: [TLP_MARKINGS.RED] }))
    expect((await read(client)).etag).toBe(etag)
    const may = (collection: CollectionId, reads: boolean) =>
      test.database.superuser.query('update collection_right set can_read = $1 where collection_id = $2 and organisation_id = $3', [
        reads,
        collection,
        other.id,
      ])
    await may(two, false)
    const narrowed = await read(client)
    expect([narrowed.objects!.length, narrowed.etag === etag]).toEqual([1, false])
    await may(union, false)
    expect((await client.get('objects/')).statusCode).toBe(404)
    for (const each of [two, union]) await may(each, true)
  })
})

/** By `added_after` alone, as clients do that know no `next`. */
async function poll(client: TaxiiClient, limit: string): Promise<string[]> {
  const ids: string[] = []
  for (let after: string | undefined; ;) {
    const page = await read(client, { limit, ...(after !== undefined && { added_after: after }) })
    if (page.last === undefined) return ids
    ids.push(...page.objects!.map(({ id }) => id))
    after = page.last
  }
}

/** What becomes of it when two officers let an organisation read. */
async function widen(collection: CollectionId, { id }: SeededOrganisation): Promise<void> {
  await test.app.db.transaction(system('test'), async (tx) => {
    await lockWithUnions(tx, a.id, collection)
    const since = await dateRight(tx, a.id, collection)
    await setRight(tx, { collection, operator: a.id, organisation: id, canRead: true, canWrite: false, since })
    test.app.audit.record(tx, { action: 'access.changed', subject: id, binds: [collectionRightRow({ collection_id: collection, organisation_id: id })] })
  })
}

type Step =
  | { readonly do: 'write' | 'commit'; readonly to: number; readonly count: number; readonly again: boolean }
  | { readonly do: 'poll'; readonly limit: number; readonly byNext: boolean }
  | { readonly do: 'widen' }

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('write' as const, 'commit' as const),
      to: fc.nat({ max: 2 }),
      count: fc.integer({ min: 1, max: 4 }),
      again: fc.boolean(),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('poll' as const), limit: fc.integer({ min: 2, max: 6 }), byNext: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ do: 'widen' as const }) },
)

/** Three collections with writers that commit when they like, their union, and one poller of it that may read the third from some time on. */
class Race {
  readonly written: ReturnType<typeof indicator>[] = []
  readonly polled: string[] = []
  readonly #open = new Map<number, { readonly end: () => void; readonly done: Promise<void> }>()
  #collections: CollectionId[] = []
  #union!: CollectionId
  #last: string | undefined
  /** The walk that is under way. */
  #walk: { readonly added_after?: string; readonly next: string } | undefined
  #isWide = false
  readonly #unbounded: boolean

  constructor(unbounded: boolean) {
    this.#unbounded = unbounded
  }

  async run(steps: readonly Step[]): Promise<this> {
    const later = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id }, { organisation: other.id, canRead: false }])
    this.#collections = [...(await members(2)), later]
    this.#union = await unionOf(this.#collections)
    for (const step of steps) {
      if (step.do === 'poll') await this.#poll(step.limit, step.byNext)
      else if (step.do === 'commit') await this.#commit(step.to)
      else if (step.do === 'widen') await this.#widen()
      else await this.#write(step)
    }
    await this.#widen()
    for (const to of [0, 1, 2]) await this.#commit(to)
    for (let before = -1; before < this.polled.length || this.#walk;) {
      before = this.polled.length
      await this.#poll(5, true)
    }
    return this
  }

  async #widen(): Promise<void> {
    if (this.#isWide) return
    await this.#commit(2)
    await widen(this.#collections[2]!, other)
    this.#isWide = true
  }

  /** Objects get their positions and stay uncommitted; those that another collection has already stay what they are. */
  async #write({ to, count, again }: Extract<Step, { readonly count: number }>): Promise<void> {
    if (this.#open.has(to)) return
    const fresh = Array.from({ length: count }, () => indicator())
    const objects = again ? [...this.written.slice(0, 2), ...fresh] : fresh
    const written = Promise.withResolvers<void>()
    const gate = Promise.withResolvers<void>()
    const place = { collection: this.#collections[to]!, operator: a.id, contributor: a.vendor.id, by: undefined, reads: true }
    const incoming = objects.map((object) => ({ object: object as never, bytes: Buffer.from(JSON.stringify(object)) }))
    const done = test.app.db.transaction(system('test'), async (tx) => {
      await storeObjects(test.app, tx, place, incoming)
      written.resolve()
      await gate.promise
    })
    await written.promise
    this.#open.set(to, { end: gate.resolve, done })
    this.written.push(...fresh)
    test.clock.advance(count % 2)
  }

  async #commit(to: number): Promise<void> {
    const writer = this.#open.get(to)
    this.#open.delete(to)
    writer?.end()
    await writer?.done
  }

  async #poll(limit: number, byNext: boolean): Promise<void> {
    const { actor } = other.people.reader
    const opened = await openReader(test.app, actor, { root: a.id, collection: this.#union })
    if (!isOfUnion(opened)) throw new Error('no union')
    const reader = this.#unbounded ? { ...opened, union: { ...opened.union, horizon: Number.MAX_SAFE_INTEGER } } : opened
    // What comes with a right stands at one position, and takes more than a page: only `next` leads through it.
    const walk = byNext || this.#isWide ? this.#walk : undefined
    const query = walk ?? (this.#last === undefined ? {} : { added_after: this.#last })
    const page = await readUnionPage(test.app, reader, readQuery(test.app, actor, { collection: this.#union, resource: 'objects' }, { limit, ...query }))
    this.polled.push(...page.rows.map(({ object_id: id }) => id))
    const last = page.rows.at(-1)
    if (last) this.#last = fromEpochMicroseconds(last.position)
    this.#walk = page.next === undefined ? undefined : { ...query, next: page.next }
  }
}

describe('whoever polls a union', () => {
  const STEPS = fc.array(anyStep, { minLength: 8, maxLength: 24 })
  const LOST: readonly Step[] = [
    { do: 'write', to: 0, count: 2, again: false },
    { do: 'write', to: 1, count: 4, again: false },
    { do: 'commit', to: 1, count: 1, again: false },
    { do: 'poll', limit: 6, byNext: false },
  ]

  it('C6: is shown everything once and in order, whatever is committed when in its collections', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(STEPS, async (steps) => {
        const race = await new Race(false).run(steps)
        expect(race.polled.toSorted()).toEqual(race.written.map(({ id }) => id).toSorted())
      }),
      { numRuns: Number(process.env['VEDETTE_RUNS'] ?? 8), endOnFailure: false, examples: [[[...LOST]]] },
    )
    expect(await verifyLog(test.app)).toMatchObject({ ok: true, faults: [] })
  })

  it('C6: would miss something if it were read as far as anything is written', async () => {
    const race = await new Race(true).run(LOST)
    expect(race.polled.length).toBeLessThan(race.written.length)
  })

  it('is held up by nobody who writes, and holds nobody up', async () => {
    const collections = await members(2)
    const union = await unionOf(collections)
    const client = as(other.people.reader, union)
    await as(a.vendor.people.analyst, collections[0]!).post(indicator())
    const held = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const writing = test.app.db.transaction(system('test'), async (tx) => {
      await tx.db.selectFrom('collection').select('id').where('id', '=', collections[1]!).forUpdate().execute()
      begun.resolve()
      await held.promise
    })
    await begun.promise
    expect((await read(client)).objects).toBeUndefined()
    held.resolve()
    await writing
    expect((await read(client)).objects).toHaveLength(1)
    await as(a.vendor.people.analyst, collections[1]!).post(indicator({ id: `indicator--${randomUUID()}` }))
    expect((await read(client)).objects).toHaveLength(2)
  })

  it('is locked with its collections in one order, whichever of them a change is about', async () => {
    const [collection] = (await members(1)) as [CollectionId]
    const unions = await Promise.all(Array.from({ length: 8 }, () => unionOf([collection])))
    const [first, ...rest] = [...unions, collection].toSorted() as [CollectionId, ...CollectionId[]]
    const held = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const holding = test.app.db.transaction(system('test'), async (tx) => {
      await tx.db.selectFrom('collection').select('id').where('id', '=', first).forUpdate().execute()
      begun.resolve()
      await held.promise
    })
    await begun.promise
    const changing = widen(collection, other)
    const waits = `select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
    await expect.poll(async () => (await test.database.superuser.query<{ n: number }>(waits)).rows[0]!.n, { interval: 20 }).toBe(1)
    // Whoever waits for the first holds none of the others.
    await test.database.superuser.query('select from collection where id = any($1) for update nowait', [rest])
    held.resolve()
    await Promise.all([holding, changing])
  })
})
