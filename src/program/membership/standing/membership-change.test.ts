import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { DUTY_TO_REPORT, NO_CEILING, type JurisdictionCeiling } from '#program/embargo/may-read.ts'
import { MEMBERSHIP_STATES, TIERS } from '#program/membership/contract.ts'
import { changeState, widens, type Held } from '#program/membership/standing/membership-change.ts'

const KNOWN = new Map<string, JurisdictionCeiling>([NO_CEILING, DUTY_TO_REPORT].map((ceiling) => [ceiling.policy, ceiling]))
const ceilingOf = (policy: string | null) => (policy === null ? undefined : KNOWN.get(policy))
const held: Held = { tier: 'advance', state: 'active', until: new Date('2027-01-01T00:00:00Z'), jurisdiction: 'unrestricted@1' }
const change = (before: Partial<Held>, after: Partial<Held>) => widens({ ...held, ...before }, { ...held, ...before, ...after }, ceilingOf)

describe('a change of standing', () => {
  it('of tier narrows only where no part opens earlier', () => {
    const narrowing = TIERS.flatMap((before) =>
      TIERS.filter((after) => before !== after && !change({ tier: before }, { tier: after })).map((after) => `${before} to ${after}`),
    )
    expect(narrowing).toEqual(['validate to responder', 'advance to entry', 'advance to responder', 'entry to responder'])
  })

  it('of state narrows towards the end and widens back', () => {
    for (const [n, before] of MEMBERSHIP_STATES.entries())
      for (const [m, after] of MEMBERSHIP_STATES.entries()) expect(change({ state: before }, { state: after }), `${before} to ${after}`).toBe(m < n)
  })

  it('of the end widens when it comes later, and of the jurisdiction when anything more is left, or earlier', () => {
    expect(change({}, { until: null })).toBe(true)
    expect(change({}, { until: new Date('2027-01-02T00:00:00Z') })).toBe(true)
    expect(change({}, { until: new Date('2026-12-31T00:00:00Z') })).toBe(false)
    expect(change({ until: null }, { until: new Date('2027-01-01T00:00:00Z') })).toBe(false)
    expect(change({}, { jurisdiction: 'duty-to-report@1' })).toBe(false)
    expect(change({ jurisdiction: 'duty-to-report@1' }, { jurisdiction: 'unrestricted@1' })).toBe(true)
    expect(change({ jurisdiction: 'unheard-of@1' }, { jurisdiction: 'duty-to-report@1' })).toBe(true)
    expect(change({}, { jurisdiction: null })).toBe(false)
  })

  const any = fc.record({
    tier: fc.constantFrom(...TIERS),
    state: fc.constantFrom(...MEMBERSHIP_STATES),
    until: fc.constantFrom(null, new Date(1), new Date(2)),
    jurisdiction: fc.constantFrom(null, 'unrestricted@1', 'duty-to-report@1'),
  })
  test.prop([any, any, any])('never widens by two steps that each do not', (one, two, three) => {
    if (!widens(one, two, ceilingOf) && !widens(two, three, ceilingOf)) expect(widens(one, three, ceilingOf)).toBe(false)
  })
  test.prop([any, any])('that is undone widens one way, unless it changes nothing that counts', (one, two) => {
    if (!widens(one, two, ceilingOf) && !widens(two, one, ceilingOf)) expect([two.tier, two.state, two.until]).toEqual([one.tier, one.state, one.until])
  })

  it('waits until it is done, closed or expired', () => {
    const now = new Date(10)
    const state = (done: Date | null, closed: Date | null, expires: number) =>
      changeState({ done_at: done, closed_at: closed, expires_at: new Date(expires) }, now)
    expect([state(null, null, 11), state(null, null, 10), state(now, null, 5), state(null, now, 11)]).toEqual(['waits', 'expired', 'done', 'closed'])
  })
})
