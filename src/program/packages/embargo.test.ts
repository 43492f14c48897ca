import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { system, type ContactActor } from '#platform/auth/actor.ts'
import type { OrganisationId } from '#platform/ids.ts'
import type { PackageSummary } from '#program/packages/contract.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { code, csafDocument, DECEMBER, ok, packageDesk, type Caller, type Package } from '#test/harness/packages.ts'
import { entitle, joinOperator, seedMember, seedPeople, type Entitling, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'

type Contact = SeededPerson<ContactActor>
type Page = { items: z.output<typeof PackageSummary>[]; next: string | null }
const MARK = 'kanarie4711'
const CVE = 'CVE-2026-8877665'
const just = (instant: string) => new Date(Date.parse(instant) - 1)

describe('the embargo of a package', () => {
  let test: TestApp
  let a: SeededOperator
  let b: SeededOperator
  let desk: ReturnType<typeof packageDesk>
  let secret: Package
  /** Objects of its attachment and of its proof of concept. */
  let files: readonly string[]
  let advance: Contact
  let colleague: Contact
  let prover: Contact
  let entry: Contact
  let validate: Contact
  let restricted: Contact
  let covered: Contact
  /** Whoever lacks one thing, by what they lack. */
  const lacking: Record<string, Contact> = {}

  const member = async (letter: string, options: Entitling = {}): Promise<Contact> => {
    const organisation = await seedMember(test.app, a.id, letter)
    await entitle(test.app, a, organisation, organisation.people.analyst, options)
    return organisation.people.analyst
  }
  const change = (organisation: OrganisationId, values: { state?: string; until?: Date }) =>
    test.app.db.transaction(system('test'), (tx) =>
      tx.db.updateTable('membership').set(values).where('organisation_id', '=', organisation).where('operator_id', '=', a.id).execute(),
    )

  beforeAll(async () => {
    test = await testApp()
    ;[a, b] = await seedPeople(test.app)
    desk = packageDesk(test)
    ;({ analyst: advance, reader: colleague, admin: prover } = a.vendor.people)
    await entitle(test.app, a, a.vendor, advance)
    await entitle(test.app, a, a.vendor, colleague)
    await entitle(test.app, a, a.vendor, prover, { proofOfConcept: true })
    entry = await member('entry', { tier: 'entry' })
    validate = await member('validate', { tier: 'validate' })
    restricted = await member('restricted', { jurisdiction: 'duty-to-report@1', proofOfConcept: true })
    covered = await member('covered', { products: ['Something else', 'Covered product'] })
    lacking['clearance'] = await member('no clearance', { clears: false })
    lacking['agreement'] = await member('no agreement', { accepts: false })
    lacking['jurisdiction'] = await member('no jurisdiction', { jurisdiction: null })
    lacking['a known jurisdiction'] = await member('unknown', { jurisdiction: 'unheard-of@1' })
    lacking['need to know'] = await member('other product', { products: ['Another product'] })
    lacking['a tier that reads packages'] = await member('tier', { tier: 'responder' })
    lacking['an active membership'] = await member('suspended')
    // Members of another operator too, so that who is suspended here can still sign in.
    await test.app.db.transaction(system('test'), async (tx) => {
      for (const organisation of [lacking['an active membership']!.actor.organisation, a.vendor.id]) await joinOperator(test.app, tx, organisation, b.id)
    })
    await change(lacking['an active membership'].actor.organisation, { state: 'suspended' })
    lacking['a membership that has not ended'] = await member('ended')
    await change(lacking['a membership that has not ended'].actor.organisation, { until: new Date(DECEMBER.validate) })
    await entitle(test.app, b, b.vendor, b.vendor.people.analyst)
    lacking['membership with this operator'] = b.vendor.people.analyst
    secret = await plant()
    const { attachments, proofOfConcept } = (await desk.read(a.people.author, secret.id)).content
    files = [...attachments!, ...proofOfConcept!].map(({ object }) => object)
  })
  afterAll(() => test.close())

  /** A package with the mark in every field that holds text. */
  async function plant(): Promise<Package> {
    const { author, reviewer, publisher } = a.people
    const { id } = ok(await desk.import(author, csafDocument(MARK, CVE)))
    ok(await desk.attach(author, id, `${MARK} bytes`, { name: `${MARK}.bin` }))
    ok(await desk.attach(author, id, `${MARK} proof`, { part: 'proof-of-concept', name: `${MARK}-proof.bin` }))
    ok(
      await desk.edit(author, id, (content) => ({
        ...content,
        products: [...(content['products'] as object[]), { id: 'P2', name: 'Covered product' }],
        description: `${MARK} generic`,
        detection: [{ sensor: 'file', title: `${MARK} guidance`, guidance: `${MARK} look here`, falsePositives: `${MARK} none` }],
      })),
    )
    ok(await desk.step(author, id, 'review'))
    ok(await desk.step(reviewer, id, 'approval'))
    return ok(await desk.schedule(publisher, id))
  }

  const list = async (by: Caller, query = '') => (await desk.get(by, `/api/packages${query}`)).json<Page>().items

  /** Everything a contact can ask about a package, as text without what differs between any two requests. */
  async function world(by: Caller, id: string, objects: readonly string[]): Promise<string[]> {
    const asked: [method: 'GET' | 'HEAD' | 'POST' | 'PUT', url: string, body?: unknown][] = [
      ['GET', '/api/packages'],
      ['GET', '/api/packages?limit=1'],
      ['GET', '/api/releases'],
      ['GET', `/api/packages/${id}`],
      ['HEAD', `/api/packages/${id}`],
      ['POST', `/api/packages/${id}/receipts`, { version: 1 }],
      ['POST', `/api/packages/${id}/receipts`, { version: 2 }],
      ['POST', `/api/packages/${id}/receipts`, { version: 'x' }],
      ['GET', `/api/packages/${id}/receipts`],
      ['PUT', `/api/packages/${id}/content`, {}],
      ['POST', `/api/packages/${id}/approval`, {}],
      ...objects.flatMap((object): [method: 'GET' | 'HEAD', url: string][] => [
        ['GET', `/api/packages/${id}/attachments/${object}`],
        ['GET', `/api/packages/${id}/attachments/${object}?version=1`],
        ['HEAD', `/api/packages/${id}/attachments/${object}`],
      ]),
    ]
    const answers: string[] = []
    for (const [method, url, payload] of asked) {
      const answer = await test.server.inject({ method, url, headers: by.token, ...(payload === undefined ? {} : { payload: payload as object }) })
      const { date: _date, 'x-request-id': _id, ...headers } = answer.headers
      const names = [[id, 'PACKAGE'], ...objects.map((object, n) => [object, `OBJECT ${n}`])] as const
      const text = names.reduce(
        (all, [from, to]) => all.replaceAll(from, to),
        `${method} ${url}\n${answer.statusCode} ${JSON.stringify(headers)}\n${answer.body}`,
      )
      answers.push(text.replace(/"requestId":"[^"]*"/, ''))
    }
    return answers
  }
  const secretWorld = (by: Caller) => world(by, secret.id, files)
  const emptyWorld = (by: Caller) => world(by, randomUUID(), [randomUUID(), randomUUID()])

  it('says no word of it anywhere before the first window opens', { timeout: 120_000 }, async () => {
    const staff = await desk.read(a.people.author, secret.id)
    expect(JSON.stringify(staff)).toContain(MARK)
    const ignorant: Caller[] = [
      a.people.analyst,
      a.people['membership-officer'],
      a.people.auditor,
      // Every role of one member, and one of each other: what they read differs by what their organisations hold.
      ...Object.values(a.vendor.people),
      a.responder.people.analyst,
      b.vendor.people.admin,
      b.responder.people.reader,
      b.people.publisher,
      b.people.analyst,
      entry,
      validate,
      restricted,
      covered,
      ...Object.values(lacking),
      { token: {} as { authorization: string } },
    ]
    const routes = test.server.routeTable.filter(({ method, url }) => method === 'GET' && url !== '/*')
    expect(routes.length).toBeGreaterThan(25)
    for (const { url } of routes) {
      const told = ignorant.map(async (by) => {
        for (const object of url.includes(':object') ? files : ['']) {
          const path = url.replace(':object', object).replaceAll(/:\w+/g, secret.id)
          const { body, headers, statusCode } = await desk.get(by, path)
          expect(statusCode, path).toBeLessThan(500)
          expect(`${path} ${body} ${JSON.stringify(headers)}`.includes(MARK) || body.includes(CVE), path).toBe(false)
        }
      })
      await Promise.all(told)
    }
  })

  it('keeps no word of it in the database or in a file', async () => {
    const { rows: tables } = await test.database.superuser.query<{ name: string }>(
      `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p') and n.nspname in ('public', 'jobs')`,
    )
    const dump = async (text: string) => {
      const hits: string[] = []
      for (const { name } of tables) {
        const { rows } = await test.database.superuser.query<{ line: string }>(`select t::text as line from ${name} t`)
        if (rows.some(({ line }) => line.includes(text) || line.includes(Buffer.from(text).toString('hex')))) hits.push(name)
      }
      return hits
    }
    for (const token of [MARK, CVE]) expect(await dump(token)).toEqual([])
    expect(await dump('Operator A')).toContain('public.operator')
    expect(await dump('package.scheduled')).toContain('public.audit_leaf')
    const found = (text: string) => spawnSync('grep', ['-rlaF', '-e', text, test.app.config.dataDir], { encoding: 'utf8' }).stdout
    for (const token of [MARK, CVE]) expect(found(token)).toBe('')
    const control = join(test.app.config.dataDir, 'control')
    writeFileSync(control, `${MARK} ${CVE}`)
    for (const token of [MARK, CVE]) expect(found(token)).toBe(`${control}\n`)
    rmSync(control)
  })

  it('never opens a sealed object for somebody to whom it is closed', async () => {
    const open = vi.spyOn(test.app.objects, 'open')
    for (const by of [advance, entry, lacking['clearance']!]) await secretWorld(by)
    expect(open).not.toHaveBeenCalled()
    await desk.read(a.people.author, secret.id)
    expect(open).toHaveBeenCalledOnce()
    open.mockRestore()
  })

  it('is to tier validate a world without the package until its instant, and then holds the guidance only', async () => {
    test.clock.set(just(DECEMBER.validate))
    expect(await secretWorld(validate)).toEqual(await emptyWorld(validate))
    test.clock.set(DECEMBER.validate)
    expect((await list(validate)).map(({ id, openedAt }) => [id, openedAt])).toEqual([[secret.id, DECEMBER.validate]])
    expect(ok(await desk.receive(validate, secret.id))).toMatchObject({ title: null, cves: [], content: { detection: [{ title: `${MARK} guidance` }] } })
    expect(Object.keys((await desk.read(validate, secret.id)).content).sort()).toEqual([
      'detection',
      'permittedUse',
      'rules',
      'samples',
      'schema',
      'sharingGroup',
      'tlp',
    ])
    expect(code(await desk.get(validate, `/api/packages/${secret.id}/attachments/${files[0]}`))).toBe('NOT_FOUND')
  })

  it('is to tier advance a world without the package a millisecond before its instant', async () => {
    test.clock.set(just(DECEMBER.advance))
    for (const by of [advance, colleague, prover, covered]) expect(await secretWorld(by)).toEqual(await emptyWorld(by))
  })

  it('opens to tier advance at the instant, as existence until it is received', async () => {
    test.clock.set(DECEMBER.advance)
    const row = {
      id: secret.id,
      version: 1,
      state: 'scheduled',
      title: null,
      bulletin: null,
      cves: [],
      tlp: 'AMBER+STRICT',
      contentHash: null,
      release: { instant: DECEMBER.release, zone: 'America/Los_Angeles', rule: 'update-tuesday@1' },
      windows: null,
      openedAt: DECEMBER.advance,
      receivedAt: null,
      updatedAt: expect.any(String),
    }
    for (const by of [advance, colleague, prover, covered]) expect(await list(by)).toEqual([row])
    const unreceivedParts = ['description', 'bulletin', 'guidance', 'attachments']
    const existence = { ...row, unreceivedParts, contributors: [], submitted: null, approval: null, scheduled: null, source: null }
    const { content, ...rest } = await desk.read(advance, secret.id)
    expect(rest).toEqual(existence)
    expect(Object.keys(content).sort()).toEqual(['permittedUse', 'schema', 'sharingGroup', 'tlp'])
    expect((await secretWorld(advance)).join('\n')).not.toBe((await emptyWorld(advance)).join('\n'))
  })

  it('shows the content to who has received it, and to nobody else of the organisation', async () => {
    const received = ok(await desk.receive(advance, secret.id))
    expect(received).toMatchObject({ title: `${MARK} title`, cves: [CVE], contentHash: secret.contentHash, receivedAt: DECEMBER.advance })
    expect(received.content).toMatchObject({ description: `${MARK} generic`, attachments: [{ name: `${MARK}.bin` }] })
    expect(Object.keys(received.content)).not.toContain('proofOfConcept')
    expect(received).toMatchObject({ contributors: [], submitted: null, approval: null, scheduled: null, source: null, windows: null })
    expect((await list(advance))[0]).toMatchObject({ title: `${MARK} title`, bulletin: `${MARK}-bulletin`, cves: [CVE], receivedAt: DECEMBER.advance })
    expect((await desk.read(advance, secret.id)).content).toEqual(received.content)
    expect((await list(colleague))[0]).toMatchObject({ title: null, bulletin: null, cves: [], receivedAt: null })
    expect(Object.keys((await desk.read(colleague, secret.id)).content).sort()).toEqual(['permittedUse', 'schema', 'sharingGroup', 'tlp'])
    expect(ok(await desk.receive(colleague, secret.id)).content).toEqual(received.content)
    expect((await list(covered))[0]).toMatchObject({ title: null, receivedAt: null })
  })

  it('gives the proof of concept only to who has that right besides', async () => {
    const [attachment, proofOfConcept] = files
    const get = (by: Caller, object: string | undefined) => desk.get(by, `/api/packages/${secret.id}/attachments/${object}`)
    expect((await get(advance, attachment)).body).toBe(`${MARK} bytes`)
    expect(code(await get(advance, proofOfConcept))).toBe('NOT_FOUND')
    expect((await desk.read(prover, secret.id)).unreceivedParts).toContain('proof-of-concept')
    expect(ok(await desk.receive(prover, secret.id)).content.proofOfConcept).toHaveLength(1)
    const answer = await get(prover, proofOfConcept)
    expect(answer.body).toBe(`${MARK} proof`)
    expect(answer.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename=${MARK}-proof.bin`,
      'x-content-type-options': 'nosniff',
    })
  })

  it('keeps tier entry out until its own instant', async () => {
    test.clock.set(just(DECEMBER.entry))
    expect(await secretWorld(entry)).toEqual(await emptyWorld(entry))
    test.clock.set(DECEMBER.entry)
    expect((await list(entry)).map(({ openedAt }) => openedAt)).toEqual([DECEMBER.entry])
  })

  it('gives a restricted jurisdiction the generic text with the release, and nothing before', async () => {
    test.clock.set(just(DECEMBER.release))
    expect(await secretWorld(restricted)).toEqual(await emptyWorld(restricted))
    test.clock.set(DECEMBER.release)
    expect(ok(await desk.receive(restricted, secret.id)).content).toMatchObject({ description: `${MARK} generic` })
    expect(Object.keys((await desk.read(restricted, secret.id)).content).sort()).toEqual(['description', 'permittedUse', 'schema', 'sharingGroup', 'tlp'])
    for (const object of files) expect(code(await desk.get(restricted, `/api/packages/${secret.id}/attachments/${object}`))).toBe('NOT_FOUND')
  })

  it('stays a world without the package to whoever lacks one thing, before the release and after it', { timeout: 120_000 }, async () => {
    for (const instant of [DECEMBER.advance, DECEMBER.release]) {
      test.clock.set(instant)
      expect(await secretWorld(advance)).not.toEqual(await emptyWorld(advance))
      for (const [what, by] of Object.entries(lacking)) expect(await secretWorld(by), `without ${what} at ${instant}`).toEqual(await emptyWorld(by))
    }
  })

  it('follows the state of the version: pulled and deferred it is closed, superseded it stays with who held it', async () => {
    test.clock.set(DECEMBER.release)
    const state = (value: string) => test.database.superuser.query('update package_version set state = $2 where package_id = $1', [secret.id, value])
    for (const value of ['pulled', 'deferred']) {
      await state(value)
      for (const by of [advance, covered]) expect(await secretWorld(by)).toEqual(await emptyWorld(by))
    }
    // Superseded at that instant, by the clock that the database is told.
    await test.database.superuser.query(
      `with at as materialized (select set_config('vedette.now', $2, true)) update package_version set state = 'superseded' from at where package_id = $1`,
      [secret.id, DECEMBER.release],
    )
    expect((await desk.read(advance, secret.id)).title).toBe(`${MARK} title`)
    expect(await secretWorld(covered)).toEqual(await emptyWorld(covered))
    await state('scheduled')
    expect((await list(covered)).map(({ id }) => id)).toEqual([secret.id])
  })

  it('closes again when a right ends, also to who has received it', async () => {
    test.clock.set(DECEMBER.release)
    expect((await desk.get(advance, `/api/packages/${secret.id}`)).statusCode).toBe(200)
    await change(a.vendor.id, { state: 'suspended' })
    expect(await secretWorld(advance)).toEqual(await emptyWorld(advance))
    await change(a.vendor.id, { state: 'active' })
    const now = test.clock.now()
    const newer = { operator_id: a.id, version: 2, sha256: Buffer.alloc(32, 1), text: 'New terms', created_at: now, accept_by: now }
    await test.app.db.transaction(system('test'), (tx) => tx.db.insertInto('agreement').values(newer).execute())
    expect(await secretWorld(advance)).toEqual(await emptyWorld(advance))
  })

  it('follows the clearance with each operator where an organisation is a member of two', async () => {
    test.clock.set(DECEMBER.release)
    const other = await desk.scheduled(b, csafDocument('Other', 'CVE-2026-20002'), '2027-01-12T18:00:00.000Z')
    test.clock.set('2027-01-12T18:00:00.000Z')
    expect(code(await desk.get(advance, `/api/packages/${other.id}`))).toBe('NOT_FOUND')
    expect((await list(b.vendor.people.analyst)).map(({ id }) => id)).toEqual([other.id])
  })
})

describe('row-level security under the predicate', () => {
  it('shows a contact no row of a package that its tier does not read yet, or that it has no clearance for, whatever is asked', async () => {
    const test = await testApp()
    const [a] = await seedPeople(test.app)
    const desk = packageDesk(test)
    const { analyst, reader } = a.vendor.people
    await entitle(test.app, a, a.vendor, analyst)
    const draft = ok(await desk.import(a.people.author))
    const { id, windows } = await desk.scheduled(a)
    const visible = (by: Contact) =>
      test.app.db.read(by.actor, async (tx) => ({
        versions: (await tx.db.selectFrom('package_version').select('package_id').execute()).map((row) => row.package_id),
        packages: (await tx.db.selectFrom('package').select('id').execute()).map((row) => row.id),
        releases: (await tx.db.selectFrom('release').select('id').execute()).length,
        approvals: (await tx.db.selectFrom('approval').select('id').execute()).length,
      }))
    const nothing = { versions: [], packages: [], releases: 0, approvals: 0 }
    const opens = Date.parse(windows!.advance)
    test.clock.set(new Date(opens - 1))
    expect(await visible(analyst)).toEqual(nothing)
    test.clock.set(new Date(opens))
    expect(await visible(analyst)).toEqual({ versions: [id], packages: [id], releases: 1, approvals: 1 })
    expect(await visible(reader)).toEqual(nothing)
    expect(draft.id).not.toBe(id)
    await test.close()
  })
})
