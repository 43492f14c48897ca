import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ContactActor, OperatorActor } from '#platform/auth/actor.ts'
import { system } from '#platform/auth/actor.ts'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { Turns } from '#platform/turns.ts'
import { MAX_CONTENT_LENGTH, Status } from '#exchange/taxii/contract.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { PiecewiseEnvelope } from '#exchange/taxii/envelope.ts'
import { jobs } from '#exchange/taxii/jobs.ts'
import { readShort } from '#exchange/taxii/read-body.ts'
import type { StatusId } from '#exchange/taxii/status-store.ts'
import { MOST_NAMED, type StatusResource } from '#exchange/taxii/status.ts'
import { takePosted } from '#exchange/taxii/take-posted.ts'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { TaxiiClient, indicator, relationship, seedCollection } from '#test/harness/exchange.ts'
import { seedPeople, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'

type AnyPerson = SeededPerson<OperatorActor | ContactActor>

/** What becomes of what is posted: statuses, large envelopes, and who may ask for them. */
let test: TestApp
let a: SeededOperator
let b: SeededOperator
let analyst: AnyPerson

beforeAll(async () => {
  test = await testApp()
  ;[a, b] = await seedPeople(test.app)
  analyst = a.vendor.people.analyst
})
afterAll(() => test.close())

const fresh = () => seedCollection(test.app, a.id, [{ organisation: a.vendor.id }, { organisation: a.responder.id }])
const as = (person: AnyPerson, collection: CollectionId) => new TaxiiClient(test.server, person, a.id, collection)
const many = (count: number) => Array.from({ length: count }, () => JSON.stringify(indicator()))
/** What costs nothing to refuse. */
const garbage = (count: number) => Array.from({ length: count }, () => '7')
const ask = (person: AnyPerson, id: string, root: string = a.id) => test.server.inject({ url: `/taxii2/${root}/status/${id}/`, headers: person.token })
const statusOf = async (id: string) => Status.strict().parse((await ask(analyst, id)).json())
const never = new AbortController().signal
const take = (id: string, signal = never) => takePosted(test.app, { status: id as StatusId }, signal)
/** Fires when it is asked for the nth time. */
const firesAt = (n: number): AbortSignal => {
  let asked = 0
  return { throwIfAborted: () => void (++asked >= n && AbortSignal.abort().throwIfAborted()) } as AbortSignal
}
const kept = async () => (await test.database.superuser.query<{ n: number }>('select count(*)::int as n from sealed_object')).rows[0]!.n

describe('a status', () => {
  it('T31: counts all objects, and names each with its version and what was wrong with it', async () => {
    const collection = await fresh()
    const [good, known] = [indicator(), indicator()]
    await as(analyst, collection).post(known)
    const answer = await as(analyst, collection).post(good, known, indicator({ pattern: '' }), { type: 'x', id: 'garbage' }, 7)
    expect(answer.statusCode).toBe(202)
    const status = Status.strict().parse(answer.json())
    expect(status).toMatchObject({ status: 'complete', total_count: 5, success_count: 2, failure_count: 3, pending_count: 0 })
    expect(status.successes).toMatchObject([
      { id: good.id, version: '2026-01-01T00:00:00.000Z' },
      { id: known.id, version: '2026-01-01T00:00:00.000Z' },
    ])
    for (const failure of status.failures!) expect(failure).toMatchObject({ id: expect.any(String), version: expect.stringMatching(/Z$/), message: /./ })
    expect(await statusOf(status.id)).toEqual(status)
  })

  it('takes an object whose new type is called as something that every object of the language has', async () => {
    const collection = await fresh()
    const named = ['new-sdo', 'new-sco', 'new-sro'].map((kind) => ({
      ...indicator(),
      type: 'constructor',
      id: `constructor--${randomUUID()}`,
      extensions: { [`extension-definition--${randomUUID()}`]: { extension_type: kind } },
    }))
    const answer = await as(analyst, collection).post(...named, indicator())
    expect([answer.statusCode, answer.json<StatusResource>().success_count]).toEqual([202, 4])
    expect(await as(analyst, collection).walk()).toHaveLength(4)
  })

  it('T17: leaves out lists that are empty, and has a UUIDv4', async () => {
    const collection = await fresh()
    const whole = (await as(analyst, collection).post(indicator())).json<StatusResource>()
    const none = (await as(analyst, collection).post({})).json<StatusResource>()
    expect([whole.failures, none.successes, 'pendings' in whole]).toEqual([undefined, undefined, false])
    expect(whole.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab]/)
  })

  it('T32: can be asked for a week after it is complete, by its own side only; every other id is not found', async () => {
    const collection = await fresh()
    const { id } = (await as(analyst, collection).post(indicator())).json<StatusResource>()
    for (const person of [b.vendor.people.admin, a.responder.people.admin, a.people.analyst]) expect((await ask(person, id)).statusCode).toBe(404)
    for (const unknown of [randomUUID(), 'garbage', '0']) expect((await ask(analyst, unknown)).statusCode).toBe(404)
    expect((await ask(analyst, id, b.id)).statusCode).toBe(404)
    const forget = () => jobs.find(({ name }) => name === 'taxii.forget-statuses')!.run(test.app, {} as never, never)
    test.clock.advance(6 * 86_400_000)
    await forget()
    expect((await ask(a.vendor.people.admin, id)).statusCode).toBe(200)
    test.clock.advance(2 * 86_400_000)
    await forget()
    expect((await ask(analyst, id)).statusCode).toBe(404)
  })

  it('T36: an exact duplicate is a success', async () => {
    const collection = await fresh()
    const object = indicator()
    for (let n = 0; n < 2; n++) {
      const { success_count: good, failure_count: bad } = (await as(analyst, collection).post(object)).json<StatusResource>()
      expect([good, bad]).toEqual([1, 0])
    }
  })
})

