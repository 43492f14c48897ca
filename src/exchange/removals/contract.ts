import { z } from 'zod'
import { idSchema } from '#platform/ids.ts'

export const RemovalParams = z.object({ id: idSchema<'collection'>() })

/** `GET /api/exchange/collections/:id/removals`, the oldest first. */
export const RemovalQuery = z.object({
  /** What was taken away after this instant (RFC 3339 with its zone; six digits of fraction count): that of the last removal that is known. */
  after: z.iso.datetime({ offset: true, message: 'an instant with its zone, such as 2026-01-01T00:00:00.000000Z' }).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
  cursor: z.string().max(500).optional(),
})

/** One version of an object that the reader was shown and is shown no longer. */
export const Removal = z.object({
  object: z.string(),
  version: z.string(),
  /** In which collection; of a union, one of its own. */
  collection: z.string(),
  /** RFC 3339, UTC, six digits of fraction. */
  removedAt: z.string(),
})
/** A page may be short, or empty, while `next` is there. */
export const RemovalPage = z.object({ items: z.array(Removal), next: z.string().nullable() })
