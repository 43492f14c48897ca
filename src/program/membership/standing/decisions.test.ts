import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { system, type OperatorActor } from '#platform/auth/actor.ts'
import { issueLink } from '#platform/auth/issue-link.ts'
import type { DraftId } from '#program/membership/agreements/store.ts'
import { issueAgreement } from '#program/membership/agreements/issue-agreement.ts'
import { approveClearance } from '#program/membership/contacts/approve-clearance.ts'
import { adoptSet } from '#program/membership/criteria/adopt-set.ts'
import { PRESETS } from '#program/membership/criteria/presets.ts'
import type { CriteriaSetId } from '#program/membership/criteria/set-store.ts'
import { approveImport } from '#program/membership/imports/approve-import.ts'
import type { MemberImportId } from '#program/membership/imports/store.ts'
import { approveChange } from '#program/membership/standing/change-standing.ts'
import type { ChangeId } from '#program/membership/standing/change-store.ts'
import type { JurisdictionPolicy, MemberStandingView, StandingChange } from '#program/membership/standing/contract.ts'
import { approvePolicy } from '#program/membership/standing/jurisdiction-policies.ts'
import type { PolicyId } from '#program/membership/standing/policy-store.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { indicator, seedCollection, TaxiiClient } from '#test/harness/exchange.ts'
import { code } from '#test/harness/packages.ts'
import { joinOperator, seedMember, seedPeople, seedStaff, type SeededOperator, type SeededOrganisation, type SeededPerson } from '#test/harness/people.ts'
import { newSession, standingDesk } from '#test/harness/standing.ts'

type Change = z.output<typeof StandingChange>
type Policy = z.output<typeof JurisdictionPolicy>
const DAY_MS = 86_400_000