describe('an envelope of more objects than one transaction takes', () => {
  it('T31: is pending until all are taken in, then complete; meanwhile the bytes lie sealed', async () => {
    const collection = await fresh()
    const before = await kept()
    const objects = [...many(30), ...garbage(970), ...many(20)]
    const answer = await as(analyst, collection).post(...objects)
    const posted = Status.strict().parse(answer.json())
    expect([answer.statusCode, posted.status, posted.total_count, posted.pending_count, posted.success_count]).toEqual([202, 'pending', 1020, 1020, 0])
    expect([await statusOf(posted.id), await kept()]).toEqual([posted, before + 1])
    await expect(take(posted.id, firesAt(2))).rejects.toThrow(/abort/i)
    expect(await statusOf(posted.id)).toMatchObject({ status: 'pending', success_count: 30, failure_count: 970, pending_count: 20 })
    // Whoever goes on takes the rest, and a second one beside it nothing.
    await Promise.all([take(posted.id), take(posted.id)])
    const status = await statusOf(posted.id)
    expect(status).toMatchObject({ status: 'complete', total_count: 1020, success_count: 50, failure_count: 970, pending_count: 0 })
    const ids = objects.filter((text) => text !== '7').map((text) => (JSON.parse(text) as { id: string }).id)
    expect(status.successes!.map(({ id }) => id)).toEqual(ids)
    expect(await as(a.responder.people.reader, collection).walk()).toEqual(ids)
    expect(await kept()).toBe(before)
    await take(posted.id)
    expect(await statusOf(posted.id)).toEqual(status)
    expect(await verifyLog(test.app)).toMatchObject({ ok: true, faults: [] })
  })

  it('T31: is answered for in full when its sender may not write any more', async () => {
    const collection = await fresh()
    const { id } = (await as(analyst, collection).post(...many(1), ...garbage(1000))).json<StatusResource>()
    await expect(take(id, firesAt(2))).rejects.toThrow(/abort/i)
    await test.database.superuser.query('delete from collection_right where collection_id = $1 and organisation_id = $2', [collection, a.vendor.id])
    await take(id)
    const status = await statusOf(id)
    expect([status.status, status.success_count, status.failure_count]).toEqual(['complete', 1, 1000])
    expect(status.failures!.map(({ message }) => message)).toEqual([...Array.from({ length: 999 }, () => 'not an object'), expect.stringContaining('right')])
  })

  it('T31: is taken in no further once the credential that it was sent with is revoked', async () => {
    const collection = await fresh()
    const { id } = (await as(analyst, collection).post(...many(1), ...garbage(999), ...many(1))).json<StatusResource>()
    await expect(take(id, firesAt(2))).rejects.toThrow(/abort/i)
    const { rows } = await test.database.superuser.query<{ id: string }>(
      'update api_token set revoked_at = now() where id = (select credential_id from taxii_status where id = $1) returning id',
      [id],
    )
    await take(id)
    await test.database.superuser.query('update api_token set revoked_at = null where id = $1', [rows[0]!.id])
    const status = await statusOf(id)
    expect([status.status, status.success_count, status.failures!.at(-1)!.message]).toEqual(['complete', 1, expect.stringContaining('credential')])
    expect(await as(a.responder.people.reader, collection).walk()).toHaveLength(1)
  })

  it('T31: is sent once more when nobody has worked on it for long', async () => {
    const collection = await fresh()
    const { id } = (await as(analyst, collection).post(...many(1), ...garbage(1000))).json<StatusResource>()
    const waiting = async () =>
      (
        await test.database.superuser.query<{ n: number }>(
          `select count(*)::int as n from jobs.job where name = 'taxii.take-posted' and data->>'status' = $1`,
          [id],
        )
      ).rows[0]!.n
    const resume = () => jobs.find(({ name }) => name === 'taxii.resume-posted')!.run(test.app, {} as never, never)
    await resume()
    expect(await waiting()).toBe(1)
    test.clock.advance(3_600_000)
    await resume()
    expect(await waiting()).toBe(2)
  })

  it('T10: may be as long as the API root says, and one byte more is too long', async () => {
    const collection = await fresh()
    const root = (await test.server.inject({ url: `/taxii2/${a.id}/`, headers: analyst.token })).json<{ max_content_length: number; versions: string[] }>()
    expect(root).toMatchObject({ max_content_length: MAX_CONTENT_LENGTH, versions: ['application/taxii+json;version=2.1'] })
    const url = `/taxii2/${a.id}/collections/${collection}/objects/`
    const headers = { ...analyst.token, 'content-type': 'application/taxii+json' }
    const post = (payload: Buffer) => test.server.inject({ method: 'POST', url, headers, payload })
    const longest = Buffer.alloc(root.max_content_length, ' ')
    longest.write(`{"objects":[${JSON.stringify(indicator())}]}`)
    expect((await post(longest)).statusCode).toBe(202)
    expect((await post(Buffer.concat([longest, Buffer.from(' ')]))).statusCode).toBe(413)
    const before = await kept()
    const bad = longest.subarray(0, 11_000_000)
    bad.write(`{"objects":[${JSON.stringify(indicator())},]}`)
    expect([(await post(bad)).statusCode, await kept()]).toEqual([400, before])
    const tiny = await as(analyst, collection).post(...Array.from({ length: 12_000 }, () => '0'))
    await take(tiny.json<StatusResource>().id)
    const status = await statusOf(tiny.json<StatusResource>().id)
    expect([status.status, status.failure_count, status.failures!.length]).toEqual(['complete', 12_000, MOST_NAMED])
    expect((await as(analyst, collection).post(Array.from({ length: 1_500_001 }, () => '0').join())).statusCode).toBe(422)
  })

  it('T10: is held as one, not as the pieces in which it comes, each of which takes far more than its bytes', async () => {
    const piece = Buffer.alloc(1)
    async function* pieces() {
      for (const byte of Buffer.from('{"objects":[]}')) yield piece.fill(byte)
    }
    // What holds on to the pieces holds the last of them many times.
    expect(await readShort(pieces())).toEqual({ whole: Buffer.from('{"objects":[]}') })
  })
})

