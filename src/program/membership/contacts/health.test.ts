import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import type { PersonId } from '#platform/ids.ts'
import { findingLine } from '#program/membership/contacts/contract.ts'
import { findingKey, healthOf, isNear, nextCycle, type MemberFacts } from '#program/membership/contacts/health.ts'
import { upcomingReleases } from '#program/releases/upcoming.ts'

const DAY = 86_400_000
const NOW = new Date('2026-11-22T12:00:00Z')
const CYCLE = { opens: new Date('2026-11-24T18:00:00Z'), release: new Date('2026-12-08T18:00:00Z') }
const after = (days: number) => new Date(NOW.getTime() + days * DAY)

const person = (id: string, more: object = {}) => ({
  id: id as PersonId,
  name: `Contact ${id}`,
  functions: [] as const,
  disabled: false,
  bouncedAt: null,
  lastSeenAt: after(-1),
  keyUntil: after(300),
  cleared: true,
  ...more,
})
const WELL: MemberFacts = { contacts: [person('a', { functions: ['accountable'] }), person('b')], agreementUntil: null, until: after(300) }
const kinds = (facts: Partial<MemberFacts>) => healthOf({ ...WELL, ...facts }, CYCLE, NOW).map(findingKey)
const withB = (more: object) => kinds({ contacts: [WELL.contacts[0]!, person('b', more)] })

describe('a member’s health before a cycle', () => {
  it('is well when nothing is due', () => expect(kinds({})).toEqual([]))

  it.each([
    ['a key that expires before the release', { keyUntil: after(16) }, ['key-expires/b']],
    ['a key that expires with the release', { keyUntil: CYCLE.release }, ['key-expires/b']],
    ['a key that outlives the release', { keyUntil: new Date(CYCLE.release.getTime() + 1) }, []],
    ['no key', { keyUntil: null }, ['key-missing/b']],
    ['no key where none is needed', { keyUntil: null, cleared: false }, []],
    ['a bounced address', { bouncedAt: after(-2) }, ['address-bounced/b']],
    ['nobody who ever came', { lastSeenAt: null }, ['never-signed-in/b']],
    ['nobody for 60 days', { lastSeenAt: after(-60) }, ['not-signed-in-lately/b']],
    ['somebody 59 days ago', { lastSeenAt: after(-59) }, []],
    ['a disabled contact', { disabled: true, keyUntil: null, bouncedAt: NOW, lastSeenAt: null }, ['single-contact']],
  ])('of %s', (_, more, expected) => expect(withB(more)).toEqual(expected))

  it('of the organisation', () => {
    expect(kinds({ agreementUntil: after(3) })).toEqual(['agreement-lapses'])
    expect(kinds({ agreementUntil: after(40) })).toEqual([])
    expect(kinds({ until: after(10) })).toEqual(['membership-lapses'])
    expect(kinds({ contacts: [person('a'), person('b')] })).toEqual(['no-accountable-contact'])
    expect(kinds({ contacts: [] })).toEqual(['no-accountable-contact', 'single-contact'])
  })

  const facts = fc.record({
    disabled: fc.boolean(),
    keyUntil: fc.option(fc.integer({ min: -10, max: 40 }).map(after)),
    bouncedAt: fc.option(fc.constant(NOW)),
    lastSeenAt: fc.option(fc.integer({ min: -100, max: 0 }).map(after)),
    cleared: fc.boolean(),
  })
  test.prop([fc.array(facts, { maxLength: 4 })])('names each matter once, nobody who left, and says it in words', (contacts) => {
    const findings = healthOf({ ...WELL, contacts: contacts.map((one, n) => person(String(n), one)) }, CYCLE, NOW)
    expect(new Set(findings.map(findingKey)).size).toBe(findings.length)
    for (const finding of findings) {
      if (finding.person) expect(contacts[Number(finding.person.id)]!.disabled).toBe(false)
      expect(findingLine(finding)).not.toContain('{')
    }
  })
})

describe('the coming cycle', () => {
  it('is the first whose first window has not opened, and near from 14 days before', () => {
    const cycle = nextCycle(upcomingReleases(NOW, []), NOW)!
    expect(cycle).toEqual(CYCLE)
    const next = nextCycle(upcomingReleases(CYCLE.opens, []), CYCLE.opens)!
    expect(next.release > CYCLE.release).toBe(true)
    expect([
      isNear(cycle, NOW),
      isNear(cycle, new Date(CYCLE.opens.getTime() - 14 * DAY)),
      isNear(cycle, new Date(CYCLE.opens.getTime() - 14 * DAY - 1)),
    ]).toEqual([true, true, false])
    expect(isNear(cycle, CYCLE.opens)).toBe(false)
  })
})
