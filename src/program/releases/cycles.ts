import type { Tx } from '#platform/db/database.ts'
import type { OperatorId } from '#platform/ids.ts'
import { DEFAULT_PRESET, PRESETS } from '#program/releases/programme.ts'
import { releasesBetween, type Release } from '#program/releases/release.ts'
import { civilTimeOf } from '#program/releases/zoned-time.ts'

/** A cycle as the programme's rules alone have it: known to every member, and the same whatever packages there are. */
export interface Cycle {
  /** `2026-12`: the civil month in the programme's zone. A rule gives at most one release a month, so it names the cycle for good. */
  readonly month: string
  readonly release: Release
  /** When the rules that it follows were put in force; undefined for those that the programme began with. */
  readonly since: Date | undefined
}

/** The cycles of an operator's rules from `before` months before the present one to `after` months after it. */
export async function cyclesOf(_tx: Tx, _operator: OperatorId, now: Date, { before, after }: { before: number; after: number }): Promise<Cycle[]> {
  const programme = PRESETS[DEFAULT_PRESET]
  const { zone } = programme.release
  const present = civilTimeOf(now, zone)
  const month = (away: number) => {
    const at = present.year * 12 + present.month - 1 + away
    return { year: Math.floor(at / 12), month: (at % 12) + 1 }
  }
  return releasesBetween(month(-before), month(after), programme).map((release) => {
    const { year, month: number } = civilTimeOf(release.instant, zone)
    return { month: `${year}-${String(number).padStart(2, '0')}`, release, since: undefined }
  })
}