/** Objects of one envelope that depend on one another in every way there is. */
function entangled(known: { readonly id: string }) {
  const common = { spec_version: '2.1', created: '2026-01-01T00:00:00.000Z' }
  const statement = { ...common, type: 'marking-definition', id: `marking-definition--${randomUUID()}`, definition_type: 'statement' }
  const own = { ...statement, definition: { statement: 'Copyright' }, object_marking_refs: [known.id] }
  const marked = indicator({ object_marking_refs: [TLP_MARKINGS.GREEN, own.id] })
  const part = indicator({ granular_markings: [{ marking_ref: known.id, selectors: ['pattern'] }], object_marking_refs: [] })
  const strange = indicator({ object_marking_refs: [`marking-definition--${randomUUID()}`] })
  const label = {
    ...common,
    type: 'marking-definition',
    id: `marking-definition--${randomUUID()}`,
    definition_type: 'tlp',
    name: 'TLP:GREEN',
    definition: { tlp: 'green' },
  }
  const link = relationship(marked.id, part.id)
  const about = { ...common, modified: common.created, object_marking_refs: [TLP_MARKINGS.GREEN] }
  const note = { ...about, type: 'note', id: `note--${randomUUID()}`, content: 'See', object_refs: [link.id] }
  const report = { ...about, type: 'report', id: `report--${randomUUID()}`, name: 'All', published: common.created, object_refs: [note.id, strange.id] }
  const versions = [TLP_MARKINGS.GREEN, TLP_MARKINGS.RED, TLP_MARKINGS.AMBER].map((marking, n) => ({
    ...indicator({ object_marking_refs: [marking] }),
    id: part.id.replace(/.{4}$/, 'aaaa'),
    pattern: part['pattern'],
    modified: `2026-01-0${n + 1}T00:00:00.000Z`,
  }))
  const seen = (n: number) => ({ ...about, type: 'sighting', id: part.id.replace('indicator', 'sighting'), sighting_of_ref: marked.id, count: n })
  const sightings = [seen(1), { ...seen(5), modified: '2026-01-02T00:00:00.000Z' }]
  const file = (name: string) => ({
    type: 'file',
    spec_version: '2.1',
    id: part.id.replace('indicator', 'file'),
    name,
    object_marking_refs: [TLP_MARKINGS.GREEN],
  })
  const files = [file('a'), file('b'), file('a'), { ...file('c'), object_marking_refs: 7 }]
  return [own, { ...known }, marked, part, strange, label, link, note, report, ...versions, ...sightings, ...files].map((object) => JSON.stringify(object))
}

