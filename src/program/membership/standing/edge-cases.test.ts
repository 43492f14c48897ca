import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { system, type ContactActor, type OperatorActor } from '#platform/auth/actor.ts'
import { announceLapses } from '#program/membership/standing/announce-lapses.ts'
import type { MemberStandingView, OwnStanding, StandingChange } from '#program/membership/standing/contract.ts'
import { renewMembership } from '#program/membership/standing/renew-membership.ts'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { code, csafDocument, DECEMBER, ok, packageDesk, type Caller, type Package } from '#test/harness/packages.ts'
import {
  entitle,
  joinOperator,
  seedMember,
  seedPeople,
  seedStaff,
  type Entitling,
  type SeededOperator,
  type SeededOrganisation,
  type SeededPerson,
} from '#test/harness/people.ts'
import { newSession, newToken, standingDesk } from '#test/harness/standing.ts'

type Contact = SeededPerson<ContactActor>
const BEFORE = '2026-11-22T12:00:00.000Z'
/** Within the window of advance, before that of entry. */
const WITHIN = '2026-12-04T12:00:00.000Z'
const JANUARY = { release: '2027-01-12T18:00:00.000Z', advance: '2027-01-07T18:00:00.000Z', entry: '2027-01-11T18:00:00.000Z' }
const just = (instant: string) => new Date(Date.parse(instant) - 1)

