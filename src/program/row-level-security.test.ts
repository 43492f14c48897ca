import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { system, type Actor } from '#platform/auth/actor.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { csafDocument, DECEMBER, ok, packageDesk, type Package } from '#test/harness/packages.ts'
import { entitle, joinOperator, seedMember, seedPeople, seedStaff, type SeededOperator, type SeededOrganisation } from '#test/harness/people.ts'

const TABLES = [
  'release',
  'release_package',
  'package',
  'package_version',
  'approval',
  'receipt',
  'protection',
  'clearance',
  'agreement',
  'agreement_acceptance',
] as const
type Table = (typeof TABLES)[number]
type Row = Record<string, unknown>
class Undo extends Error {}

/** The second wall by itself: what the database shows and takes whatever is asked of it. */
describe('row-level security of the program', () => {
  let test: TestApp
  let a: SeededOperator
  let b: SeededOperator
  let other: SeededOrganisation
  let regular: Package
  let waiting: string
  let confirmed: string
  /** One row of each table, all of operator A. */
  const sample = {} as Record<Table, Row>

  beforeAll(async () => {
    test = await testApp()
    ;[a, b] = await seedPeople(test.app)
    const desk = packageDesk(test)
    const second = await seedStaff(test.app, a.id, 'publisher', 'Second publisher')
    other = await seedMember(test.app, a.id, 'other')
    await entitle(test.app, a, a.vendor, a.vendor.people.analyst)
    await entitle(test.app, b, b.vendor, b.vendor.people.analyst)
    regular = await desk.scheduled(a)
    const propose = async () => {
      const { id } = ok(await desk.import(a.people.author, csafDocument('Urgent', 'CVE-2026-20002')))
      ok(await desk.step(a.people.author, id, 'review'))
      const { version, contentHash } = ok(await desk.step(a.people.reviewer, id, 'approval'))
      const opens = { validate: '2026-11-30T00:00:00Z', advance: '2026-11-30T00:00:00Z', entry: '2026-12-20T00:00:00Z' }
      const wish = { instant: '2026-12-21T00:00:00Z', zone: 'UTC', windows: opens, reason: 'Attacks', packages: [{ id, version, contentHash }] }
      return { id, key: (await desk.post(a.people.publisher, '/api/releases', wish)).json<{ key: string }>().key }
    }
    const urgent = await propose()
    confirmed = urgent.key
    waiting = (await propose()).key
    await desk.post(second, `/api/releases/${confirmed}/confirmation`)
    ok(await desk.schedule(a.people.publisher, urgent.id, confirmed))
    test.clock.set(DECEMBER.advance)
    ok(await desk.receive(a.vendor.people.analyst, regular.id))
    const report = { product: 'Endpoint 4', sensor: 'file', mode: 'block', cves: ['CVE-2026-30003'] }
    expect((await desk.post(a.vendor.people.analyst, '/api/protections', report)).statusCode).toBe(201)
    for (const table of TABLES) {
      const { rows } = await test.database.superuser.query<Row>(`select * from ${table} where operator_id = $1`, [a.id])
      sample[table] = rows[0]!
    }
    sample.release = (await test.database.superuser.query<Row>(`select * from release where id = $1`, [confirmed])).rows[0]!
    sample.package_version = (await test.database.superuser.query<Row>('select * from package_version where package_id = $1', [regular.id])).rows[0]!
  })
  afterAll(() => test.close())

  const seen = async (actor: Actor) => {
    const counts = {} as Record<Table, number>
    await test.app.db.read(actor, async (tx) => {
      for (const table of TABLES) {
        const { rows } = await sql<{ n: number }>`select count(*)::int as n from ${sql.table(table)} where operator_id = ${a.id}`.execute(tx.db)
        counts[table] = rows[0]!.n
      }
    })
    return counts
  }
  const NONE = Object.fromEntries(TABLES.map((table) => [table, 0])) as Record<Table, number>

  it('shows each side its own: the operator all, a contact what is open to it, and nobody of another anything', async () => {
    const own = {
      release: 3,
      release_package: 2,
      package: 3,
      package_version: 3,
      approval: 3,
      receipt: 1,
      protection: 1,
      clearance: 1,
      agreement: 1,
      agreement_acceptance: 1,
    }
    expect(await seen(a.people.publisher.actor)).toEqual(own)
    expect(await seen(system('test'))).toEqual(own)
    const open = { ...NONE, release: 2, package: 2, package_version: 2, approval: 2 }
    const ofOrganisation = { receipt: 1, protection: 1, agreement: 1, agreement_acceptance: 1 }
    expect(await seen(a.vendor.people.analyst.actor)).toEqual({ ...open, ...ofOrganisation, clearance: 1 })
    // A colleague without a clearance, another member, the other operator and its member.
    expect(await seen(a.vendor.people.reader.actor)).toEqual({ ...NONE, ...ofOrganisation })
    expect(await seen(other.people.analyst.actor)).toEqual({ ...NONE, agreement: 1 })
    for (const stranger of [b.people.publisher, b.vendor.people.analyst]) expect(await seen(stranger.actor)).toEqual(NONE)
    expect(await seen({ kind: 'anonymous' })).toEqual(NONE)
  })

  it('shows a contact a release only while it is decided, the window is open, and membership and clearance hold', async () => {
    const { analyst } = a.vendor.people
    const ids = () =>
      test.app.db.read(analyst.actor, async (tx) =>
        (await tx.db.selectFrom('release').select('id').where('operator_id', '=', a.id).execute()).map(({ id }) => id),
      )
    expect(await ids()).toContain(confirmed)
    expect(await ids()).not.toContain(waiting)
    const member = (values: { until?: Date | null; created_at?: Date }) =>
      test.app.db.transaction(system('test'), (tx) => tx.db.updateTable('membership').set(values).where('organisation_id', '=', a.vendor.id).execute())
    const { created_at: since } = (
      await test.database.superuser.query<{ created_at: Date }>('select created_at from membership where organisation_id = $1', [a.vendor.id])
    ).rows[0]!
    const now = test.clock.now()
    for (const [change, back] of [
      [{ until: now }, { until: null }],
      [{ created_at: new Date(now.getTime() + 1) }, { created_at: since }],
    ] as const) {
      await member(change)
      expect(await ids(), JSON.stringify(change)).toEqual([])
      expect(await seen(analyst.actor)).toMatchObject({ package_version: 0, package: 0, approval: 0 })
      await member(back)
      expect(await ids()).toHaveLength(2)
    }
    test.clock.set(new Date(Date.parse(DECEMBER.advance) - 1))
    expect(await ids()).toEqual([confirmed])
    test.clock.set(DECEMBER.advance)
  })

  /** A row that only its key tells from one that is there. */
  const another: Readonly<Record<Table, () => Row>> = {
    release: () => ({ ...sample.release, id: crypto.randomUUID() }),
    release_package: () => ({ ...sample.release_package, release_id: sample.release_package['release_id'] === waiting ? confirmed : waiting }),
    package: () => ({ ...sample.package, id: crypto.randomUUID() }),
    package_version: () => ({ ...sample.package_version, version: 2 }),
    approval: () => ({ ...sample.approval, id: crypto.randomUUID() }),
    receipt: () => ({ ...sample.receipt, id: crypto.randomUUID(), parts: ['existence'] }),
    protection: () => ({ ...sample.protection, id: crypto.randomUUID() }),
    clearance: () => ({ ...sample.clearance, person_id: a.vendor.people.admin.id }),
    agreement: () => ({ ...sample.agreement, version: 2, sha256: Buffer.alloc(32, 2) }),
    agreement_acceptance: () => ({ ...sample.agreement_acceptance, sha256: Buffer.alloc(32, 1) }),
  }

  /** Whether a row is taken; it is undone either way. */
  async function takes(actor: Actor, table: Table, row: Row): Promise<boolean> {
    const text = JSON.stringify(row, (_, value: unknown) => (isBuffer(value) ? `\\x${Buffer.from(value.data).toString('hex')}` : value))
    try {
      await test.app.db.transaction(actor, async (tx) => {
        await sql`insert into ${sql.table(table)} select * from jsonb_populate_record(null::${sql.table(table)}, ${text}::jsonb)`.execute(tx.db)
        throw new Undo()
      })
    } catch (error) {
      if (error instanceof Undo) return true
      expect((error as Error).message, table).toMatch(/row-level security/)
      return false
    }
    throw new Error('unreachable')
  }
  const isBuffer = (value: unknown): value is { data: number[] } =>
    typeof value === 'object' && value !== null && (value as { type?: string }).type === 'Buffer'

  const BY_OPERATOR = TABLES.filter((table) => table !== 'receipt' && table !== 'protection')
  it.each(BY_OPERATOR)('takes a row of %s from its operator, and from nobody else', async (table) => {
    expect(await takes(a.people.publisher.actor, table, another[table]())).toBe(true)
    for (const stranger of [b.people.publisher, a.vendor.people.analyst, a.vendor.people.admin, other.people.analyst, b.vendor.people.analyst])
      expect(await takes(stranger.actor, table, another[table]())).toBe(false)
  })

  it('takes a receipt from the person whose it is, for what is open to them, and from nobody else', async () => {
    const { analyst, reader } = a.vendor.people
    expect(await takes(analyst.actor, 'receipt', another.receipt())).toBe(true)
    for (const stranger of [a.people.publisher, reader, other.people.analyst, b.vendor.people.analyst])
      expect(await takes(stranger.actor, 'receipt', another.receipt())).toBe(false)
    const own = { person_id: other.people.analyst.id, organisation_id: other.id }
    expect(await takes(other.people.analyst.actor, 'receipt', { ...another.receipt(), ...own })).toBe(false)
    expect(await takes(analyst.actor, 'receipt', { ...another.receipt(), operator_id: b.id })).toBe(false)
  })

  it('takes a protection from who reports it for its own organisation while that is a member, and from nobody else', async () => {
    const { analyst, reader } = a.vendor.people
    const mine = () => takes(analyst.actor, 'protection', another.protection())
    expect(await mine()).toBe(true)
    for (const stranger of [a.people.publisher, reader, other.people.analyst, b.vendor.people.analyst])
      expect(await takes(stranger.actor, 'protection', another.protection())).toBe(false)
    const toB = () => takes(analyst.actor, 'protection', { ...another.protection(), operator_id: b.id })
    expect(await toB()).toBe(false)
    await test.app.db.transaction(system('test'), (tx) => joinOperator(test.app, tx, a.vendor.id, b.id))
    expect(await toB()).toBe(true)
    const ends = (until: Date | null) =>
      test.app.db.transaction(system('test'), (tx) =>
        tx.db.updateTable('membership').set({ until }).where('organisation_id', '=', a.vendor.id).where('operator_id', '=', a.id).execute(),
      )
    await ends(test.clock.now())
    expect(await mine()).toBe(false)
    await ends(new Date(test.clock.now().getTime() + 1))
    expect(await mine()).toBe(true)
  })
})
