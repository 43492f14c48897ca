import { z } from 'zod'
import { idSchema } from '#platform/ids.ts'

const at = z.date().transform((date) => date.toISOString())
const Who = z.object({ id: z.string(), name: z.string() })
/** An instant as it arrives, within the years that the zone data covers. */
const instant = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .refine((date) => date.getUTCFullYear() >= 2000 && date.getUTCFullYear() < 2200, 'an instant of the years 2000 to 2199')

/**
 * An instant at which the programme publishes, with the windows before it. One of the programme's rule is `planned`; an
 * out-of-band one `waits` for a second publisher until it is `confirmed`.
 */
export const ReleaseView = z.object({
  /** Whose programme it is of. */
  operator: Who,
  /** What scheduling a package names: an ISO instant for a release of the rule, an id for an out-of-band one. */
  key: z.string(),
  /** `moved`: packages that went from another release to instants of their own. */
  kind: z.enum(['rule', 'out-of-band', 'moved']),
  instant: at,
  zone: z.string(),
  rule: z.string(),
  calendar: z.string().nullable(),
  windows: z.object({ validate: at, advance: at, entry: at }),
  /** What an out-of-band release was decided for: nothing else can be put on it. The title is null where the role may not read it, and where the version says something else by now. */
  packages: z.array(z.object({ id: z.string(), version: z.number().int(), contentHash: z.string(), title: z.string().nullable() })),
  proposed: z.object({ by: Who, at, reason: z.string() }).nullable(),
  confirmed: z.object({ by: Who, at }).nullable(),
  state: z.enum(['planned', 'waits', 'confirmed']),
  /** Of one that was moved: the instants that it had first, and when it was moved last. */
  moved: z.object({ from: z.object({ instant: at, zone: z.string(), windows: z.object({ validate: at, advance: at, entry: at }) }), at }).nullable(),
})
export const ReleaseList = z.object({ items: z.array(ReleaseView) })

export const ReleaseParams = z.object({ id: idSchema<'release'>() })
/** `POST /api/releases`: an out-of-band release for certain packages. Windows open in the order of the tiers and not after the release. */
export const ProposeRelease = z.strictObject({
  instant,
  /** IANA name of the zone in which people read the instants. */
  zone: z.string().min(1).max(64),
  windows: z.strictObject({ validate: instant, advance: instant, entry: instant }),
  reason: z.string().trim().min(1).max(2000),
  /** What it is for: contents in review or approved. */
  packages: z
    .array(
      z.strictObject({
        id: idSchema<'package'>(),
        version: z.number().int().min(1).max(1_000_000),
        contentHash: z.string().regex(/^[0-9a-f]{64}$/, 'SHA-256 in lower-case hex'),
      }),
    )
    .min(1)
    .max(50)
    .refine((packages) => new Set(packages.map(({ id }) => id)).size === packages.length, 'a package that occurs twice'),
})