describe('edge cases of standing', () => {
  let test: TestApp
  let a: SeededOperator
  let b: SeededOperator
  let officer: SeededPerson<OperatorActor>
  let second: SeededPerson<OperatorActor>
  let desk: ReturnType<typeof packageDesk>
  let standing: ReturnType<typeof standingDesk>
  let december: Package
  let january: Package
  let count = 0

  beforeAll(async () => {
    test = await testApp()
    test.clock.set(BEFORE)
    ;[a, b] = await seedPeople(test.app)
    officer = a.people['membership-officer']
    second = await seedStaff(test.app, a.id, 'membership-officer', 'Second officer')
    desk = packageDesk(test)
    standing = standingDesk(test)
    december = await desk.scheduled(a, csafDocument('December', 'CVE-2026-10001'))
    january = await desk.scheduled(a, csafDocument('January', 'CVE-2026-10002'), JANUARY.release)
  })
  beforeEach(() => test.clock.set(BEFORE))
  afterAll(() => test.close())

  async function member(options: Entitling = {}): Promise<{ organisation: SeededOrganisation; contact: Contact }> {
    const organisation = await seedMember(test.app, a.id, `edge ${++count}`)
    const contact = organisation.people.analyst
    await entitle(test.app, a, organisation, contact, options)
    return { organisation, contact }
  }
  /** Whether the contact is shown the packages of December and of January. */
  async function reads(by: Caller): Promise<readonly [boolean, boolean]> {
    const answers = await Promise.all([december, january].map(({ id }) => desk.get(by, `/api/packages/${id}`)))
    return [answers[0]!.statusCode === 200, answers[1]!.statusCode === 200]
  }
  const atAll = async (by: Caller, instants: readonly (string | Date)[]) => {
    const answers: (readonly [boolean, boolean])[] = []
    for (const instant of instants) {
      test.clock.set(instant)
      answers.push(await reads(by))
    }
    return answers
  }
  const done = (answer: { statusCode: number; body: string; json(): unknown }) => {
    if (answer.statusCode >= 300) throw new Error(`refused: ${answer.body}`)
    return answer.json() as z.output<typeof StandingChange>
  }
  const suspend = async (organisation: SeededOrganisation) => done(await standing.change(officer, organisation, { kind: 'suspend' }))

  it('E24: a) suspended between notification and opening, nothing opens; c) links, sessions and tokens stop at that instant', async () => {
    const [{ organisation, contact }, other] = [await member(), await member()]
    const session = await newSession(test, contact)
    const who = (headers: Record<string, string>) => test.server.inject({ method: 'GET', url: '/api/session', headers })
    expect([(await who(session)).statusCode, (await who(contact.token)).statusCode]).toEqual([200, 200])
    await suspend(organisation)
    expect([(await who(session)).statusCode, (await who(contact.token)).statusCode]).toEqual([401, 401])
    expect(await atAll(contact, [DECEMBER.advance, DECEMBER.release])).toEqual([
      [false, false],
      [false, false],
    ])
    // The control: who was not suspended reads.
    expect(await atAll(other.contact, [DECEMBER.advance])).toEqual([[true, false]])
    expect(await verifyLog(test.app, {})).toMatchObject({ ok: true })
  })

  it('E24: b) suspended during a download, the connection is cut', { timeout: 30_000 }, async () => {
    const { organisation, contact } = await member()
    const bytes = Buffer.alloc(12 * 1024 * 1024, 'x')
    const { id } = ok(await desk.import(a.people.author, csafDocument('Large', 'CVE-2026-10003')))
    ok(await desk.attach(a.people.author, id, bytes))
    ok(await desk.step(a.people.author, id, 'review'))
    ok(await desk.step(a.people.reviewer, id, 'approval'))
    ok(await desk.schedule(a.people.publisher, id))
    const { object } = (await desk.read(a.people.author, id)).content.attachments![0]!
    test.clock.set(DECEMBER.advance)
    const url = new URL(`/api/packages/${id}/attachments/${object}`, await test.listen())
    let headers: Record<string, string> = contact.token
    /** What arrives of the file, when something is done after its first bytes. */
    const download = (meanwhile: () => Promise<void>) =>
      new Promise<{ bytes: number; whole: boolean }>((resolve, reject) => {
        const sent = httpRequest(url, { headers }, (answer) => {
          let got = 0
          let begun = false
          answer.on('data', (chunk: Buffer) => {
            got += chunk.length
            if (begun) return
            begun = true
            answer.pause()
            meanwhile().then(() => answer.resume(), reject)
          })
          answer.on('close', () => resolve({ bytes: got, whole: answer.complete }))
          answer.on('error', () => undefined)
        })
        sent.on('error', reject)
        sent.end()
      })
    expect(await download(async () => undefined)).toEqual({ bytes: bytes.length, whole: true })
    const cut = await download(async () => void (await suspend(organisation)))
    expect(cut.whole).toBe(false)
    expect(cut.bytes).toBeLessThan(bytes.length)
    await standing.decide(officer, second, organisation, { kind: 'reinstate', backAccess: true })
    // The token ended for good with the suspension.
    expect((await download(async () => undefined)).bytes).toBeLessThan(1000)
    headers = await newToken(test, contact)
    expect(await download(async () => undefined)).toEqual({ bytes: bytes.length, whole: true })
  })

  it('E25: reinstated in the same cycle, there is no back-access unless two people decide so', async () => {
    const [plain, back] = [await member(), await member()]
    test.clock.set(WITHIN)
    expect(await reads(plain.contact)).toEqual([true, false])
    for (const { organisation } of [plain, back]) await suspend(organisation)
    test.clock.advance(60_000)
    const proposed = done(await standing.change(officer, plain.organisation, { kind: 'reinstate' }))
    expect(proposed.state).toBe('waits')
    expect((await desk.get(plain.contact, '/api/session')).statusCode).toBe(401)
    expect(code(await standing.approve(officer, proposed.id))).toBe('SECOND_PERSON_NEEDED')
    done(await standing.approve(second, proposed.id))
    await standing.decide(officer, second, back.organisation, { kind: 'reinstate', backAccess: true })
    const instants = [test.clock.now(), DECEMBER.release, JANUARY.advance]
    const [plainAgain, backAgain] = [{ token: await newToken(test, plain.contact) }, { token: await newToken(test, back.contact) }]
    expect(await atAll(plainAgain, instants)).toEqual([
      [false, false],
      [false, false],
      [false, true],
    ])
    expect(await atAll(backAgain, instants)).toEqual([
      [true, false],
      [true, false],
      [true, true],
    ])
  })

  it('E26: a member that joins within a window reads from the next cycle on', async () => {
    test.clock.set(WITHIN)
    const { contact } = await member()
    expect(await atAll(contact, [WITHIN, DECEMBER.release, just(JANUARY.advance), JANUARY.advance])).toEqual([
      [false, false],
      [false, false],
      [false, false],
      [false, true],
    ])
  })

  it('E27: a) a raised tier counts from the next cycle, b) a lowered one at once, and the list of holders keeps what was fetched', async () => {
    const [raised, lowered] = [await member({ tier: 'entry' }), await member()]
    test.clock.set(WITHIN)
    ok(await desk.receive(lowered.contact, december.id))
    const proposal = done(await standing.change(officer, raised.organisation, { kind: 'tier', tier: 'advance' }))
    expect(proposal.state).toBe('waits')
    done(await standing.approve(second, proposal.id))
    expect(done(await standing.change(officer, lowered.organisation, { kind: 'tier', tier: 'entry' }))).toMatchObject({ state: 'done', approved: null })
    const instants = [WITHIN, DECEMBER.entry, JANUARY.advance, JANUARY.entry]
    expect(await atAll(raised.contact, instants)).toEqual([
      [false, false],
      [true, false],
      [true, true],
      [true, true],
    ])
    expect(await atAll(lowered.contact, instants)).toEqual([
      [false, false],
      [true, false],
      [true, false],
      [true, true],
    ])
    const { rows } = await test.database.superuser.query('select from receipt where person_id = $1 and package_id = $2', [lowered.contact.id, december.id])
    expect(rows).toHaveLength(1)
  })

  it.each(['acquisition', 'attack-tools'] as const)('E28: a) and c) %s pauses access until another officer decides', async (cause) => {
    const { organisation, contact } = await member()
    test.clock.set(WITHIN)
    expect(await reads(contact)).toEqual([true, false])
    expect(done(await standing.change(officer, organisation, { kind: 'review', cause }))).toMatchObject({ state: 'done', after: { state: 'paused' } })
    expect(await reads(contact)).toEqual([false, false])
    expect((await desk.get(contact, '/api/session')).statusCode).toBe(200)
    const keep = { kind: 'review-decision', outcome: 'keep', reason: 'The owner is eligible' }
    expect(code(await standing.change(officer, organisation, keep))).toBe('SECOND_PERSON_NEEDED')
    expect(code(await standing.change(second, organisation, { kind: 'reinstate' }))).toBe('CONFLICT')
    // To go on, with what opened meanwhile or without, takes one who decides so and one who approves it, who may have opened the review.
    const back = done(await standing.change(second, organisation, { ...keep, backAccess: true }))
    expect(back.state).toBe('waits')
    expect(await reads(contact)).toEqual([false, false])
    if (cause === 'acquisition') {
      done(await standing.approve(officer, back.id))
      expect(await reads(contact)).toEqual([true, false])
      return
    }
    expect((await standing.delete(officer, `/api/standing-changes/${back.id}`)).statusCode).toBe(204)
    const plain = done(await standing.change(second, organisation, keep))
    expect(plain).toMatchObject({ state: 'waits', reason: keep.reason })
    expect(code(await standing.approve(second, plain.id))).toBe('SECOND_PERSON_NEEDED')
    expect(await reads(contact)).toEqual([false, false])
    expect(done(await standing.approve(officer, plain.id))).toMatchObject({ state: 'done', after: { state: 'active' } })
    expect(await atAll(contact, [WITHIN, JANUARY.advance])).toEqual([
      [false, false],
      [false, true],
    ])
  })

  it('E28: b) the loss of reach opens a review, and access goes on until it is decided', async () => {
    const { organisation, contact } = await member()
    test.clock.set(WITHIN)
    expect(done(await standing.change(officer, organisation, { kind: 'review', cause: 'reach' }))).toMatchObject({ state: 'done', after: { state: 'active' } })
    expect(await reads(contact)).toEqual([true, false])
    const { review } = (await standing.get(officer, `/api/organisations/${organisation.id}/standing`)).json<z.output<typeof MemberStandingView>>()
    expect(review).not.toBeNull()
    done(await standing.change(second, organisation, { kind: 'review-decision', outcome: 'terminate' }))
    expect((await desk.get(contact, '/api/session')).statusCode).toBe(401)
    for (const kind of ['suspend', 'reinstate', 'renew'] as const) expect(code(await standing.change(officer, organisation, { kind }))).toBe('CONFLICT')
  })

  it('E29: a stricter jurisdiction counts at once, a looser one from the next cycle, and both are told in words', async () => {
    const [stricter, looser] = [await member(), await member({ jurisdiction: 'duty-to-report@1' })]
    await test.app.db.transaction(system('seed'), (tx) =>
      tx.db.updateTable('clearance').set({ jurisdiction: 'unrestricted@1' }).where('person_id', '=', looser.contact.id).execute(),
    )
    test.clock.set(WITHIN)
    expect(await reads(stricter.contact)).toEqual([true, false])
    expect(done(await standing.change(officer, stricter.organisation, { kind: 'jurisdiction', jurisdiction: 'duty-to-report@1' })).state).toBe('done')
    await standing.decide(officer, second, looser.organisation, { kind: 'jurisdiction', jurisdiction: 'unrestricted@1' })
    for (const { contact } of [stricter, looser]) {
      expect((await atAll(contact, [WITHIN, just(DECEMBER.release)])).flat()).toEqual([false, false, false, false])
      test.clock.set(DECEMBER.release)
      expect((await desk.read(contact, december.id)).unreceivedParts).toEqual(['description'])
    }
    expect((await desk.get(stricter.contact, '/api/standing')).json<z.output<typeof OwnStanding>>().items[0]?.policy).toMatchObject({
      policy: 'duty-to-report@1',
      dutyToReport: true,
      basis: expect.stringContaining('48 hours'),
    })
    expect(await atAll(looser.contact, [JANUARY.advance])).toEqual([[true, true]])
    expect(code(await standing.change(officer, looser.organisation, { kind: 'jurisdiction', jurisdiction: 'unheard-of@1' }))).toBe('VALIDATION_FAILED')
  })

  it('E30: b) in grace access goes on; c) a lapse within a window stops it at the stated instant, announced before, once for each day', async () => {
    const { organisation, contact } = await member()
    const lapse = '2026-12-05T08:00:00.000Z'
    await test.app.db.transaction(system('seed'), (tx) =>
      tx.db.updateTable('membership').set({ until: lapse }).where('organisation_id', '=', organisation.id).execute(),
    )
    const told = async () => {
      const { rows } = await test.database.superuser.query<{ days: number; what: string }>(
        'select what, days from lapse_notice where organisation_id = $1 order by sent_at, days desc',
        [organisation.id],
      )
      return rows.map(({ what, days }) => `${what} ${days}`)
    }
    await announceLapses(test.app)
    expect(await told()).toEqual(['until 30'])
    await announceLapses(test.app)
    expect(await told()).toEqual(['until 30'])
    test.clock.set('2026-12-04T09:00:00Z')
    await announceLapses(test.app)
    expect(await told()).toEqual(['until 30', 'until 1'])
    const inbox = (await desk.get(organisation.people.admin, '/api/notices')).json<{ items: { kind: string }[] }>().items
    expect(inbox.filter(({ kind }) => kind === 'standing.lapses')).toHaveLength(2)
    expect((await desk.get(contact, '/api/standing')).json<z.output<typeof OwnStanding>>().items[0]?.present.until).toBe(lapse)
    expect(await atAll(contact, [just(lapse), lapse, DECEMBER.release])).toEqual([
      [true, false],
      [false, false],
      [false, false],
    ])
    await test.app.db.transaction(system('test'), (tx) => renewMembership(test.app, tx, { operator: a.id, organisation: organisation.id }))
    expect(await atAll(contact, [DECEMBER.release, JANUARY.advance])).toEqual([
      [false, false],
      [false, true],
    ])
  })

  it('E30: d) a new text of the agreement that is due and not accepted denies until it is', async () => {
    const { contact } = await member()
    test.clock.set(WITHIN)
    expect(await reads(contact)).toEqual([true, false])
    const due = new Date(Date.parse(WITHIN) + 1)
    const text = { operator_id: a.id, version: 2, sha256: Buffer.alloc(32, 2), text: 'New terms', created_at: new Date(WITHIN), accept_by: due }
    await test.app.db.transaction(system('test'), (tx) => tx.db.insertInto('agreement').values(text).execute())
    expect(await reads(contact)).toEqual([true, false])
    test.clock.set(due)
    expect(await reads(contact)).toEqual([false, false])
    const acceptance = { organisation_id: contact.actor.organisation, operator_id: a.id, sha256: text.sha256, accepted_by: contact.id, accepted_at: due }
    await test.app.db.transaction(system('test'), (tx) =>
      tx.db
        .insertInto('agreement_acceptance')
        .values({ ...acceptance, countersigned_at: null })
        .execute(),
    )
    expect(await reads(contact)).toEqual([false, false])
    await test.database.superuser.query('update agreement_acceptance set countersigned_at = accepted_at where organisation_id = $1', [
      contact.actor.organisation,
    ])
    expect(await reads(contact)).toEqual([true, false])
    await test.database.superuser.query('delete from agreement where version = 2 and operator_id = $1', [a.id])
  })

  it('E34: a tier is held with one operator, and nothing of it shows with another', async () => {
    const { organisation, contact } = await member({ tier: 'validate' })
    await test.app.db.transaction(system('seed'), (tx) => joinOperator(test.app, tx, organisation.id, b.id, 'entry'))
    await entitle(test.app, b, organisation, organisation.people.reader, { tier: 'entry' })
    test.clock.set(DECEMBER.entry)
    expect(await reads(organisation.people.reader)).toEqual([false, false])
    expect(await reads(contact)).toEqual([true, false])
    expect((await desk.read(contact, december.id)).unreceivedParts).toEqual(['guidance'])
    const { items } = (await desk.get(contact, '/api/standing')).json<z.output<typeof OwnStanding>>()
    expect(new Map(items.map(({ operator, present }) => [operator.id, present.tier]))).toEqual(
      new Map([
        [a.id as string, 'validate'],
        [b.id, 'entry'],
      ]),
    )
    const officerOfB = b.people['membership-officer']
    const seen = (await standing.get(officerOfB, `/api/organisations/${organisation.id}/standing`)).json<z.output<typeof MemberStandingView>>()
    expect(seen.present.tier).toBe('entry')
    expect(JSON.stringify(seen)).not.toContain('validate')
    expect(code(await standing.change(b.people['membership-officer'], a.vendor, { kind: 'suspend' }))).toBe('NOT_FOUND')
  })
})
