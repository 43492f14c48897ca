import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { dueAt, reminderAt, type ClockFacts } from '#program/reporting/deadlines.ts'

const HOUR = 3_600_000
const facts = (awareness: string | Date, more: Partial<ClockFacts> = {}): ClockFacts => ({
  awarenessAt: new Date(awareness),
  final: { days: 14, from: 'corrective-measure' },
  correctiveAt: undefined,
  notifiedAt: undefined,
  ...more,
})
const due = (clock: ClockFacts, step: Parameters<typeof dueAt>[1]) => dueAt(clock, step)?.toISOString()

describe('deadlines for what is exploited', () => {
  it('E37: are absolute hours, over a change of clocks and a weekend', () => {
    // Saturday before clocks go forward in Los Angeles (2026-03-08) and in Brussels (2026-03-29).
    for (const awareness of ['2026-03-07T20:00:00.000Z', '2026-03-28T20:00:00.000Z', '2026-10-24T20:00:00.000Z']) {
      const clock = facts(awareness)
      expect(Date.parse(due(clock, 'early-warning')!) - Date.parse(awareness)).toBe(24 * HOUR)
      expect(Date.parse(due(clock, 'notification')!) - Date.parse(awareness)).toBe(72 * HOUR)
    }
    expect(due(facts('2026-03-07T20:00:00.000Z'), 'early-warning')).toBe('2026-03-08T20:00:00.000Z')
  })

  it('E37: the final report counts from what is configured, and from nothing before that happened', () => {
    const aware = '2026-12-04T12:00:00.000Z'
    expect(due(facts(aware), 'final-report')).toBeUndefined()
    expect(due(facts(aware, { correctiveAt: new Date('2026-12-08T18:00:00Z') }), 'final-report')).toBe('2026-12-22T18:00:00.000Z')
    expect(due(facts(aware, { final: { days: 14, from: 'awareness' } }), 'final-report')).toBe('2026-12-18T12:00:00.000Z')
    const notified = facts(aware, { final: { days: 30, from: 'notification' }, notifiedAt: new Date('2026-12-05T00:00:00Z') })
    expect(due(notified, 'final-report')).toBe('2027-01-04T00:00:00.000Z')
    expect(due({ ...notified, notifiedAt: undefined }, 'final-report')).toBeUndefined()
  })

  test.prop([fc.date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true })])(
    'I21: are the same number of hours from any instant, in whatever zone this runs',
    (awareness) => {
      expect(dueAt(facts(awareness), 'early-warning')!.getTime() - awareness.getTime()).toBe(24 * HOUR)
      expect(dueAt(facts(awareness), 'notification')!.getTime() - awareness.getTime()).toBe(72 * HOUR)
    },
  )

  it('are reminded of at the nearest number of hours', () => {
    const at = new Date('2026-12-05T12:00:00Z')
    const left = (hours: number) => reminderAt(at, new Date(at.getTime() - hours * HOUR))
    expect([200, 168, 24, 23.5, 12, 3, 1, 0.5, 0, -5].map(left)).toEqual([undefined, 168, 24, 24, 12, 4, 1, 1, 0, 0])
  })
})
