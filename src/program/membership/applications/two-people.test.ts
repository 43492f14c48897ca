import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { system, type OperatorActor } from '#platform/auth/actor.ts'
import { replaceRoles } from '#platform/auth/people-store.ts'
import {
  admit,
  ask,
  answer,
  judge,
  judges,
  recommend,
  standingJudgements,
  submit,
  type ApplicationId,
  type InReview,
} from '#program/membership/applications/application.ts'
import { Answers } from '#program/membership/applications/contract.ts'
import { CRITERION_IDS, type CriterionId } from '#program/membership/criteria/criterion.ts'
import { DUTY_TO_REPORT, NO_CEILING } from '#program/embargo/may-read.ts'
import { PRESETS } from '#program/membership/criteria/presets.ts'
import type { OperatorId, PersonId } from '#platform/ids.ts'
import { forgetAttempts, sendIn, VENDOR_ANSWERS } from '#test/harness/applicant.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { seedPeople, seedStaff, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'

const SET = PRESETS['mapp-2008']
const at = new Date('2026-11-22T12:00:00.000Z')
const PEOPLE = ['one', 'two', 'three'] as unknown as readonly PersonId[]
const answers = Answers.parse(VENDOR_ANSWERS)

/** One act of one person on an application in review; it may be refused, and then changes nothing. */
type Act = {
  readonly by: PersonId
  readonly what: 'judge' | 'ask' | 'recommend'
  readonly criterion: CriterionId
  readonly outcome: 'met' | 'not-met' | 'waived'
}
function carryOut(application: InReview, { by, what, criterion, outcome }: Act): InReview {
  try {
    if (what === 'judge') return judge(application, { criterion, outcome, reason: 'So.', by, at })
    if (what === 'recommend') return recommend(application, { tier: 'advance', jurisdiction: NO_CEILING.policy, by, at })
    return answer(ask(application, { about: [criterion], question: 'Why?', by, at }), answers, at)
  } catch {
    return application
  }
}
const begun = () => submit({ id: 'a' as ApplicationId, operator: 'o' as OperatorId, set: SET, answers, at })
const act = fc.record({
  by: fc.constantFrom(...PEOPLE),
  what: fc.constantFrom('judge' as const, 'judge' as const, 'ask' as const, 'recommend' as const),
  criterion: fc.constantFrom(...CRITERION_IDS.slice(0, 8)),
  outcome: fc.constantFrom('met' as const, 'not-met' as const, 'waived' as const),
})
/** All criteria met by one person, so that what is drawn before it does not hold anything up. */
const allMet = (by: PersonId): Act[] => [
  ...SET.criteria.map(({ id: criterion }): Act => ({ by, what: 'judge', criterion, outcome: 'met' })),
  { by, what: 'recommend', criterion: 'CR-01', outcome: 'met' },
]
const ceilingOf = (policy: string | null) => [NO_CEILING, DUTY_TO_REPORT].find((one) => one.policy === policy)
const ADMISSION = { tier: 'advance', jurisdiction: NO_CEILING.policy, reason: 'So.', at, ceilingOf } as const

