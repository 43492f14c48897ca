import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { PRESETS, WINDOW_TIERS } from '#program/releases/programme.ts'
import { movedRelease, outOfBandRelease, releasesBetween } from '#program/releases/release.ts'
import { windowsBefore } from '#program/releases/moves/moved-windows.ts'

const HOUR = 3_600_000
const all = releasesBetween({ year: 2026, month: 1 }, { year: 2040, month: 12 }, PRESETS.federal)

describe('windows counted back from a chosen instant', () => {
  it('are those of the rule for each of its releases', () => {
    for (const { instant, zone, windows } of all) expect(windowsBefore(instant, zone, PRESETS.federal)).toEqual(windows)
  })

  test.prop([
    fc.date({ min: new Date('2024-02-01'), max: new Date('2040-11-01'), noInvalidDate: true }),
    fc.constantFrom('UTC', 'America/Los_Angeles', 'Asia/Tokyo'),
  ])('open in the order of the tiers, and none after the release', (instant, zone) => {
    const { validate, advance, entry } = windowsBefore(instant, zone, PRESETS.federal)
    expect(validate <= advance && advance <= entry && entry <= instant).toBe(true)
  })
})

describe('any sequence of moves', () => {
  const move = fc.record({
    wait: fc.integer({ min: 0, max: 200 }),
    shift: fc.integer({ min: -500, max: 900 }),
    lead: fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 3, maxLength: 3 }),
  })

  test.prop([fc.array(move, { minLength: 1, maxLength: 8 }), fc.constantFrom(...all.slice(0, 40))], { numRuns: 1500 })(
    'keeps open what is open, and opens nothing before its time under the plan that is in force then',
    (moves, first) => {
      let release = first
      let now = first.windows.validate.getTime() - 400 * HOUR
      /** When each tier opens under the plan in force: what the last move says, or the moment of it where that lay in the past. */
      const due = { validate: first.windows.validate.getTime(), advance: first.windows.advance.getTime(), entry: first.windows.entry.getTime() }
      for (const { wait, shift, lead } of moves) {
        now += wait * HOUR
        const instant = release.instant.getTime() + shift * HOUR
        if (release.instant.getTime() <= now || instant <= now) continue
        const [entry, advance, validate] = lead.toSorted((one, other) => one - other).map((hours) => new Date(instant - hours * HOUR))
        const to = outOfBandRelease(new Date(instant), 'UTC', { validate: validate!, advance: advance!, entry: entry! })
        const next = movedRelease(release, to, new Date(now))
        for (const tier of WINDOW_TIERS) {
          if (due[tier] > now) due[tier] = Math.max(to.windows[tier].getTime(), now)
          expect(next.windows[tier].getTime()).toBe(due[tier])
        }
        expect(next.instant.getTime()).toBe(instant)
        release = next
      }
    },
  )
})
