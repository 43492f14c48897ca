import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { system, type ContactActor, type OperatorActor } from '#platform/auth/actor.ts'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { Problem } from '#platform/errors.ts'
import { groupRow, insertGroup, type GroupId } from '#exchange/groups/store.ts'
import { joinGroup, leaveGroup } from '#exchange/groups/join-group.ts'
import { markingOfGroup } from '#exchange/groups/group-marking.ts'
import { deleteObjects } from '#exchange/objects/delete-objects.ts'
import { storeObjects } from '#exchange/objects/store-objects.ts'
import type { StixObject } from '#exchange/stix/check.ts'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { TaxiiClient, indicator, seedCollection } from '#test/harness/exchange.ts'
import { seedOrganisation, seedPeople, type SeededOperator, type SeededOrganisation, type SeededPerson } from '#test/harness/people.ts'
import { OPERATOR, VisibilityModel, type ModelVersion } from '#test/harness/visibility-model.ts'

let test: TestApp
let a: SeededOperator
let organisations: Record<string, SeededOrganisation>

beforeAll(async () => {
  test = await testApp()
  ;[a] = await seedPeople(test.app)
  organisations = { vendor: a.vendor, responder: a.responder, third: await seedOrganisation(test.app, a.id, 'C', 'responder') }
})
afterAll(() => test.close())

const BY = ['vendor', 'responder', 'third', OPERATOR] as const
type By = (typeof BY)[number]

const person = (by: string): SeededPerson<OperatorActor | ContactActor> => (by === OPERATOR ? a.people.analyst : organisations[by]!.people.analyst)

type Step =
  | { readonly do: 'post'; readonly by: By; readonly object: number; readonly marked: ModelVersion['marked']; readonly at: number; readonly revoked: boolean }
  | { readonly do: 'delete'; readonly by: By; readonly object: number }
  | { readonly do: 'member'; readonly by: 'vendor' | 'responder' | 'third' }

const by = fc.constantFrom(...BY)
const object = fc.nat({ max: 4 })
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('post' as const),
      by,
      object,
      marked: fc.constantFrom('all' as const, 'all' as const, 'none' as const, 'group' as const),
      at: fc.nat({ max: 3 }),
      revoked: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), by, object }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('member' as const), by: fc.constantFrom('vendor' as const, 'responder' as const, 'third' as const) }) },
)

/** One collection, one group, five objects that refer to one another, and what the model says of them. */
class World {
  readonly model = new VisibilityModel()
  readonly #group = randomUUID() as string as GroupId
  readonly #ids = ['indicator', 'indicator', 'relationship', 'note', 'file'].map((type) => `${type}--${randomUUID()}`)
  readonly #members = new Set<string>()
  readonly #cursors = new Map<string, string>()
  readonly #seen = new Map<string, Set<string>>(BY.map((reader) => [reader, new Set()]))
  #collection!: Awaited<ReturnType<typeof seedCollection>>

