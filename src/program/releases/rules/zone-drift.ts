import { WINDOW_TIERS, type Programme, type WindowTier } from '#program/releases/programme.ts'
import { monthOf, releaseIfKnown, type Release } from '#program/releases/release.ts'

/**
 * What a rule and its zone give now for a release that was written down under earlier zone data; undefined when that is the same,
 * and for a release that has happened. What has opened stays as it was: zone data change what is to come and nothing that is past
 * (program.md, 4.1.7 and E10). Pure.
 */
export function zoneDrift(stored: Release, programme: Programme, now: Date): Release | undefined {
  if (stored.instant <= now) return undefined
  const given = releaseIfKnown(monthOf(stored.instant, stored.zone), programme)
  if (!given) return undefined
  const opens = (tier: WindowTier) => (stored.windows[tier] <= now ? stored.windows[tier] : given.windows[tier])
  const windows = { validate: opens('validate'), advance: opens('advance'), entry: opens('entry') }
  const differs =
    given.instant.getTime() !== stored.instant.getTime() || WINDOW_TIERS.some((tier) => windows[tier].getTime() !== stored.windows[tier].getTime())
  return differs ? { ...given, windows } : undefined
}
