import { z } from 'zod'
import { idSchema } from '#platform/ids.ts'

/**
 * What holders acknowledge: a new version that took the place of what they hold (done by a receipt of it), terms of a new version that
 * differ from those of the one before it, and a release that moved.
 */
export const ACKNOWLEDGED = ['version', 'terms', 'slip'] as const
export type Acknowledged = (typeof ACKNOWLEDGED)[number]

const at = z.date().transform((date) => date.toISOString())
const Who = z.object({ id: z.string(), name: z.string() })

/** One duty of one member, and who of it did it; for the operator. */
const AcknowledgementView = z.object({
  id: z.string(),
  version: z.number().int(),
  kind: z.enum(ACKNOWLEDGED),
  organisation: Who,
  askedAt: at,
  acknowledged: z.object({ by: Who, at }).nullable(),
})
export const AcknowledgementList = z.object({ items: z.array(AcknowledgementView) })

/** A duty of the member of the person who asks, about a package that this person may know of now. */
const OwnAcknowledgement = z.object({ id: z.string(), package: z.string(), version: z.number().int(), kind: z.enum(ACKNOWLEDGED), askedAt: at })
export const OwnAcknowledgementList = z.object({ items: z.array(OwnAcknowledgement) })

/** `POST /api/packages/:id/acknowledgements`: the id of a duty of kind terms or slip. */
export const Acknowledge = z.strictObject({ acknowledgement: idSchema<'acknowledgement'>() })
