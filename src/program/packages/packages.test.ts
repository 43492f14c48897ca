import { createHash } from 'node:crypto'
import type { z } from 'zod'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { system, type OperatorActor, type OperatorRole } from '#platform/auth/actor.ts'
import { replaceRoles, roleRows } from '#platform/auth/people-store.ts'
import { verifyLog } from '#platform/audit/verify-log.ts'
import type { PackageSummary } from '#program/packages/contract.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { code, csafDocument, DECEMBER, ok, packageDesk } from '#test/harness/packages.ts'
import { seedPeople, seedStaff, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'

type Page = { items: z.output<typeof PackageSummary>[]; next: string | null }

describe('a package on its way to a release', () => {
  let test: TestApp
  let a: SeededOperator
  let b: SeededOperator
  let desk: ReturnType<typeof packageDesk>
  let secondAuthor: SeededPerson<OperatorActor>
  const counts = async () => {
    const tables = ['package', 'package_version', 'approval', 'sealed_object', 'audit_leaf']
    const rows = await Promise.all(tables.map((table) => test.database.superuser.query<{ n: number }>(`select count(*)::int as n from ${table}`)))
    return rows.map(({ rows: [row] }) => row!.n)
  }
  const actions = async (id: string) =>
    (await test.database.superuser.query<{ action: string }>('select action from audit_leaf where subject_id = $1 order by index', [id])).rows.map(
      ({ action }) => action,
    )

  beforeAll(async () => {
    test = await testApp()
    ;[a, b] = await seedPeople(test.app)
    desk = packageDesk(test)
    secondAuthor = await seedStaff(test.app, a.id, 'author', 'Second author')
  })
  afterAll(() => test.close())

  it('goes from an imported document to its release by three people, each step in the log', async () => {
    const { author, reviewer, publisher } = a.people
    const answer = await desk.import(author)
    expect(answer.statusCode).toBe(201)
    const imported = answer.json()
    expect(imported).toMatchObject({
      version: 1,
      state: 'draft',
      title: 'Example title',
      bulletin: 'Example-bulletin',
      cves: ['CVE-2026-10001'],
      tlp: 'AMBER+STRICT',
      release: null,
      windows: null,
      contributors: [{ id: author.id, name: author.name }],
      source: {
        id: 'Example-bulletin',
        version: '1',
        publisher: 'Example publisher',
        status: 'final',
        statedTlp: 'AMBER',
        assumed: ['/document/distribution/tlp'],
      },
    })
    const { id } = imported
    const guided = ok(
      await desk.edit(secondAuthor, id, (content) => ({ ...content, detection: [{ sensor: 'network', title: 'Probe', guidance: 'Count the records.' }] })),
    )
    expect(guided.contentHash).not.toBe(imported.contentHash)
    expect(guided.contributors.map((who) => who.id)).toEqual([author.id, secondAuthor.id])
    const attached = ok(await desk.attach(author, id, 'bytes of a sample', { name: 'Probe £.txt' }))
    expect(attached.content.attachments).toEqual([
      {
        object: expect.any(String),
        name: 'Probe £.txt',
        mediaType: 'application/octet-stream',
        size: 17,
        sha256: createHash('sha256').update('bytes of a sample').digest('hex'),
      },
    ])
    expect(code(await desk.step(reviewer, id, 'approval'))).toBe('CONFLICT')
    expect(ok(await desk.step(author, id, 'review'))).toMatchObject({ state: 'in-review', submitted: { by: { id: author.id } } })
    expect(code(await desk.attach(author, id, 'late'))).toBe('CONFLICT')
    const approved = ok(await desk.step(reviewer, id, 'approval'))
    expect(approved).toMatchObject({ state: 'approved', approval: { by: { id: reviewer.id }, contentHash: attached.contentHash } })
    expect(ok(await desk.schedule(publisher, id))).toMatchObject({
      state: 'scheduled',
      release: { instant: DECEMBER.release, zone: 'America/Los_Angeles', rule: 'update-tuesday@1' },
      windows: { validate: DECEMBER.validate, advance: DECEMBER.advance, entry: DECEMBER.entry },
      scheduled: { by: { id: publisher.id } },
    })
    expect(await actions(id)).toEqual([
      'package.imported',
      'package.edited',
      'package.file-added',
      'package.submitted',
      'package.approved',
      'package.scheduled',
    ])
    expect(await verifyLog(test.app, {})).toMatchObject({ ok: true, faults: [] })
  })

  it('keeps the imported document as it came', async () => {
    const text = JSON.stringify(csafDocument('Kept'), null, 3)
    const { id } = ok(await desk.import(a.people.author, text))
    const { rows } = await test.database.superuser.query<{ source_object: string }>('select source_object from package_version where package_id = $1', [id])
    const kept = await test.app.db.read(system('test'), async (tx) => {
      const { stream } = await test.app.objects.open(tx, rows[0]!.source_object as never)
      return Buffer.concat(await stream.toArray()).toString()
    })
    expect(kept).toBe(text)
  })

  it('refuses a document that does not validate with the places, and keeps nothing', async () => {
    const before = await counts()
    const { title: _, ...document } = csafDocument().document
    const answer = await desk.import(a.people.author, { ...csafDocument(), document })
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field: '/document/title' }] })
    expect(code(await desk.import(a.people.author, '{"document":'))).toBe('MALFORMED_JSON')
    expect(await counts()).toEqual(before)
  })

  async function withRoles(person: SeededPerson<OperatorActor>, roles: readonly OperatorRole[]) {
    await test.app.db.transaction(system('test'), async (tx) => {
      await replaceRoles(tx, person.id, 'operator', roles, test.clock.now())
      test.app.audit.record(tx, { action: 'person.roles-set', subject: person.id, binds: roleRows(person.id, 'operator') })
    })
    return person
  }

  it('is never approved by who wrote, uploaded or submitted a part of it', async () => {
    const both = await withRoles(await seedStaff(test.app, a.id, 'reviewer', 'Author and reviewer'), ['author', 'reviewer'])
    const { id } = ok(await desk.import(a.people.author))
    ok(await desk.attach(both, id, 'an upload'))
    ok(await desk.step(a.people.author, id, 'review'))
    expect(code(await desk.step(both, id, 'approval'))).toBe('SECOND_PERSON_NEEDED')
    expect(code(await desk.step(a.people.author, id, 'approval'))).toBe('FORBIDDEN')
    const submitted = ok(await desk.import(a.people.author))
    ok(await desk.step(both, submitted.id, 'review'))
    expect(code(await desk.step(both, submitted.id, 'approval'))).toBe('SECOND_PERSON_NEEDED')
    expect(ok(await desk.step(a.people.reviewer, submitted.id, 'approval')).state).toBe('approved')
  })

  it('is not scheduled by who approved it', async () => {
    const both = await withRoles(await seedStaff(test.app, a.id, 'reviewer', 'Reviewer and publisher'), ['reviewer', 'publisher'])
    const { id } = ok(await desk.import(a.people.author))
    ok(await desk.step(a.people.author, id, 'review'))
    expect(code(await desk.schedule(a.people.publisher, id))).toBe('CONFLICT')
    ok(await desk.step(both, id, 'approval'))
    expect(code(await desk.schedule(both, id))).toBe('SECOND_PERSON_NEEDED')
    expect(ok(await desk.schedule(a.people.publisher, id)).state).toBe('scheduled')
  })

  it('is approved and sent to review only as it was read', async () => {
    const { author, reviewer } = a.people
    const { id, contentHash } = ok(await desk.import(author))
    const changed = ok(await desk.edit(author, id, (content) => ({ ...content, title: 'Changed' })))
    expect(code(await desk.put(author, `/api/packages/${id}/content`, { contentHash, content: changed.content }))).toBe('PRECONDITION_FAILED')
    expect(code(await desk.post(author, `/api/packages/${id}/review`, { contentHash }))).toBe('PRECONDITION_FAILED')
    ok(await desk.step(author, id, 'review'))
    const read = (await desk.read(reviewer, id)).contentHash
    ok(await desk.post(author, `/api/packages/${id}/return`))
    ok(await desk.edit(author, id, (content) => ({ ...content, title: 'Changed again' })))
    ok(await desk.step(author, id, 'review'))
    expect(code(await desk.post(reviewer, `/api/packages/${id}/approval`, { contentHash: read }))).toBe('PRECONDITION_FAILED')
    expect((await desk.read(reviewer, id)).approval).toBeNull()
  })

  it('takes files only by upload: an edit keeps or removes them, and never names the file of another package', async () => {
    const { author } = a.people
    const other = ok(await desk.import(author))
    const foreign = ok(await desk.attach(author, other.id, 'of another package')).content.attachments![0]!
    const { id } = ok(await desk.import(author))
    const first = ok(await desk.attach(author, id, 'first')).content.attachments![0]!
    const second = ok(await desk.attach(author, id, 'second')).content.attachments![1]!
    const refused = async (attachments: unknown[], proofOfConcept: unknown[] = []) => {
      const answer = await desk.edit(author, id, (content) => ({ ...content, attachments, proofOfConcept }))
      return [code(answer), answer.json<{ fields: { field: string }[] }>().fields[0]?.field]
    }
    expect(await refused([first, second, foreign])).toEqual(['VALIDATION_FAILED', '/body/content/attachments/2'])
    expect(await refused([{ ...first, name: 'renamed.bin' }])).toEqual(['VALIDATION_FAILED', '/body/content/attachments/0'])
    expect(await refused([first, first])).toEqual(['VALIDATION_FAILED', '/body/content/attachments/1'])
    expect(await refused([], [first])).toEqual(['VALIDATION_FAILED', '/body/content/proofOfConcept/0'])
    ok(await desk.edit(author, id, (content) => ({ ...content, attachments: [second] })))
    expect(code(await desk.get(author, `/api/packages/${id}/attachments/${first.object}`))).toBe('NOT_FOUND')
    expect((await desk.get(author, `/api/packages/${id}/attachments/${second.object}`)).body).toBe('second')
    const { rows } = await test.database.superuser.query('select 1 from sealed_object where id = $1', [first.object])
    expect(rows).toEqual([])
  })

  it('never guards the same bytes in two ways, wants a name, and takes 50 MiB at most', async () => {
    const { author } = a.people
    const { id } = ok(await desk.import(author))
    ok(await desk.attach(author, id, 'the same bytes'))
    expect((await desk.attach(author, id, 'the same bytes', { part: 'proof-of-concept' })).json()).toMatchObject({
      code: 'VALIDATION_FAILED',
      fields: [{ field: '/content/attachments/0' }],
    })
    const headers = { ...author.token, 'content-type': 'application/octet-stream' }
    const nameless = await test.server.inject({ method: 'POST', url: `/api/packages/${id}/attachments?part=attachments`, headers, payload: 'x' })
    expect(nameless.json()).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field: '/headers/content-disposition' }] })
    expect(code(await desk.attach(author, id, Buffer.alloc(50 * 1024 * 1024 + 1)))).toBe('PAYLOAD_TOO_LARGE')
    expect((await desk.read(author, id)).content.attachments).toHaveLength(1)
  })

  it('refuses text that cannot be kept, and a content without a title, and keeps what was there', async () => {
    const { author } = a.people
    const { id, contentHash } = ok(await desk.import(author))
    for (const title of ['a\0b', 'a\ud800b']) {
      expect((await desk.edit(author, id, (content) => ({ ...content, title }))).statusCode).toBe(400)
    }
    expect((await desk.edit(author, id, (content) => ({ ...content, title: undefined }))).json()).toMatchObject({ fields: [{ field: '/body/content/title' }] })
    expect((await desk.read(author, id)).contentHash).toBe(contentHash)
  })

  it('removes the sealed object of an earlier content', async () => {
    const { author } = a.people
    const { id } = ok(await desk.import(author))
    const object = async () =>
      (await test.database.superuser.query<{ content_object: string }>('select content_object from package_version where package_id = $1', [id])).rows[0]!
        .content_object
    const before = await object()
    ok(await desk.edit(author, id, (content) => ({ ...content, title: 'Another' })))
    const known = await test.database.superuser.query<{ id: string }>('select id from sealed_object where id in ($1, $2)', [before, await object()])
    expect(known.rows.map((row) => row.id)).toEqual([await object()])
  })

  it('is shown to the roles of its operator by their parts, and to no other operator', async () => {
    const { id, contentHash } = await desk.scheduled(a)
    const { object } = (await desk.read(a.people.author, id)).content.proofOfConcept![0]!
    expect((await desk.read(a.people.auditor, id)).content).toEqual({ schema: 2, tlp: 'AMBER+STRICT', permittedUse: expect.any(Object), sharingGroup: null })
    expect(await desk.read(a.people.auditor, id)).toMatchObject({ title: null, cves: [], source: null, approval: { by: { id: a.people.reviewer.id } } })
    expect(Object.keys((await desk.read(a.people.publisher, id)).content)).not.toContain('proofOfConcept')
    expect(code(await desk.get(a.people.publisher, `/api/packages/${id}/attachments/${object}`))).toBe('NOT_FOUND')
    expect((await desk.get(a.people.reviewer, `/api/packages/${id}/attachments/${object}`)).body).toBe(`proof of ${id}`)
    const { author, reviewer, publisher, tracer } = b.people
    for (const person of [author, reviewer, publisher, tracer]) expect(code(await desk.get(person, `/api/packages/${id}`))).toBe('NOT_FOUND')
    expect(code(await desk.post(reviewer, `/api/packages/${id}/approval`, { contentHash }))).toBe('NOT_FOUND')
    expect(code(await desk.schedule(publisher, id))).toBe('NOT_FOUND')
    expect(code(await desk.attach(author, id, 'x'))).toBe('NOT_FOUND')
    expect(code(await desk.get(tracer, `/api/packages/${id}/receipts`))).toBe('NOT_FOUND')
    expect((await desk.get(author, '/api/packages')).json<Page>().items).toEqual([])
  })

  it('is listed by pages, the newest first, and is not looked for by words in an address', async () => {
    const { author, auditor } = a.people
    test.clock.advance(1)
    const { id } = ok(await desk.import(author, csafDocument('Needle', 'CVE-2026-77777')))
    const first = (await desk.get(author, '/api/packages?limit=1')).json<Page>().items
    expect(first).toMatchObject([{ id, title: 'Needle title', bulletin: 'Needle-bulletin', cves: ['CVE-2026-77777'], tlp: 'AMBER+STRICT' }])
    expect((await desk.get(auditor, '/api/packages?limit=1')).json<Page>().items).toMatchObject([{ id, title: null, bulletin: null, cves: [] }])
    const ids = async (by: Parameters<typeof desk.get>[0], query: string) =>
      (await desk.get(by, `/api/packages?${query}`)).json<Page>().items.map((item) => item.id)
    const all = await ids(author, 'limit=200')
    const paged: string[] = []
    for (let url = '/api/packages?limit=3'; ;) {
      const page = (await desk.get(author, url)).json<Page>()
      paged.push(...page.items.map((item) => item.id))
      if (page.next === null) break
      url = `/api/packages?limit=3&cursor=${page.next}`
    }
    expect(paged).toEqual(all)
    expect(all).toEqual(all.toSorted().reverse())
  })

  it('is not sent to review while its marking lets whoever receives it pass it on', async () => {
    const { author } = a.people
    const { id } = ok(await desk.import(author))
    for (const tlp of ['CLEAR', 'GREEN']) {
      ok(await desk.edit(author, id, (content) => ({ ...content, tlp })))
      expect((await desk.step(author, id, 'review')).json(), tlp).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field: '/content/tlp' }] })
      expect((await desk.read(author, id)).state).toBe('draft')
    }
    ok(await desk.edit(author, id, (content) => ({ ...content, tlp: 'AMBER' })))
    expect(ok(await desk.step(author, id, 'review')).state).toBe('in-review')
  })

  it('goes back to its authors from review and from approval, and then needs both anew', async () => {
    const { author, reviewer, publisher } = a.people
    const { id } = ok(await desk.import(author))
    ok(await desk.step(author, id, 'review'))
    ok(await desk.step(reviewer, id, 'approval'))
    expect(ok(await desk.post(author, `/api/packages/${id}/return`))).toMatchObject({ state: 'draft', submitted: null, approval: null })
    expect(code(await desk.schedule(publisher, id))).toBe('CONFLICT')
    ok(await desk.step(author, id, 'review'))
    ok(await desk.step(reviewer, id, 'approval'))
    expect(ok(await desk.schedule(publisher, id)).state).toBe('scheduled')
    expect(code(await desk.post(author, `/api/packages/${id}/return`))).toBe('CONFLICT')
  })

  it('is not scheduled on the word of a reviewer who is none any more, until another approves it', async () => {
    const { author, publisher } = a.people
    const endings = [
      (by: SeededPerson<OperatorActor>) => withRoles(by, ['author']),
      (by: SeededPerson<OperatorActor>) =>
        test.app.db.transaction(system('test'), (tx) => tx.db.updateTable('person').set({ disabled_at: test.clock.now() }).where('id', '=', by.id).execute()),
    ]
    for (const [n, end] of endings.entries()) {
      const approver = await seedStaff(test.app, a.id, 'reviewer', `Reviewer who leaves ${n}`)
      const { id } = ok(await desk.import(author))
      ok(await desk.step(author, id, 'review'))
      ok(await desk.step(approver, id, 'approval'))
      await end(approver)
      expect((await desk.schedule(publisher, id)).json()).toMatchObject({ code: 'CONFLICT', detail: expect.stringContaining('another reviewer') })
      ok(await desk.post(author, `/api/packages/${id}/return`))
      ok(await desk.step(author, id, 'review'))
      ok(await desk.step(a.people.reviewer, id, 'approval'))
      expect(ok(await desk.schedule(publisher, id)).state).toBe('scheduled')
    }
    // Rows of people are bound too: this one was changed past the log.
    await test.app.db.transaction(system('test'), (tx) =>
      tx.db.updateTable('person').set({ disabled_at: null }).where('name', 'like', 'Reviewer who leaves%').execute(),
    )
  })

  it('lists many packages without opening one content, and by rows that fit nothing but themselves', async () => {
    const { author } = a.people
    const ids: string[] = []
    for (const name of ['First', 'Second']) {
      test.clock.advance(1)
      ids.push(ok(await desk.import(author, csafDocument(name))).id)
    }
    const open = vi.spyOn(test.app.objects, 'open')
    expect((await desk.get(author, '/api/packages?limit=2')).json<Page>().items.map(({ title }) => title)).toEqual(['Second title', 'First title'])
    expect(open).not.toHaveBeenCalled()
    await desk.read(author, ids[0]!)
    expect(open).toHaveBeenCalledOnce()
    open.mockRestore()
    const swap = (to: string, from: string) => test.database.superuser.query('update package_version set summary = $2 where package_id = $1', [to, from])
    const { rows } = await test.database.superuser.query<{ package_id: string; summary: string }>(
      'select package_id, summary from package_version where package_id = any($1)',
      [ids],
    )
    const sealed = new Map(rows.map((row) => [row.package_id, row.summary]))
    await swap(ids[0]!, sealed.get(ids[1]!)!)
    expect((await desk.get(author, '/api/packages?limit=2')).statusCode).toBe(500)
    expect((await verifyLog(test.app, {})).faults).toMatchObject([{ table: 'package_version', code: 'ROW_ALTERED' }])
    await swap(ids[0]!, sealed.get(ids[0]!)!)
    expect((await desk.get(author, '/api/packages?limit=2')).statusCode).toBe(200)
  })

  it('refuses a release that does not exist or that nobody else confirmed', async () => {
    const { id } = ok(await desk.import(a.people.author))
    ok(await desk.step(a.people.author, id, 'review'))
    ok(await desk.step(a.people.reviewer, id, 'approval'))
    for (const key of ['2026-12-08T18:00:00.001Z', '2026-11-10T18:00:00.000Z', '0193b0c8-1111-7222-8333-444455556666', 'next'])
      expect((await desk.schedule(a.people.publisher, id, key)).json()).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field: '/body/release' }] })
  })

  describe('when two people act at once', () => {
    it('has one approval of two', async () => {
      const second = await seedStaff(test.app, a.id, 'reviewer', 'Second reviewer')
      for (let round = 0; round < 5; round++) {
        const { id } = ok(await desk.import(a.people.author))
        const { contentHash } = ok(await desk.step(a.people.author, id, 'review'))
        const answers = await Promise.all([a.people.reviewer, second].map((by) => desk.post(by, `/api/packages/${id}/approval`, { contentHash })))
        expect(answers.map(({ statusCode }) => statusCode).sort((x, y) => x - y)).toEqual([200, 409])
        const { rows } = await test.database.superuser.query('select 1 from approval where package_id = $1', [id])
        expect(rows).toHaveLength(1)
      }
    })

    it('never approves what an edit changed', async () => {
      for (let round = 0; round < 8; round++) {
        const { id } = ok(await desk.import(a.people.author))
        const { contentHash, content } = ok(await desk.step(a.people.author, id, 'review'))
        const change = async () => {
          await desk.post(a.people.author, `/api/packages/${id}/return`)
          return desk.put(a.people.author, `/api/packages/${id}/content`, { contentHash, content: { ...content, title: 'Slipped in' } })
        }
        const [approval, edited] = await Promise.all([desk.post(a.people.reviewer, `/api/packages/${id}/approval`, { contentHash }), change()])
        const after = await desk.read(a.people.reviewer, id)
        // An approval in between is taken back by the return: only what it named was ever approved.
        expect([approval.statusCode === 200, edited.statusCode === 200]).toContain(true)
        expect(after.state === 'approved').toBe(edited.statusCode !== 200)
        if (after.state === 'approved') expect([after.title, after.approval?.contentHash]).toEqual(['Example title', after.contentHash])
        else expect([after.state, after.title, after.approval]).toEqual(['draft', 'Slipped in', null])
      }
    })

    it('reads a draft whole while it is edited, and loses no edit', async () => {
      const { id } = ok(await desk.import(a.people.author))
      const edits = async () => {
        for (let n = 0; n < 10; n++) ok(await desk.edit(a.people.author, id, (content) => ({ ...content, title: `Title ${n}` })))
      }
      const reads = async () => {
        for (let n = 0; n < 30; n++) expect((await desk.get(a.people.reviewer, `/api/packages/${id}`)).statusCode).toBe(200)
      }
      await Promise.all([edits(), reads(), reads()])
      const { contentHash, content } = await desk.read(a.people.author, id)
      const edit = (title: string) => desk.put(a.people.author, `/api/packages/${id}/content`, { contentHash, content: { ...content, title } })
      const answers = await Promise.all([edit('One'), edit('Two')])
      expect(answers.map(({ statusCode }) => statusCode).sort((x, y) => x - y)).toEqual([200, 412])
    })

    it('leaves a log that every row still fits', async () => {
      expect(await verifyLog(test.app, {})).toMatchObject({ ok: true, faults: [] })
    })
  })
})
