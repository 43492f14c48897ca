import { describe, expect, it } from 'vitest'
import type { OperatorId, PersonId } from '#platform/ids.ts'
import {
  admit,
  answer,
  ask,
  judge,
  recommend,
  refuse,
  submit,
  withdraw,
  type ApplicationId,
  type InReview,
} from '#program/membership/applications/application.ts'
import { Answers } from '#program/membership/applications/contract.ts'
import type { Judgement } from '#program/membership/criteria/assess.ts'
import type { CriterionId } from '#program/membership/criteria/criterion.ts'
import { PRESETS } from '#program/membership/criteria/presets.ts'
import { DUTY_TO_REPORT, NO_CEILING } from '#program/embargo/may-read.ts'

const id = (n: number) => `0193b0c8-1111-7222-8333-${String(n).padStart(12, '0')}`
const REVIEWER = id(1) as PersonId
const DECIDER = id(2) as PersonId
const at = new Date('2026-11-22T12:00:00.000Z')
const SET = PRESETS['vedette-default']

const VENDOR = {
  kind: 'vendor',
  organisation: { legalName: 'Endpoint vendor', website: 'https://endpoint.example', jurisdictions: ['DE'] },
  products: [{ kind: 'edr', name: 'Endpoint 4', url: 'https://endpoint.example/4', users: 250_000, regions: ['DE', 'FR'], inHouse: true }],
  dataUse: 'To write detections.',
  workedExample: { cve: 'CVE-2017-11882', detection: 'A font name over 40 bytes in an equation.' },
  disclosurePolicy: 'https://endpoint.example/disclosure',
  sellsAttackTools: false,
  canUseInterface: true,
  roleAddress: 'psirt@endpoint.example',
  contacts: [{ name: 'Vendor analyst', email: 'analyst@endpoint.example', role: 'accountable' }],
  agreesToBeNamed: true,
  hasReadTheTerms: true,
}
const answers = (changes: object = {}) => Answers.parse({ ...VENDOR, ...changes })
const review = (): InReview => submit({ id: id(9) as ApplicationId, operator: id(8) as OperatorId, set: SET, answers: answers(), at })
const judgement = (criterion: CriterionId, outcome: Judgement['outcome'] = 'met', by = REVIEWER): Judgement => ({
  criterion,
  outcome,
  reason: 'As shown.',
  by,
  at,
})
const judged = (changes: Partial<Record<CriterionId, Judgement['outcome']>> = {}) =>
  SET.criteria.reduce((application, criterion) => judge(application, judgement(criterion.id, changes[criterion.id])), review())
const recommended = (application = judged(), changes: { tier?: 'advance' | 'validate' | 'entry'; jurisdiction?: string } = {}) =>
  recommend(application, { tier: 'advance', jurisdiction: NO_CEILING.policy, by: REVIEWER, at, ...changes })
const ceilingOf = (policy: string | null) => [NO_CEILING, DUTY_TO_REPORT].find((one) => one.policy === policy)
const decision = { tier: 'advance', jurisdiction: NO_CEILING.policy, reason: 'All is shown.', by: DECIDER, at, ceilingOf } as const
const code = (value: string) => expect.objectContaining({ code: value })

