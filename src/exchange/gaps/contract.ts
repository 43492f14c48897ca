import { z } from 'zod'
import { IndicatorView } from '#exchange/indicators/contract.ts'

/** What others sighted and the reader's organisation has not covered (a vendor) or not seen (a responder). */
export const Gap = z.object({
  indicator: IndicatorView,
  /** How many other organisations sighted it at least, in steps of five. */
  organisations: z.number().int(),
  missing: z.enum(['protection', 'sighting']),
})
/** `GET /api/gaps`: what most others sighted first, at most 200. */
export const Gaps = z.object({ items: z.array(Gap) })
