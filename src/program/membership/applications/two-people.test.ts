import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { system, type OperatorActor } from '#platform/auth/actor.ts'
import { replaceRoles } from '#platform/auth/people-store.ts'
import { admit, ask, answer, judge, judges, submit, type ApplicationId, type InReview } from '#program/membership/applications/application.ts'
import { Answers } from '#program/membership/applications/contract.ts'
import { CRITERION_IDS, type CriterionId } from '#program/membership/criteria/criterion.ts'
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
type Act = { readonly by: PersonId; readonly what: 'judge' | 'ask'; readonly criterion: CriterionId; readonly outcome: 'met' | 'not-met' | 'waived' }
function carryOut(application: InReview, { by, what, criterion, outcome }: Act): InReview {
  try {
    if (what === 'judge') return judge(application, { criterion, outcome, reason: 'So.', by, at })
    return answer(ask(application, { about: [criterion], question: 'Why?', by, at }), answers, at)
  } catch {
    return application
  }
}
const begun = () => submit({ id: 'a' as ApplicationId, operator: 'o' as OperatorId, set: SET, answers, at })
const act = fc.record({
  by: fc.constantFrom(...PEOPLE),
  what: fc.constantFrom('judge' as const, 'judge' as const, 'ask' as const),
  criterion: fc.constantFrom(...CRITERION_IDS.slice(0, 8)),
  outcome: fc.constantFrom('met' as const, 'not-met' as const, 'waived' as const),
})
/** All criteria met by one person, so that what is drawn before it does not hold anything up. */
const allMet = (by: PersonId): Act[] => SET.criteria.map(({ id: criterion }) => ({ by, what: 'judge', criterion, outcome: 'met' }))

describe('whatever is done to an application', () => {
  it('nobody who had a part in it admits, be their part replaced by others', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 12 }), fc.constantFrom(...PEOPLE), (acts, last) => {
        const application = [...acts, ...allMet(last)].reduce(carryOut, begun())
        const parts = new Set([...acts.filter(({ what, outcome }) => what === 'ask' || outcome !== 'waived').map(({ by }) => by), last])
        expect(judges(application)).toEqual(parts)
        for (const by of PEOPLE) {
          const decide = () => admit(application, { tier: 'advance', reason: 'So.', by, at })
          if (parts.has(by)) expect(decide).toThrow(expect.objectContaining({ code: 'SECOND_PERSON_NEEDED' }))
          else expect(decide().decidedBy).toBe(by)
        }
      }),
      { numRuns: 500 },
    )
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
