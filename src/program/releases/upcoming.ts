import { DEFAULT_PRESET, PRESETS, type Programme } from '#program/releases/programme.ts'
import { nextRelease, type Release } from '#program/releases/release.ts'

/** How many releases of the rule are shown and can be scheduled for. */
const SHOWN = 6

/** The next releases of a programme's rule, in order. Throws as `nextRelease`. */
export function upcomingReleases(now: Date, programme: Programme = PRESETS[DEFAULT_PRESET]): Release[] {
  const releases: Release[] = []
  for (let after = now; releases.length < SHOWN; after = releases.at(-1)!.instant) releases.push(nextRelease(after, programme))
  return releases
}

/** How a release of the rule is named from outside. */
export function releaseKey({ instant }: Release): string {
  return instant.toISOString()
}