describe('an application', () => {
  it('is admitted by another person than who judged it, once nothing stands against it', () => {
    expect(admit(recommended(), decision)).toMatchObject({ state: 'admitted', tier: 'advance', decidedBy: DECIDER })
    expect(() => admit(recommended(), { ...decision, by: REVIEWER })).toThrow(expect.objectContaining({ code: 'SECOND_PERSON_NEEDED' }))
    expect(() => refuse(judged(), { reason: 'No.', by: REVIEWER, at })).toThrow(expect.objectContaining({ code: 'SECOND_PERSON_NEEDED' }))
  })

  it('is not admitted by somebody who judged a single criterion of it', () => {
    const mixed = judge(judged(), judgement('CR-13', 'met', DECIDER))
    expect(() => admit(mixed, decision)).toThrow(expect.objectContaining({ code: 'SECOND_PERSON_NEEDED' }))
  })

  it('is held up by what is missing or not met, which the refusal names', () => {
    expect(() => admit(review(), decision)).toThrow(
      expect.objectContaining({ code: 'CONFLICT', fields: expect.arrayContaining([{ field: '/criteria/CR-01', message: 'nobody has judged it' }]) }),
    )
    expect(() => admit(judged({ 'CR-04': 'not-met' }), decision)).toThrow(
      expect.objectContaining({ fields: [{ field: '/criteria/CR-04', message: 'it is not met' }] }),
    )
  })

  it('is admitted with its reach waived, and nothing else can be', () => {
    expect(admit(recommended(judged({ 'CR-03': 'waived' })), decision).state).toBe('admitted')
    expect(() => judge(review(), judgement('CR-01', 'waived'))).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED' }))
  })

  it('can be refused at discretion though all is met, for a reason', () => {
    expect(refuse(judged(), { reason: 'Another member of the same group is in.', by: DECIDER, at })).toMatchObject({ state: 'refused', tier: undefined })
    expect(() => refuse(judged(), { reason: ' ', by: DECIDER, at })).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED' }))
  })

  it('that is asked about waits for the applicant, and nothing that was judged before the answer stands', () => {
    const asked = ask(recommended(), { about: ['CR-03'], question: 'How many users are active?', by: REVIEWER, at })
    // All of the answers may change, though one matter was asked about.
    const other = answers({ organisation: { ...VENDOR.organisation, legalName: 'Somebody else' }, sellsAttackTools: true })
    const answered = answer(asked, other, new Date(at.getTime() + 1))
    expect(answered.rounds).toEqual([expect.objectContaining({ about: ['CR-03'], answeredAt: new Date(at.getTime() + 1) })])
    const unjudged = SET.criteria.map(({ id: one }) => ({ field: `/criteria/${one}`, message: 'nobody has judged it' }))
    expect(() => admit(answered, decision)).toThrow(expect.objectContaining({ fields: expect.arrayContaining(unjudged.slice(0, 3)) }))
    expect(answered.replaced).toHaveLength(SET.criteria.length)
    const again = SET.criteria.reduce((one, { id: criterion }) => judge(one, judgement(criterion)), answered)
    expect(() => admit(again, decision)).toThrow(code('CONFLICT'))
    expect(admit(recommended(again), decision).state).toBe('admitted')
  })

  it('is not carried by a judgement of earlier answers, be it stored as standing', () => {
    const old = { ...recommended(), answersVersion: 2 }
    expect(() => admit(recommended(old), decision)).toThrow(code('CONFLICT'))
  })

  it('is admitted to what another officer recommended or to less, and to nothing before', () => {
    expect(() => admit(judged(), decision)).toThrow(code('CONFLICT'))
    const careful = recommended(judged(), { jurisdiction: DUTY_TO_REPORT.policy })
    expect(() => admit(careful, decision)).toThrow(code('SECOND_PERSON_NEEDED'))
    expect(admit(careful, { ...decision, jurisdiction: DUTY_TO_REPORT.policy }).state).toBe('admitted')
    expect(admit(recommended(), { ...decision, jurisdiction: DUTY_TO_REPORT.policy }).state).toBe('admitted')
    expect(admit(recommended(), { ...decision, tier: 'entry' }).tier).toBe('entry')
    for (const tier of ['advance', 'validate'] as const) {
      expect(() => admit(recommended(judged(), { tier: 'entry' }), { ...decision, tier })).toThrow(code('SECOND_PERSON_NEEDED'))
    }
    // Whoever recommended does not decide, be it that another recommended since.
    const twice = recommended(recommend(judged(), { tier: 'advance', jurisdiction: NO_CEILING.policy, by: DECIDER, at }))
    expect(() => admit(twice, decision)).toThrow(code('SECOND_PERSON_NEEDED'))
  })

  it('of a renewal keeps its tier, so that nothing is recommended', () => {
    const renewal = { ...judged(), renewal: true }
    expect(admit(renewal, { ...decision, jurisdiction: undefined }).state).toBe('admitted')
    expect(() => recommended(renewal)).toThrow(code('CONFLICT'))
  })

  it('goes to a tier of its kind only', () => {
    expect(() => admit(judged(), { ...decision, tier: 'responder' })).toThrow(
      expect.objectContaining({ fields: [expect.objectContaining({ field: '/tier' })] }),
    )
  })

  it('can be withdrawn while nothing is decided', () => {
    expect(withdraw(review(), at).state).toBe('withdrawn')
    // @ts-expect-error What is decided cannot be taken back.
    withdraw(admit(recommended(), decision), at)
  })
})

describe('answers', () => {
  it.each([
    [{ hasReadTheTerms: false }],
    [{ products: [] }],
    [{ organisation: { ...VENDOR.organisation, jurisdictions: [] } }],
    [{ organisation: { ...VENDOR.organisation, website: 'javascript:alert(1)' } }],
    [{ roleAddress: 'nobody' }],
    [{ workedExample: { cve: 'CVE-1', detection: 'x' } }],
    [{ constituency: 'of another kind' }],
  ])('are refused with %j', (changes) => {
    expect(Answers.safeParse({ ...VENDOR, ...changes }).success).toBe(false)
  })

  it('of the other kind of applicant do not fit the set', () => {
    const responder = Answers.parse({
      kind: 'responder',
      organisation: VENDOR.organisation,
      dataUse: VENDOR.dataUse,
      roleAddress: VENDOR.roleAddress,
      contacts: VENDOR.contacts,
      agreesToBeNamed: false,
      hasReadTheTerms: true,
      responder: 'cert',
      constituency: 'A country.',
      contributes: 'Sightings, daily.',
    })
    expect(() => submit({ id: id(9) as ApplicationId, operator: id(8) as OperatorId, set: SET, answers: responder, at })).toThrow(
      expect.objectContaining({ code: 'VALIDATION_FAILED' }),
    )
  })
})
