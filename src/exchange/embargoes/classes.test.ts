import { describe, expect, it } from 'vitest'
import { followed, judgeMoves, releasesOf, type ClassRelease } from '#exchange/embargoes/classes.ts'

const at = (hour: number) => new Date(Date.UTC(2026, 10, 22, hour))
const opening = { validate: at(2), advance: at(4), entry: at(6), release: at(8), zone: 'America/Los_Angeles' }
const released = (of: ClassRelease['class'], hour: number, own: number | null = hour): ClassRelease => ({
  class: of,
  opensAt: at(hour),
  ownAt: own === null ? null : at(own),
})

describe('the instants of an embargo', () => {
  it('are those that were chosen, never in the past', () => {
    expect(releasesOf({ advance: at(3), entry: at(1) }, undefined, at(2))).toEqual([released('advance', 3), { class: 'entry', opensAt: at(2), ownAt: at(1) }])
  })

  it('V2: are the windows of the package unless later ones were chosen, and never earlier', () => {
    expect(releasesOf({}, opening, at(0))).toEqual([released('validate', 2, null), released('advance', 4, null), released('entry', 6, null)])
    expect(releasesOf({ advance: at(3), entry: at(7) }, opening, at(0))).toEqual([released('advance', 4, 3), released('entry', 7)])
    expect(releasesOf({ everybody: at(0) }, opening, at(0))).toEqual([released('everybody', 8, 0)])
    expect(releasesOf({ responder: at(9) }, opening, at(0))).toBe('responder')
  })

  it('follow the package while they were not reached', () => {
    const moved = { ...opening, advance: at(5) }
    expect(followed(released('advance', 4, null), moved, at(0))).toEqual(at(5))
    expect(followed(released('advance', 4, null), moved, at(4))).toBeUndefined()
    expect(followed(released('advance', 7, 7), moved, at(0))).toBeUndefined()
    expect(followed(released('advance', 4, null), { ...opening, advance: at(1) }, at(3))).toEqual(at(3))
  })
})

describe('a change of an embargo', () => {
  const present = [released('advance', 4), released('entry', 6)]

  it('takes two people where anybody is shown anything earlier, or at all', () => {
    const widens = (of: ClassRelease['class'], hour: number) => judgeMoves(present, [{ class: of, at: at(hour) }], undefined, at(1))
    expect(widens('entry', 7)).toEqual({ widens: false, faults: [] })
    expect(widens('entry', 5)).toEqual({ widens: true, faults: [] })
    expect(widens('responder', 9)).toEqual({ widens: true, faults: [] })
  })

  it('leaves what was reached, mixes no tiers with everybody, and is never before the package', () => {
    const faults = (of: ClassRelease['class'], hour: number, package_: Parameters<typeof judgeMoves>[2], now = 1) =>
      judgeMoves(present, [{ class: of, at: at(hour) }], package_, at(now)).faults.map(({ message }) => message)
    expect(faults('advance', 9, undefined, 4)).toEqual([expect.stringContaining('was reached')])
    expect(faults('everybody', 9, undefined)).toEqual(['tiers, or everybody'])
    expect(faults('entry', 5, opening)).toEqual([expect.stringContaining('not before its package')])
    expect(faults('entry', 7, opening)).toEqual([])
    expect(faults('entry', 9, 'none')).toEqual([expect.stringContaining('not before its package')])
  })
})