describe('whatever is done to an application', () => {
  it('nobody who had a part in it admits, be their part replaced by others', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 12 }), fc.constantFrom(...PEOPLE), (acts, last) => {
        const application = [...acts, ...allMet(last)].reduce(carryOut, begun())
        const parts = new Set([...acts.filter(({ what, outcome }) => what !== 'judge' || outcome !== 'waived').map(({ by }) => by), last])
        expect(judges(application)).toEqual(parts)
        for (const by of PEOPLE) {
          const decide = () => admit(application, { ...ADMISSION, by })
          if (parts.has(by)) expect(decide).toThrow(expect.objectContaining({ code: 'SECOND_PERSON_NEEDED' }))
          else expect(decide().decidedBy).toBe(by)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('every judgement and the recommendation that carry an admission were made of the answers that stand', () => {
    let admitted = 0
    const acts = fc.array(fc.oneof({ weight: 3, arbitrary: act.map((one) => [one]) }, { weight: 2, arbitrary: fc.constantFrom(...PEOPLE).map(allMet) }), {
      maxLength: 8,
    })
    fc.assert(
      fc.property(acts, fc.constantFrom(...PEOPLE), (drawn, by) => {
        const application = drawn.flat().reduce(carryOut, begun())
        try {
          admit(application, { ...ADMISSION, by })
        } catch {
          return
        }
        admitted += 1
        expect(application.judgements).toEqual(standingJudgements(application))
        // Nothing that was done before the last answer counts: what came after it alone admits as well.
        const last = drawn.flat().findLastIndex(({ what }) => what === 'ask')
        const since = drawn
          .flat()
          .slice(last + 1)
          .reduce(carryOut, begun())
        expect(admit(since, { ...ADMISSION, by }).state).toBe('admitted')
      }),
      { numRuns: 1000 },
    )
    expect(admitted).toBeGreaterThan(50)
  })
})

describe('one person alone', () => {
  let test: TestApp
  let a: SeededOperator
  let officers: readonly SeededPerson<OperatorActor>[]
  beforeAll(async () => {
    test = await testApp()
    ;[a] = await seedPeople(test.app)
    officers = [a.people['membership-officer'], await seedStaff(test.app, a.id, 'membership-officer', 'Second officer')]
  })
  beforeEach(() => forgetAttempts(test))
  afterAll(() => test?.close())

  const ADMIT = { tier: 'advance', jurisdiction: 'unrestricted@1', reason: 'So.' }
  const post = (by: SeededPerson<OperatorActor>, url: string, payload: object) => test.server.inject({ method: 'POST', url, headers: by.token, payload })
  const version = async (id: string) =>
    (await test.server.inject({ method: 'GET', url: `/api/applications/${id}`, headers: officers[0]!.token })).json<{ version: number }>().version
  const memberships = async () => (await test.database.superuser.query<{ n: number }>('select count(*)::int as n from membership')).rows[0]!.n
  async function judgeAll(by: SeededPerson<OperatorActor>, id: string): Promise<void> {
    let read = await version(id)
    for (const criterion of CRITERION_IDS) {
      const outcome = criterion === 'CR-03' ? 'waived' : 'met'
      const answer = await post(by, `/api/applications/${id}/judgements`, { version: read, criterion, outcome, reason: 'So.' })
      expect(answer.statusCode, answer.body).toBe(200)
      read = answer.json<{ version: number }>().version
    }
    const answer = await post(by, `/api/applications/${id}/recommendation`, { version: read, tier: 'advance', jurisdiction: 'unrestricted@1' })
    expect(answer.statusCode, answer.body).toBe(200)
  }

  it('admits and waives nothing, by any order of acts that the interface offers', async () => {
    const before = await memberships()
    const steps = {
      judge: async (by: SeededPerson<OperatorActor>, id: string) => judgeAll(by, id),
      one: async (by: SeededPerson<OperatorActor>, id: string) =>
        post(by, `/api/applications/${id}/judgements`, { version: await version(id), criterion: 'CR-03', outcome: 'waived', reason: 'So.' }),
      admit: async (by: SeededPerson<OperatorActor>, id: string) => {
        const answer = await post(by, `/api/applications/${id}/admission`, { version: await version(id), ...ADMIT })
        expect(answer.statusCode, answer.body).toBe(409)
      },
      recommend: async (by: SeededPerson<OperatorActor>, id: string) =>
        post(by, `/api/applications/${id}/recommendation`, { version: await version(id), tier: 'advance', jurisdiction: 'unrestricted@1' }),
      question: async (by: SeededPerson<OperatorActor>, id: string) =>
        post(by, `/api/applications/${id}/questions`, { version: await version(id), about: ['CR-01'], question: 'Why?' }),
    }
    const orders: (keyof typeof steps)[][] = [
      ['admit'],
      ['judge', 'admit'],
      ['admit', 'judge', 'admit'],
      ['one', 'admit', 'judge', 'admit'],
      ['judge', 'question', 'admit'],
      ['judge', 'one', 'admit', 'admit'],
      ['recommend', 'admit', 'judge', 'admit'],
    ]
    for (const order of orders) {
      await forgetAttempts(test)
      const { id } = await sendIn(test, a.id, `alone-${order.join('-')}@endpoint.example`)
      for (const step of order) await steps[step](officers[0]!, id)
    }
    expect(await memberships()).toBe(before)
  })

  it('does not become two by having what they judged replaced by the other', async () => {
    const { id } = await sendIn(test, a.id, 'replaced@endpoint.example')
    const [first, second] = officers as [SeededPerson<OperatorActor>, SeededPerson<OperatorActor>]
    await post(first, `/api/applications/${id}/judgements`, { version: await version(id), criterion: 'CR-03', outcome: 'not-met', reason: 'So.' })
    await judgeAll(second, id)
    for (const by of [first, second]) {
      const answer = await post(by, `/api/applications/${id}/admission`, { version: await version(id), ...ADMIT })
      expect(answer.json<{ code: string }>().code).toBe('SECOND_PERSON_NEEDED')
    }
    // The control: a third one, who had no part in it, may.
    const third = await seedStaff(test.app, a.id, 'membership-officer', 'Third officer')
    expect((await post(third, `/api/applications/${id}/admission`, { version: await version(id), ...ADMIT })).statusCode).toBe(200)
  })

  it('does not decide what they could have answered as the applicant: whoever read the link in the outbox', async () => {
    const { id } = await sendIn(test, a.id, 'reader@endpoint.example')
    const third = await seedStaff(test.app, a.id, 'membership-officer', 'Reading officer')
    await judgeAll(officers[0]!, id)
    const mails = await test.server.inject({ method: 'GET', url: '/api/outgoing-mail', headers: { ...third.session } })
    const mail = mails.json<{ items: { id: string; to: string; kind: string }[] }>().items.find(({ to }) => to === 'reader@endpoint.example')!
    const read = await test.server.inject({ method: 'GET', url: `/api/outgoing-mail/${mail.id}`, headers: { ...third.session } })
    expect(read.json<{ text: string }>().text).toContain('/apply#')
    for (const step of ['admission', 'refusal']) {
      const answer = await post(third, `/api/applications/${id}/${step}`, { version: await version(id), ...(step === 'admission' ? ADMIT : { reason: 'No.' }) })
      expect(answer.json<{ code: string }>().code, answer.body).toBe('SECOND_PERSON_NEEDED')
    }
    const shown = await test.server.inject({ method: 'GET', url: `/api/applications/${id}`, headers: third.token })
    expect(shown.json()).toMatchObject({ deciding: { you: false, why: expect.stringContaining('in the outbox') } })
    // The control: one who read none.
    expect((await post(officers[1]!, `/api/applications/${id}/admission`, { version: await version(id), ...ADMIT })).statusCode).toBe(200)
  })

  it('sets no tier and no policy: the decider grants what the others recommended, or less', async () => {
    const { id } = await sendIn(test, a.id, 'tier@endpoint.example', {
      ...VENDOR_ANSWERS,
      organisation: { ...VENDOR_ANSWERS.organisation, jurisdictions: ['CN', 'DE'] },
    })
    const [first, second] = officers as [SeededPerson<OperatorActor>, SeededPerson<OperatorActor>]
    await judgeAll(first, id)
    const recommendation = { tier: 'entry', jurisdiction: 'duty-to-report@1' }
    const answer = await post(first, `/api/applications/${id}/recommendation`, { version: await version(id), ...recommendation })
    expect(answer.json()).toMatchObject({
      recommendations: [{ stands: false }, { ...recommendation, stands: true, by: { id: first.id } }],
      policies: [
        { policy: 'duty-to-report@1', lists: ['CN'], looser: false },
        { policy: 'unrestricted@1', lists: [], looser: true },
      ],
    })
    for (const wider of [{ tier: 'advance' }, { jurisdiction: 'unrestricted@1' }, { tier: 'validate' }]) {
      const refused = await post(second, `/api/applications/${id}/admission`, { version: await version(id), ...ADMIT, ...recommendation, ...wider })
      expect(refused.json<{ code: string }>().code, JSON.stringify(wider)).toBe('SECOND_PERSON_NEEDED')
    }
    const unknown = await post(first, `/api/applications/${id}/recommendation`, { version: await version(id), tier: 'entry', jurisdiction: 'nowhere@1' })
    expect(unknown.json<{ code: string }>().code).toBe('VALIDATION_FAILED')
    // The control: what was recommended is granted.
    const granted = await post(second, `/api/applications/${id}/admission`, { version: await version(id), ...ADMIT, ...recommendation })
    expect(granted.json(), granted.body).toMatchObject({ state: 'admitted', decision: recommendation })
  })

  it('whose judgement stands has to be an officer still, when it is decided', async () => {
    const { id } = await sendIn(test, a.id, 'left@endpoint.example')
    const leaver = await seedStaff(test.app, a.id, 'membership-officer', 'Leaving officer')
    await judgeAll(leaver, id)
    await test.app.db.transaction(system('test'), (tx) => replaceRoles(tx, leaver.id, 'operator', ['auditor'], test.app.clock.now()))
    const answer = await post(officers[1]!, `/api/applications/${id}/admission`, { version: await version(id), ...ADMIT })
    expect(answer.json()).toMatchObject({
      code: 'CONFLICT',
      fields: expect.arrayContaining(CRITERION_IDS.map((one) => expect.objectContaining({ field: `/criteria/${one}` }))),
    })
  })
})
