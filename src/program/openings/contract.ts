import { z } from 'zod'
import { idSchema } from '#platform/ids.ts'

const at = z.date().transform((date) => date.toISOString())

/** What opens: the window of a tier, or the release itself. */
export const OPENING_TIERS = ['validate', 'advance', 'entry', 'release'] as const
export type OpeningTier = (typeof OPENING_TIERS)[number]

/** A window that opened, as it was recorded. */
export const OpeningView = z.object({
  /** Id of the release. */
  release: z.string(),
  tier: z.enum(OPENING_TIERS),
  openedAt: at,
  recordedAt: at,
  /** Packages that met it, also later than it opened. */
  packages: z.number().int(),
  /** People who were told of any of them by it. */
  told: z.number().int(),
})
export const OpeningList = z.object({ items: z.array(OpeningView) })

export const OpeningParams = z.object({ release: idSchema<'release'>(), tier: z.enum(OPENING_TIERS) })
/** Who was told by an opening: never of what. */
export const ToldList = z.object({
  items: z.array(
    z.object({
      person: z.object({ id: z.string(), name: z.string() }),
      organisation: z.object({ id: z.string(), name: z.string() }).nullable(),
      toldAt: at,
    }),
  ),
})
