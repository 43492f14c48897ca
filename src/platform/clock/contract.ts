import { z } from 'zod'

const instant = z.date().transform((date) => date.toISOString())

/** `GET /api/clock`: the trusted instant, and why it stands still if it does. */
export const ClockState = z.object({
  now: instant,
  disagreement: z.string().nullable(),
  /** A proposal that waits for a second person. */
  proposal: z.object({ id: z.string(), instant, proposedBy: z.string() }).nullable(),
})
/** `POST /api/clock/confirmations`: the proposer states the time by a clock outside this machine; it must be within 60 s of the wall clock. */
export const ProposeInstant = z.object({ instant: z.iso.datetime() })
