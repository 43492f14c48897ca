import { z } from 'zod'
import { idSchema } from '#platform/ids.ts'

const instant = z.date().transform((date) => date.toISOString())

/** The time as one person stated it, waiting for a second one. */
export const ClockProposal = z.object({ id: z.string(), instant, proposedBy: z.string() })

/** `GET /api/clock`: the trusted instant, and why it stands still if it does. */
export const ClockState = z.object({
  now: instant,
  disagreement: z.string().nullable(),
  /** What the clocks of the answering machine and of the database show. */
  readings: z.object({ wall: instant, database: instant }),
  /** A proposal that waits for a second person. */
  proposal: ClockProposal.nullable(),
})

/** `POST /api/clock/confirmations` and `POST /api/clock/confirmations/:id/approval`: each of two people states the time by a clock outside this machine; it must be within 60 s of the wall clock and the database's. */
export const StateInstant = z.object({ instant: z.iso.datetime().transform((text) => new Date(text)) })
export const ConfirmationId = z.object({ id: idSchema<'clock-confirmation'>() })

/** The time as two people confirmed it; every process goes on from it within seconds. */
export const ConfirmedInstant = z.object({ id: z.string(), instant })