  async begin(): Promise<this> {
    this.#collection = await seedCollection(
      test.app,
      a.id,
      Object.values(organisations).map(({ id }) => ({ organisation: id })),
    )
    await test.app.db.transaction(system('test'), async (tx) => {
      await insertGroup(tx, { id: this.#group, operator_id: a.id, title: 'Group', description: '', created_at: test.clock.now() })
      test.app.audit.record(tx, { action: 'sharing-group.created', subject: this.#group, operator: a.id, binds: [groupRow({ id: this.#group })] })
    })
    return this
  }

  async take(step: Step): Promise<void> {
    if (step.do === 'post') await this.#post(step)
    else if (step.do === 'delete') await this.#delete(step)
    else await this.#turn(step.by)
    for (const reader of BY) await this.#poll(reader, step)
  }

  async #post({ by, object, marked, at, revoked }: Step & { do: 'post' }): Promise<void> {
    const id = this.#ids[object]!
    const isFile = id.startsWith('file--')
    // Instants of different contributors differ, so that a label says whose it is.
    const modified = `2026-01-0${at + 1}T00:00:00.00${BY.indexOf(by)}Z`
    const label = isFile ? `${at} ${marked}` : modified
    const refs = id.startsWith('relationship') ? [this.#ids[0]!, this.#ids[1]!] : id.startsWith('note') ? [this.#ids[2]!] : []
    const version: ModelVersion = { label, at: isFile ? ++serial : Date.parse(modified), marked, refs, revoked: revoked && !isFile }
    const own = this.model.versionsOf(by, id)
    const others = this.model.othersOf(by, id)
    const newest = own.length === 0 ? undefined : own.reduce((x, y) => (y.at > x.at ? y : x))
    const isKnown = isFile && [...own, ...others].some((one) => one.label === label)
    const isRefused =
      !isFile &&
      (own.some((one) => one.label === label) ||
        (newest?.revoked === true && version.at > newest.at) ||
        (version.revoked && newest !== undefined && version.at < newest.at) ||
        (own.length === 0 && others.length > 0))
    const posted = objectOf(id, { modified, marked: this.#marking(marked), label, refs, revoked: version.revoked, n: ++serial })
    const to = { collection: this.#collection, operator: a.id, contributor: by === OPERATOR ? null : organisations[by]!.id, by: undefined, reads: true }
    const [stored] = await test.app.db.transaction(system('test'), (tx) =>
      storeObjects(test.app, tx, to, [{ object: posted, bytes: Buffer.from(JSON.stringify(posted)) }]),
    )
    expect(stored!.outcome).toBe(isRefused ? 'refused' : isKnown ? 'known' : 'added')
    if (!isRefused && !isKnown) this.model.post(by, id, version)
  }

  async #delete({ by, object }: Step & { do: 'delete' }): Promise<void> {
    const id = this.#ids[object]!
    const place = { root: a.id, collection: this.#collection, object: id }
    const count = this.model.versionsOf(by, id).length
    const deleted = await test.app.db
      .transaction(person(by).actor, (tx) => deleteObjects(test.app, tx, person(by).actor, place, { all: true }))
      .catch((error: unknown) => {
        if (error instanceof Problem && error.code === 'FORBIDDEN') return 0
        throw error
      })
    expect(deleted).toBe(count)
    this.model.delete(by, id)
  }

  async #turn(by: string): Promise<void> {
    const membership = { operator: a.id, group: this.#group, organisation: organisations[by]!.id }
    const isMember = this.#members.has(by)
    await test.app.db.transaction(system('test'), async (tx) => {
      const binds = await (isMember ? leaveGroup : joinGroup)(test.app, tx, membership)
      test.app.audit.record(tx, { action: 'sharing-group.changed', subject: this.#group, operator: a.id, binds })
    })
    if (isMember) this.#members.delete(by)
    else this.#members.add(by)
    this.model.setMember(by, !isMember)
  }

  /** What is new to the reader since its last poll is what it did not see before, and nothing else. */
  async #poll(reader: By, step: Step): Promise<void> {
    const answer = await this.#client(reader).get('objects/', {
      'match[version]': 'all',
      ...(this.#cursors.has(reader) && { added_after: this.#cursors.get(reader)! }),
    })
    const last = answer.headers['x-taxii-date-added-last']
    if (last !== undefined) this.#cursors.set(reader, String(last))
    const visible = this.model.visible(reader)
    const fresh = [...visible].filter((name) => !this.#seen.get(reader)!.has(name)).map(nameOf)
    expect(labelsOf(answer.json()).sort(), `${reader} after ${JSON.stringify(step)}`).toEqual(fresh.sort())
    this.#seen.set(reader, visible)
  }

  /** The whole of what each reader is shown, in every choice of versions. */
  async check(): Promise<void> {
    for (const reader of BY) {
      const ask = async (version: string) => labelsOf((await this.#client(reader).get('objects/', { 'match[version]': version })).json()).sort()
      expect(await ask('all'), reader).toEqual([...this.model.visible(reader)].map(nameOf).sort())
      for (const which of ['last', 'first'] as const) expect(await ask(which), `${which} for ${reader}`).toEqual(this.model.outermost(reader, which).sort())
    }
  }

  #client(reader: By): TaxiiClient {
    return new TaxiiClient(test.server, person(reader), a.id, this.#collection)
  }

  #marking(marked: ModelVersion['marked']): string[] {
    if (marked === 'group') return [TLP_MARKINGS.GREEN, markingOfGroup(this.#group)]
    return [marked === 'all' ? TLP_MARKINGS.GREEN : TLP_MARKINGS.RED]
  }
}

let serial = 0

/** `object label`, of a name that begins with the contributor. */
function nameOf(name: string): string {
  return name.slice(name.indexOf(' ') + 1)
}

function labelsOf({ objects = [] }: { objects?: { id: string; x_label: string }[] }): string[] {
  return objects.map(({ id, x_label: label }) => `${id} ${label}`)
}

function objectOf(
  id: string,
  { modified, marked, label, refs, revoked, n }: { modified: string; marked: string[]; label: string; refs: readonly string[]; revoked: boolean; n: number },
): StixObject {
  const type = id.slice(0, id.indexOf('--'))
  const common = { type, spec_version: '2.1', id, object_marking_refs: marked, x_label: label }
  if (type === 'file') return { ...common, name: label }
  const versioned = { ...common, created: '2026-01-01T00:00:00.000Z', modified, revoked, x_n: n }
  if (type === 'relationship') return { ...versioned, relationship_type: 'related-to', source_ref: refs[0], target_ref: refs[1] }
  if (type === 'note') return { ...versioned, content: 'Note', object_refs: refs }
  return { ...versioned, pattern: "[file:name = 'a']", pattern_type: 'stix', valid_from: modified }
}

describe('whoever polls', () => {
  it(
    'C7: is shown each version that it begins to see once, at a new position, and no other, whatever is posted, deleted, joined and left',
    {
      timeout: 120_000,
    },
    async () => {
      const property = fc.asyncProperty(fc.array(anyStep, { minLength: 4, maxLength: 16 }), async (steps) => {
        const world = await new World().begin()
        for (const step of steps) await world.take(step)
        await world.check()
      })
      await fc.assert(property, { numRuns: Number(process.env['VEDETTE_RUNS'] ?? 5), endOnFailure: false })
      expect(await verifyLog(test.app)).toMatchObject({ ok: true, faults: [] })
    },
  )

  it('C6: is shown everything once and in order while several write to the same and to other collections', { timeout: 60_000 }, async () => {
    const rights = Object.values(organisations).map(({ id }) => ({ organisation: id }))
    const collections = [await seedCollection(test.app, a.id, rights), await seedCollection(test.app, a.id, rights)]
    const bundle = (marking: string) => Array.from({ length: 40 }, () => indicator({ object_marking_refs: [marking] }))
    const bundles = collections.map(() => Array.from({ length: 4 }, (_, n) => bundle(n % 2 === 0 ? TLP_MARKINGS.GREEN : TLP_MARKINGS.RED)))
    let writing = true
    const written = Promise.all(
      ['vendor', 'responder'].flatMap((by, writer) =>
        collections.map(async (collection, n) => {
          const client = new TaxiiClient(test.server, person(by), a.id, collection)
          for (const each of [0, 1]) expect((await client.post(...bundles[n]![writer * 2 + each]!)).statusCode).toBe(202)
        }),
      ),
    ).finally(() => (writing = false))
    const poll = async (reader: string, n: number) => {
      const client = new TaxiiClient(test.server, person(reader), a.id, collections[n]!)
      const ids: string[] = []
      let after: string | undefined
      for (let ended = false; !ended;) {
        const last = !writing
        const page = await client.get('manifest/', { limit: '30', ...(after !== undefined && { added_after: after }) })
        const entries = page.json<{ objects?: { id: string; date_added: string }[] }>().objects ?? []
        ids.push(...entries.map(({ id }) => id))
        after = entries.at(-1)?.date_added ?? after
        ended = last && entries.length === 0
      }
      return ids
    }
    const want = (n: number, ...which: number[]) => which.flatMap((each) => bundles[n]![each]!.map(({ id }) => id)).sort()
    const polled = await Promise.all([poll('third', 0), poll('third', 1), poll('vendor', 0), poll(OPERATOR, 1)])
    await written
    expect(polled.map((ids) => ids.sort())).toEqual([want(0, 0, 2), want(1, 0, 2), want(0, 0, 1, 2), want(1, 0, 1, 2, 3)])
  })
})
