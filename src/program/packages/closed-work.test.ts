import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { system, type ContactActor } from '#platform/auth/actor.ts'
import type { OrganisationId } from '#platform/ids.ts'
import { mayRead, type ReadableVersion } from '#program/embargo/may-read.ts'
import type { Tier } from '#program/membership/contract.ts'
import { findStandings } from '#program/packages/contact-reader.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import type { PackageState } from '#program/packages/contract.ts'
import { findVersionsFor, listVersionsFor } from '#program/packages/store.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { csafDocument, DECEMBER, ok, packageDesk, type Caller, type Package } from '#test/harness/packages.ts'
import { entitle, seedMember, seedPeople, type Entitling, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'

type Contact = SeededPerson<ContactActor>
const CLOSED = 20
/** Which of them ends early, in the test of the narrowing: between the windows of advance and of entry. */
const ENDED = 9
const END = '2026-12-04T12:00:00.000Z'
const before = (instant: string) => new Date(Date.parse(instant) - 1)

/** What answering takes, where it could depend on packages: statements, the rows they give, objects opened. */
interface Work {
  readonly statements: readonly string[]
  readonly rows: number
  readonly objects: number
}

describe('what an answer takes', () => {
  let test: TestApp
  let a: SeededOperator
  let b: SeededOperator
  let desk: ReturnType<typeof packageDesk>
  let entitled: Contact
  /** Contacts to whom every package is closed at the release of December already, each by one thing. */
  const closedTo: Record<string, Contact> = {}
  let without: Record<string, Work>
  let packages: Package[]

  async function member(letter: string, options: Entitling = {}, values: { state?: string; until?: Date; created_at?: Date } = {}): Promise<Contact> {
    const organisation = await seedMember(test.app, a.id, letter)
    await entitle(test.app, a, organisation, organisation.people.analyst, options)
    await change(organisation.id, values)
    return organisation.people.analyst
  }
  const change = (organisation: OrganisationId, values: { state?: string; until?: Date; created_at?: Date }) =>
    test.app.db.transaction(system('test'), async (tx) => {
      if (Object.keys(values).length > 0) await tx.db.updateTable('membership').set(values).where('organisation_id', '=', organisation).execute()
    })

  async function measure(by: Caller, url: string): Promise<Work> {
    const query = vi.spyOn(pg.Client.prototype, 'query')
    const open = vi.spyOn(test.app.objects, 'open')
    try {
      await desk.get(by, url)
      const statements = query.mock.calls.map(([text]) => (typeof text === 'string' ? text : (text as { text: string }).text))
      const results = (await Promise.all(query.mock.results.map(({ value }) => value as unknown))) as ({ rows?: unknown[] } | undefined)[]
      return { statements, rows: results.reduce((sum, result) => sum + (result?.rows?.length ?? 0), 0), objects: open.mock.calls.length }
    } finally {
      query.mockRestore()
      open.mockRestore()
    }
  }
  async function works(): Promise<Record<string, Work>> {
    const all: Record<string, Work> = {}
    for (const [what, by] of Object.entries(closedTo)) {
      // The first request of a token writes down that it was used.
      await desk.get(by, '/api/packages')
      all[what] = await measure(by, '/api/packages')
    }
    return all
  }

  beforeAll(async () => {
    test = await testApp()
    ;[a, b] = await seedPeople(test.app)
    desk = packageDesk(test)
    entitled = await member('entitled')
    closedTo['the window of its tier'] = await member('entry', { tier: 'entry' })
    closedTo['its jurisdiction until the release'] = await member('restricted', { jurisdiction: 'duty-to-report@1' })
    closedTo['a jurisdiction that nobody knows'] = await member('unknown', { jurisdiction: 'unheard-of@1' })
    closedTo['need to know'] = await member('other product', { products: ['Another product'] })
    closedTo['the agreement'] = await member('no agreement', { accepts: false })
    closedTo['a membership that has ended'] = await member('ended', {}, { until: new Date(DECEMBER.validate) })
    closedTo['a membership that begins later'] = await member('later', {}, { created_at: new Date(DECEMBER.release) })
    closedTo['a key that is not there'] = await member('no key', { keyed: false })
    closedTo['its tier'] = await member('tier', { tier: 'responder' })
    closedTo['a clearance that is not there'] = await member('no clearance', { clears: false })
    await entitle(test.app, b, b.vendor, b.vendor.people.analyst)
    closedTo['another operator'] = b.vendor.people.analyst
    test.clock.set(DECEMBER.advance)
    without = await works()
    packages = []
    for (let n = 0; n < CLOSED; n++) packages.push(await desk.scheduled(a, csafDocument(`Closed ${n}`, n === ENDED ? 'CVE-2026-10009' : undefined)))
  }, 120_000)
  afterAll(() => test.close())

  it('does not depend on packages that are closed, whatever closes them', async () => {
    const withMany = await works()
    for (const what of Object.keys(closedTo)) {
      expect((await desk.get(closedTo[what]!, '/api/packages')).json<{ items: unknown[] }>().items, what).toEqual([])
      expect(withMany[what], what).toEqual(without[what])
    }
    // The control: what is open to somebody is read.
    await desk.get(entitled, '/api/packages')
    const open = await measure(entitled, '/api/packages')
    expect(open.rows).toBe(without['the window of its tier']!.rows + CLOSED)
  })

  it('is the same for the id of a closed package as for one that never existed', async () => {
    const { id } = packages[0]!
    for (const [what, by] of Object.entries(closedTo))
      expect(await measure(by, `/api/packages/${id}`), what).toEqual(await measure(by, `/api/packages/${randomUUID()}`))
    const [open, unknown] = [await measure(entitled, `/api/packages/${id}`), await measure(entitled, `/api/packages/${randomUUID()}`)]
    expect([open.objects, unknown.objects]).toEqual([1, 0])
    expect(open.rows).toBeGreaterThan(unknown.rows)
  })

  it('is narrowed in the database to exactly what the predicate opens, at every instant and for everybody', { timeout: 120_000 }, async () => {
    const probes = packages.slice(0, 10)
    const ids = new Set<string>(probes.map(({ id }) => id))
    const moments = [
      before(DECEMBER.validate),
      DECEMBER.advance,
      before(END),
      END,
      before(DECEMBER.entry),
      DECEMBER.entry,
      before(DECEMBER.release),
      DECEMBER.release,
    ]
    const states = ['scheduled', 'released', 'superseded', 'withdrawn', 'pulled', 'deferred']
    for (const [n, state] of states.entries())
      await test.database.superuser.query('update package_version set state = $2 where package_id = $1', [packages[n]!.id, state])
    await test.database.superuser.query(`update package_version set content_hash = sha256('other') where package_id = $1`, [packages[7]!.id])
    test.clock.set(DECEMBER.advance)
    // Holds what became superseded.
    await test.database.superuser.query('update package_version set state = $2 where package_id = $1', [packages[2]!.id, 'scheduled'])
    ok(await desk.receive(entitled, packages[2]!.id))
    await test.database.superuser.query('update package_version set state = $2 where package_id = $1', [packages[2]!.id, 'superseded'])
    const oneProduct = await member('one product', { products: ['Something else', 'Closed 3 product'] })
    const histories = await withHistories()
    await endEarly()
    const answers: boolean[] = []
    for (const moment of moments) {
      const now = new Date(moment)
      test.clock.set(now)
      const read = Object.entries({ ...closedTo, ...histories, entitled, oneProduct }).map(async ([what, by]) => {
        const found = await test.app.db.read(by.actor, async (tx) => {
          const standings = await findStandings(test.app, tx, by.actor, now)
          const every = await listVersionsFor(tx, by.actor, standings, now, { limit: 100, position: undefined })
          const listed = every.filter(({ package_id: id }) => ids.has(id))
          const named = [0, 2, 6, ENDED].map((n) => probes[n]!.id as PackageId)
          const byId = await Promise.all(named.map((id) => findVersionsFor(tx, by.actor, standings, now, id)))
          expect(
            byId
              .flat()
              .map(({ package_id: id }) => id as string)
              .sort(),
            what,
          ).toEqual(
            listed
              .map(({ package_id: id }) => id)
              .filter((id) => named.includes(id))
              .sort(),
          )
          return new Set(listed.map(({ package_id: id }) => id as string))
        })
        for (const { id } of probes) {
          const decided = await decide(by, id as PackageId, now)
          answers.push(decided)
          expect(found.has(id), `${what}, ${id} at ${now.toISOString()}`).toBe(decided)
        }
      })
      await Promise.all(read)
    }
    expect(new Set(answers)).toEqual(new Set([true, false]))
  })

  /** The embargo of the one vulnerability of a package ended early. */
  async function endEarly(): Promise<void> {
    await test.database.superuser.query(
      `insert into embargo_end (id, operator_id, cve_tag, cve, cause, evidence, proposed_by, proposed_at, confirmed_by, confirmed_at)
       select gen_random_uuid(), operator_id, cve_tags[1], '', 'finder', '', $2, $4, $3, $4 from package_version where package_id = $1`,
      [packages[ENDED]!.id, a.people.publisher.id, a.people.reviewer.id, END],
    )
  }

  /** Members with more than one standing: joined, raised, lowered, suspended and lapsed at instants round the windows. */
  async function withHistories(): Promise<Record<string, Contact>> {
    const at = { before: '2026-11-01T00:00:00Z', within: '2026-12-04T00:00:00Z', later: '2026-12-05T00:00:00Z' }
    const rows: Record<string, readonly Partial<Record<'since' | 'tier' | 'state' | 'until' | 'jurisdiction', string>>[]> = {
      'joined within': [{ since: at.within }],
      raised: [{ since: at.before, tier: 'entry' }, { since: at.within }],
      lowered: [{ since: at.before }, { since: at.within, tier: 'entry' }],
      'from validate': [{ since: at.before, tier: 'validate' }, { since: at.within }],
      'from responder': [
        { since: at.before, tier: 'responder' },
        { since: at.within, tier: 'entry' },
      ],
      suspended: [{ since: at.before }, { since: at.within, state: 'suspended' }, { since: at.later }],
      'suspended before': [{ since: '2026-10-01T00:00:00Z' }, { since: at.before, state: 'suspended' }, { since: '2026-11-02T00:00:00Z' }],
      lapsed: [{ since: at.before, until: at.within }, { since: at.later }],
      looser: [{ since: at.before, jurisdiction: 'duty-to-report@1' }, { since: at.within }],
      unknown: [{ since: at.before, jurisdiction: 'unheard-of@1' }, { since: at.within }],
    }
    const contacts: Record<string, Contact> = {}
    for (const [what, standings] of Object.entries(rows)) {
      const last = standings.at(-1)!
      const by = await member(what, { tier: (last.tier ?? 'advance') as Tier })
      const { organisation } = by.actor
      await test.database.superuser.query('delete from membership_history where organisation_id = $1', [organisation])
      await test.database.superuser.query(`update clearance_history set since = '2026-10-01T00:00:00Z' where person_id = $1`, [by.id])
      for (const { since, tier = 'advance', state = 'active', until = null, jurisdiction = 'unrestricted@1' } of standings)
        await test.database.superuser.query(
          'insert into membership_history (organisation_id, operator_id, since, tier, state, until, jurisdiction) values ($1, $2, $3, $4, $5, $6, $7)',
          [organisation, a.id, since, tier, state, until, jurisdiction],
        )
      await test.database.superuser.query(`update membership set created_at = '2026-10-01T00:00:00Z' where organisation_id = $1`, [organisation])
      await test.database.superuser.query(
        'delete from membership_history where organisation_id = $1 and position = (select max(position) from membership_history where organisation_id = $1)',
        [organisation],
      )
      contacts[what] = by
    }
    return contacts
  }

  /** What the predicate says of a package, on facts that are read past every narrowing and every policy of the database. */
  async function decide(by: Contact, id: PackageId, now: Date): Promise<boolean> {
    const { rows } = await test.database.superuser.query<Facts>(
      `select v.state, v.scheduled_at, (select max(k.expires_at) from contact_key k where k.person_id = $3 and k.revoked_at is null) as key_until, encode(v.content_hash, 'hex') as hash, encode(a.content_hash, 'hex') as approved, r.instant, r.validate_at, r.advance_at,
         r.entry_at, m.tier, m.state as membership, m.created_at, m.until, m.jurisdiction, c.products, c.jurisdiction as place,
         encode(g.sha256, 'hex') as current, g.accept_by, s.countersigned_at,
         exists (select from receipt t where t.package_id = v.package_id and t.organisation_id = m.organisation_id) as held
       from package_version v join approval a on a.id = v.approval_id join release r on r.id = v.release_id
         left join membership m on m.operator_id = v.operator_id and m.organisation_id = $2
         left join clearance c on c.operator_id = v.operator_id and c.person_id = $3
         left join agreement g on g.operator_id = v.operator_id
         left join agreement_acceptance s on s.operator_id = v.operator_id and s.organisation_id = $2
       where v.package_id = $1`,
      [id, by.actor.organisation, by.id],
    )
    const row = rows[0]!
    if (!row.membership || !row.products) return false
    const ceiling = (policy: string | null) =>
      policy === 'unrestricted@1'
        ? NONE
        : policy === 'duty-to-report@1'
          ? { policy, parts: ['existence', 'description'] as const, notBefore: 'release' as const }
          : undefined
    const { organisation } = by.actor
    const standings = async () => {
      const { rows: written } = await test.database.superuser.query<{
        since: Date
        tier: Tier
        state: 'active' | 'suspended'
        until: Date | null
        jurisdiction: string | null
      }>('select since, tier, state, until, jurisdiction from membership_history where operator_id = $1 and organisation_id = $2 order by position', [
        a.id,
        organisation,
      ])
      return written.map(({ jurisdiction, ...standing }) => ({ ...standing, ceiling: ceiling(jurisdiction), bridges: false }))
    }
    const places = async () => {
      const { rows: written } = await test.database.superuser.query<{ since: Date; jurisdiction: string | null }>(
        'select since, jurisdiction from clearance_history where operator_id = $1 and person_id = $2 order by position',
        [a.id, by.id],
      )
      return written.map(({ since, jurisdiction }) => ({ since, ceiling: ceiling(jurisdiction) }))
    }
    const version: ReadableVersion = {
      package: id,
      version: 1,
      operator: a.id,
      state: row.state,
      contentHash: row.hash,
      approvedHash: row.approved,
      release: {
        instant: row.instant,
        windows: { validate: row.validate_at, advance: row.advance_at, entry: row.entry_at },
        rule: 'r',
        calendar: null,
      },
      scheduledAt: row.scheduled_at,
      endedAt: id === packages[ENDED]!.id ? new Date(END) : undefined,
      validateParts: [],
    }
    const product = `Closed ${packages.findIndex((one) => one.id === id)} product`
    const covered = row.products.includes('*') || row.products.includes(product)
    const reader = {
      kind: 'contact' as const,
      contact: {
        organisation,
        active: true,
        needToKnow: new Set(covered ? [id] : []),
        proofOfConcept: false,
        holds: new Set(row.held ? [`${id}/1`] : []),
        keyUntil: row.key_until ?? undefined,
      },
      membership: { organisation, operator: a.id, tier: row.tier!, state: row.membership, since: row.created_at!, until: row.until, reachable: true },
      agreement: row.current ? [{ version: 1, sha256: row.current, acceptBy: row.accept_by!, countersignedAt: row.countersigned_at ?? undefined }] : [],
      jurisdiction: { entity: ceiling(row.jurisdiction), contact: ceiling(row.place) },
      history: { member: await standings(), place: await places() },
    }
    return mayRead(reader, version, 'existence', now).read
  }
})

/** Columns of a version, and of a contact's membership and clearance where there are any. */
interface Facts {
  readonly state: PackageState
  readonly scheduled_at: Date
  readonly hash: string
  readonly approved: string
  readonly instant: Date
  readonly validate_at: Date
  readonly advance_at: Date
  readonly entry_at: Date
  readonly tier: Tier | null
  readonly membership: 'active' | 'suspended' | 'terminated' | null
  readonly created_at: Date | null
  readonly until: Date | null
  readonly jurisdiction: string | null
  readonly products: readonly string[] | null
  readonly place: string | null
  readonly current: string | null
  readonly accept_by: Date | null
  readonly countersigned_at: Date | null
  readonly key_until: Date | null
  readonly held: boolean
}

const NONE = {
  policy: 'unrestricted@1',
  parts: ['existence', 'description', 'bulletin', 'guidance', 'attachments', 'proof-of-concept'] as const,
  notBefore: 'window' as const,
}