/** Who may decide a member's standing, and what a standing that ended takes with it. */
describe('decisions about standing', () => {
  let test: TestApp
  let a: SeededOperator
  let b: SeededOperator
  let officer: SeededPerson<OperatorActor>
  let second: SeededPerson<OperatorActor>
  let third: SeededPerson<OperatorActor>
  let desk: ReturnType<typeof standingDesk>
  let count = 0

  beforeAll(async () => {
    test = await testApp()
    ;[a, b] = await seedPeople(test.app)
    officer = a.people['membership-officer']
    second = await seedStaff(test.app, a.id, 'membership-officer', 'Second officer')
    third = await seedStaff(test.app, a.id, 'membership-officer', 'Third officer')
    desk = standingDesk(test)
  })
  afterAll(() => test.close())

  const member = () => seedMember(test.app, a.id, `decided ${++count}`)
  const changed = async (by: SeededPerson<OperatorActor>, of: SeededOrganisation, what: object): Promise<Change> => {
    const answer = await desk.change(by, of, what)
    expect(answer.statusCode, answer.body).toBe(201)
    return answer.json()
  }
  const shown = async (of: SeededOrganisation) => (await desk.get(officer, `/api/organisations/${of.id}/standing`)).json<z.output<typeof MemberStandingView>>()
  const query = (text: string, ...values: unknown[]) => test.database.superuser.query(text, values)
  const asked = (headers: Record<string, string>) => test.server.inject({ method: 'GET', url: '/api/session', headers })

  it('closes what waits when a review is opened, though the state stays the same, and says so', async () => {
    const one = await member()
    await changed(officer, one, { kind: 'suspend' })
    const proposal = await changed(officer, one, { kind: 'reinstate' })
    await changed(third, one, { kind: 'review', cause: 'attack-tools' })
    expect(code(await desk.approve(second, proposal.id))).toBe('CONFLICT')
    const { present, review, changes } = await shown(one)
    expect([present.state, review !== null, changes.find(({ id }) => id === proposal.id)?.state]).toEqual(['suspended', true, 'closed'])
    const { rows } = await query(`select from audit_leaf where action = 'member.change-closed' and subject_id = $1`, one.id)
    expect(rows).toHaveLength(1)
    const told = (await desk.get(officer, '/api/notices')).json<{ items: { kind: string }[] }>().items
    expect(told.filter(({ kind }) => kind === 'member.change-closed')).toHaveLength(1)
  })

  it('approves nothing while a review is open but its own decision', async () => {
    const one = await member()
    await changed(officer, one, { kind: 'suspend' })
    await changed(third, one, { kind: 'review', cause: 'acquisition' })
    const tier = await changed(officer, one, { kind: 'tier', tier: 'validate' })
    expect(code(await desk.approve(second, tier.id))).toBe('CONFLICT')
    await changed(officer, one, { kind: 'review-decision', outcome: 'keep' })
    expect((await desk.approve(second, tier.id)).statusCode).toBe(200)
  })

  it('approves no decision of a review that another decided meanwhile', async () => {
    const one = await member()
    await changed(officer, one, { kind: 'review', cause: 'acquisition' })
    const keep = await changed(second, one, { kind: 'review-decision', outcome: 'keep' })
    expect(keep.state).toBe('waits')
    await changed(third, one, { kind: 'review-decision', outcome: 'suspend' })
    expect((await shown(one)).changes.find(({ id }) => id === keep.id)?.state).toBe('closed')
    // As though it waited still, and the member were paused again by other means.
    await query(`update membership_change set closed_by = null, closed_at = null where id = $1`, keep.id)
    await query(`update membership set state = 'paused' where organisation_id = $1`, one.id)
    expect(code(await desk.approve(officer, keep.id))).toBe('CONFLICT')
    expect((await shown(one)).present.state).toBe('paused')
  })

  it('takes two in office to lift a pause, though who opened the review left', async () => {
    const one = await member()
    const opener = await seedStaff(test.app, a.id, 'membership-officer', 'Opener')
    await changed(opener, one, { kind: 'review', cause: 'acquisition' })
    await query(`delete from role_grant where person_id = $1`, opener.id)
    const keep = await changed(second, one, { kind: 'review-decision', outcome: 'keep' })
    expect([keep.state, (await shown(one)).present.state]).toEqual(['waits', 'paused'])
    expect(code(await desk.approve(second, keep.id))).toBe('SECOND_PERSON_NEEDED')
    expect((await desk.approve(third, keep.id)).json<Change>().after.state).toBe('active')
  })

  it('reads again whether the approver is in office, at the moment of the approval', async () => {
    const one = await member()
    const leaver = await seedStaff(test.app, a.id, 'membership-officer', 'Leaver')
    const { id } = await changed(officer, one, { kind: 'tier', tier: 'validate' })
    const policy = (await desk.post(officer, '/api/jurisdiction-policies', wish('leaver'))).json<Policy>()
    await query(`update person set disabled_at = now() where id = $1`, leaver.id)
    await expect(approveChange(test.app, leaver.actor, id as ChangeId)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await query(`update person set disabled_at = null where id = $1`, leaver.id)
    await query(`delete from role_grant where person_id = $1`, leaver.id)
    await expect(approveChange(test.app, leaver.actor, id as ChangeId)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(approvePolicy(test.app, leaver.actor, policy.id as PolicyId)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect((await desk.approve(second, id)).statusCode).toBe(200)
  })

  it('does so for agreements, criteria, clearances and lists, too', async () => {
    const leaver = await seedStaff(test.app, a.id, 'membership-officer', 'Leaver of all')
    const posted = async <T>(url: string, body: unknown, headers: Record<string, string> = {}): Promise<T> => {
      const session = { ...(await newSession(test, officer)), ...headers }
      const answer = await test.server.inject({ method: 'POST', url, headers: session, payload: body as object })
      expect(answer.statusCode, answer.body).toBeLessThan(300)
      return answer.json()
    }
    const draft = await posted<{ id: DraftId; sha256: string }>('/api/agreements/drafts', { text: 'Keep it' })
    const criteria = [{ ...PRESETS['mapp-2008'].criteria[2], threshold: 50_000, alternative: null }]
    const { proposal } = await posted<{ proposal: CriteriaSetId }>('/api/criteria', { name: 'our-own', kind: 'vendor', criteria })
    const clearance = { products: ['Parser'], proofOfConcept: false, jurisdiction: 'unrestricted@1' }
    const { change } = await posted<{ change: { id: string } }>(`/api/contacts/${a.vendor.people.reader.id}/clearance-changes`, clearance)
    const csv = 'name,kind,tier,jurisdiction,contact_name,contact_email\r\nListed,vendor,entry,unrestricted@1,Admin,admin@listed.example'
    const list = await posted<{ import: { id: MemberImportId } }>('/api/member-imports?dryRun=false', csv, { 'content-type': 'text/csv' })
    await query(`delete from role_grant where person_id = $1`, leaver.id)
    for (const approval of [
      () => issueAgreement(test.app, leaver.actor, draft.id, draft.sha256),
      () => adoptSet(test.app, leaver.actor, proposal),
      () => approveClearance(test.app, leaver.actor, change.id),
      () => approveImport(test.app, leaver.actor, list.import.id),
    ])
      await expect(approval()).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  const wish = (name: string) => ({
    name,
    jurisdictions: ['DE'],
    basis: 'A test',
    dutyToReport: false,
    parts: ['existence'],
    notBefore: 'release',
  })

  it('keeps one of several proposals of a policy that come at once, and refuses the others', async () => {
    const answers = await Promise.all([officer, second, third].map((by) => desk.post(by, '/api/jurisdiction-policies', wish('at-once'))))
    expect(answers.map(({ statusCode }) => statusCode).toSorted((one, other) => one - other)).toEqual([201, 409, 409])
  })

  it('lets a policy wait as long as any other proposal', async () => {
    const proposed = (await desk.post(officer, '/api/jurisdiction-policies', wish('late'))).json<Policy>()
    expect(Date.parse(proposed.expiresAt!) - Date.parse(proposed.proposed!.at)).toBe(14 * DAY_MS)
    test.clock.set(new Date(proposed.expiresAt!))
    expect(code(await desk.post(second, `/api/jurisdiction-policies/${proposed.id}/approval`))).toBe('CONFLICT')
    const listed = async () => (await desk.get(second, '/api/jurisdiction-policies')).json<{ items: Policy[] }>().items.filter(({ id }) => id === proposed.id)
    expect((await listed())[0]?.state).toBe('expired')
    const again = await desk.post(officer, '/api/jurisdiction-policies', wish('late'))
    expect([again.statusCode, again.json<Policy>().policy, (await listed())[0]?.state]).toEqual([201, 'late@1', 'closed'])
    expect((await desk.post(second, `/api/jurisdiction-policies/${again.json<Policy>().id}/approval`)).json<Policy>().state).toBe('in-force')
  })

  it.each(['suspend', 'terminate'] as const)('%s ends sessions, tokens and unused links for good, unless another operator lets them in', async (kind) => {
    const [alone, both] = [await member(), await member()]
    await test.app.db.transaction(system('seed'), (tx) => joinOperator(test.app, tx, both.id, b.id))
    const credentials = async ({ people: { admin } }: SeededOrganisation) => {
      const { id } = (
        await test.app.db.transaction(system('seed'), async (tx) => {
          const { binds } = await issueLink(test.app, tx, 'invitation', admin.id)
          test.app.audit.record(tx, { action: 'person.invited', subject: admin.id, operator: a.id, binds })
          return tx.db.selectFrom('sign_in_link').select('id').where('person_id', '=', admin.id).where('used_at', 'is', null).execute()
        })
      ).at(-1)!
      const revoked = async () => (await query('select revoked_at from sign_in_link where id = $1', id)).rows[0].revoked_at !== null
      return { session: await newSession(test, admin), token: admin.token, revoked }
    }
    const [lost, kept] = [await credentials(alone), await credentials(both)]
    for (const of of [alone, both]) await changed(officer, of, { kind })
    // As though it had been given back.
    await query(`update membership set state = 'active' where organisation_id = $1`, alone.id)
    const statuses = async ({ session, token, revoked }: typeof lost) => [(await asked(session)).statusCode, (await asked(token)).statusCode, await revoked()]
    expect(await statuses(lost)).toEqual([401, 401, true])
    expect(await statuses(kept)).toEqual([200, 200, false])
    expect((await asked(await newSession(test, alone.people.admin))).statusCode).toBe(200)
  })

  it('denies the exchange and the scanner once a membership lapsed, and lets its people sign in', async () => {
    const one = await member()
    const { analyst } = one.people
    const collection = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id }, { organisation: one.id }])
    const object = indicator()
    await new TaxiiClient(test.server, a.vendor.people.analyst, a.id, collection).post(object)
    const lapse = new Date(test.clock.now().getTime() + DAY_MS)
    await query(`update membership set until = $2 where organisation_id = $1`, one.id, lapse)
    const get = (url: string) =>
      test.server.inject({
        method: 'GET',
        url,
        headers: { ...analyst.token, ...(url.startsWith('/taxii2') && { accept: 'application/taxii+json;version=2.1' }) },
      })
    const submit = (text: string) =>
      test.server.inject({
        method: 'POST',
        url: '/api/submissions',
        headers: { ...analyst.token, 'content-type': 'application/octet-stream' },
        payload: Buffer.from(text),
      })
    const instant = (at: Date) => new Date(at.getTime() - 60_000).toISOString()
    const sight = (at: Date) =>
      test.server.inject({
        method: 'POST',
        url: '/api/sightings',
        headers: { ...analyst.token, 'idempotency-key': crypto.randomUUID() },
        payload: { indicator: object.id, firstSeen: instant(at), lastSeen: instant(at) },
      })
    const seen = async () => {
      const objects = await get(`/taxii2/${a.id}/collections/${collection}/objects/`)
      const indicators = (await get('/api/indicators')).json<{ items: { id: string }[] }>().items.filter(({ id }) => id === object.id)
      return [
        objects.statusCode,
        indicators.length,
        (await submit(`at ${test.clock.now().toISOString()}`)).statusCode,
        (await sight(test.clock.now())).statusCode,
      ]
    }
    test.clock.set(new Date(lapse.getTime() - 1))
    expect(await seen()).toEqual([200, 1, 201, 201])
    test.clock.set(lapse)
    const [objects, indicators, submission, sighting] = await seen()
    expect([objects, indicators, submission]).toEqual([404, 0, 403])
    expect(sighting).toBeGreaterThanOrEqual(400)
    expect(sighting).toBeLessThan(500)
    expect((await asked(await newSession(test, analyst))).statusCode).toBe(200)
    // The second wall by itself: row-level security shows no right, and takes no sighting and no submission.
    const rights = await test.app.db.read(analyst.actor, (tx) => tx.db.selectFrom('collection_right').selectAll().execute())
    expect(rights).toEqual([])
  })
})