describe('the pieces of an envelope', () => {
  const known = {
    type: 'marking-definition',
    spec_version: '2.1',
    id: `marking-definition--${randomUUID()}`,
    created: '2026-01-01T00:00:00.000Z',
    definition_type: 'statement',
    definition: { statement: 'Of another member' },
  }
  const readers = () => [analyst, a.responder.people.reader, a.people.analyst]

  async function outcome(collection: CollectionId, id: string) {
    const { successes = [], failures = [] } = await statusOf(id)
    const named = (list: readonly { id: string; message?: string | undefined }[]) =>
      list
        .filter(({ id: one }) => one !== 'unknown')
        .map(({ id: one, message }) => `${one} ${message ?? ''}`)
        .toSorted()
    const shown = async (person: AnyPerson, version: string) => (await as(person, collection).walk({ 'match[version]': version })).toSorted()
    const stored = await test.database.superuser.query(
      `select object_id, case when versioned then version end as version, tlp, audience = $1 as for_all, open, leads, oldest, newest from object_version
       where collection_id = $1 order by object_id, tlp, version`,
      [collection],
    )
    const seen = await test.database.superuser.query(
      'select stix_id, indicator, count, counted from sighting where collection_id = $1 and replaced_at is null order by stix_id',
      [collection],
    )
    return {
      successes: named(successes),
      failures: named(failures),
      all: await Promise.all(readers().map((person) => shown(person, 'all'))),
      last: await Promise.all(readers().map((person) => shown(person, 'last'))),
      stored: stored.rows,
      seen: seen.rows,
    }
  }

  it('have the result that one piece has, however they are cut and ordered', { timeout: 60_000 }, async () => {
    const property = fc.asyncProperty(fc.infiniteStream(fc.nat()), fc.array(fc.nat({ max: 16 }), { minLength: 1, maxLength: 3 }), async (chosen, cuts) => {
      const [together, apart] = [await fresh(), await fresh()]
      for (const collection of [together, apart]) await as(a.responder.people.analyst, collection).post(known)
      const objects = shuffled(entangled(known), () => chosen.next().value)
      const padded = objects.flatMap((object, n) => (cuts.includes(n) ? [object, ...garbage(999)] : [object]))
      const one = (await as(analyst, together).post(...objects)).json<StatusResource>()
      const many = (await as(analyst, apart).post(...padded)).json<StatusResource>()
      await take(many.id)
      expect(await outcome(apart, many.id)).toEqual(await outcome(together, one.id))
    })
    await fc.assert(property, { numRuns: 8 })
  })

  it('know of an observable that came in an earlier one, whatever its id ends with', async () => {
    const id = `file--${randomUUID().slice(0, 24)}000000000000`
    const file = (name: string) => JSON.stringify({ type: 'file', spec_version: '2.1', id, name })
    const turns = new Turns()
    const envelope = await PiecewiseEnvelope.open(Buffer.from(`{"objects":[${[file('a'), ...garbage(1_000), file('b')].join()}]}`), turns)
    expect([[...(await envelope.piece(0, turns)).observables], [...(await envelope.piece(1_000, turns)).observables]]).toEqual([[], [id]])
  })
})

