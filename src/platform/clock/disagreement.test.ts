import { describe, expect, it } from 'vitest'
import { disagreementText } from '#platform/clock/disagreement.ts'
import { judge, type DisagreementKind } from '#platform/clock/judge.ts'

const now = Date.parse('2026-11-22T12:00:00Z')
const DAY = 86_400_000

describe('the sentence for people', () => {
  const last = judge(
    { wallMs: now, databaseMs: now, uptimeMs: DAY },
    { markMs: now, zeroMs: now - DAY, trustedMs: now, confirmationId: undefined, confirmation: undefined },
    now,
  )
  const shown = { wallMs: now + 5 * DAY, databaseMs: now + 61_000, lineMs: now, trustedMs: now }

  it.each([
    ['WALL_AND_DATABASE', ['2026-11-27 12:00:00 UTC', '2026-11-22 12:01:01 UTC']],
    ['WALL_AND_LINE', ['2026-11-27 12:00:00 UTC', '5 days']],
    ['LEAP', ['2026-11-27 12:00:00 UTC', '5 days', 'two publishers']],
    ['MARK_AHEAD', ['2026-11-27 12:00:00 UTC', '--lower-mark']],
    ['DATABASE_SILENT', ['2026-11-27 12:00:00 UTC']],
  ] as [DisagreementKind, string[]][])('of %s names the readings and where the trusted time stands', (kind, parts) => {
    const text = disagreementText(kind, last, shown)
    for (const part of [...parts, 'stands still at 2026-11-22 12:00:00 UTC']) expect(text).toContain(part)
  })

  it('counts a difference in whole units', () => {
    const apart = (ms: number) => /UTC, (\d+ \w+) apart/.exec(disagreementText('WALL_AND_DATABASE', last, { ...shown, wallMs: now + ms, databaseMs: now }))![1]
    expect([61_000, 120_000, 2 * 3_600_000, 36 * 3_600_000, -10 * 365 * DAY].map(apart)).toEqual([
      '61 seconds',
      '2 minutes',
      '2 hours',
      '36 hours',
      '3650 days',
    ])
  })
})
