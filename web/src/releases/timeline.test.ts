import { describe, expect, it } from 'vitest'
import type { Release } from './releases.ts'
import { daysBetween, layOut } from './timeline.ts'

const at = (text: string) => Date.parse(text)
const release = (key: string, kind: Release['kind'], validate: string, instant: string) =>
  ({ key, kind, instant, zone: 'America/Los_Angeles', windows: { validate, advance: instant, entry: instant } }) as Release
const december = release('december', 'rule', '2026-11-24T18:00:00.000Z', '2026-12-08T18:00:00.000Z')
const january = release('january', 'rule', '2026-12-29T18:00:00.000Z', '2027-01-12T18:00:00.000Z')
const urgent = release('urgent', 'out-of-band', '2026-12-01T18:00:00.000Z', '2026-12-02T18:00:00.000Z')

describe('the picture of the windows', () => {
  it('shows the next release of the rule and what is out of band before it, from the first opening or now on', () => {
    const { shown, from, to } = layOut([january, december, urgent], at('2026-11-20T00:00:00Z'))!
    expect(shown.map(({ key }) => key)).toEqual(['urgent', 'december'])
    expect(from).toBeLessThan(at('2026-11-20T00:00:00Z'))
    expect(to).toBeGreaterThan(at(december.instant))
    expect(layOut([january, december], at('2026-12-01T00:00:00Z'))!.from).toBeLessThan(at(december.windows.validate))
    expect(layOut([december, january], at(december.instant))!.shown).toEqual([january])
  })

  it('is none when nothing is to come', () => {
    expect(layOut([december], at(december.instant))).toBeUndefined()
  })

  it('begins days at midnight of the zone, also in the week in which its clocks change', () => {
    const days = daysBetween(at('2026-10-30T18:00:00Z'), at('2026-11-03T18:00:00Z'), 'America/Los_Angeles')
    expect(days).toEqual([
      { ms: at('2026-10-31T07:00:00Z'), label: 'Sat 31 Oct' },
      { ms: at('2026-11-01T07:00:00Z'), label: 'Sun 1 Nov' },
      { ms: at('2026-11-02T08:00:00Z'), label: 'Mon 2 Nov' },
      { ms: at('2026-11-03T08:00:00Z'), label: 'Tue 3 Nov' },
    ])
    expect(daysBetween(at('2026-01-01T00:00:00Z'), at('2026-12-31T00:00:00Z'), 'UTC').length).toBeLessThanOrEqual(12)
  })
})