function shuffled<T>(all: readonly T[], choose: () => number): T[] {
  const left = [...all]
  return all.map(() => left.splice(choose() % left.length, 1)[0]!)
}

describe("an operator's own people", () => {
  it('T36: contribute in the name of the operator where they are analysts, and the status is the operator’s', async () => {
    const collection = await fresh()
    const object = indicator()
    const answer = await as(a.people.analyst, collection).post(object)
    expect([answer.statusCode, answer.json<StatusResource>().success_count]).toEqual([202, 1])
    expect(await as(a.responder.people.reader, collection).walk()).toEqual([object.id])
    const { id } = answer.json<StatusResource>()
    expect([(await ask(a.people.analyst, id)).statusCode, (await ask(analyst, id)).statusCode, (await ask(b.people.analyst, id)).statusCode]).toEqual([
      200, 404, 404,
    ])
    expect((await as(a.people.auditor, collection).post(object)).statusCode).toBe(403)
    expect((await as(b.people.analyst, collection).post(object)).statusCode).toBe(404)
    const rights = async (person: AnyPerson) => {
      const { can_read: reads, can_write: writes } = (await as(person, collection).get('')).json<{ can_read: boolean; can_write: boolean }>()
      return [reads, writes]
    }
    expect([await rights(a.people.analyst), await rights(a.people.auditor), await rights(analyst)]).toEqual([
      [true, true],
      [true, false],
      [true, true],
    ])
    // Larger ones, too.
    const large = (await as(a.people.analyst, collection).post(...many(1), ...garbage(1000))).json<StatusResource>()
    await take(large.id)
    expect((await ask(a.people.analyst, large.id)).json()).toMatchObject({ status: 'complete', success_count: 1 })
    expect(
      await test.app.db.read(
        system('test'),
        async (tx) => (await tx.db.selectFrom('taxii_status').select('organisation_id').where('id', '=', large.id).execute())[0],
      ),
    ).toEqual({ organisation_id: null })
  })
})
