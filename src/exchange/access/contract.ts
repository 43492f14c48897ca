import { z } from 'zod'
import { idSchema } from '#platform/ids.ts'
import { AliasText } from '#exchange/collections/contract.ts'

const instant = z.date().transform((date) => date.toISOString())
const party = z.object({ id: z.string(), name: z.string() })

export const RightParams = z.object({ id: idSchema<'collection'>(), organisation: idSchema<'organisation'>() })
export const GroupMemberParams = z.object({ id: idSchema<'sharing-group'>(), organisation: idSchema<'organisation'>() })
export const AccessChangeParams = z.object({ id: idSchema<'access-change'>() })

/** `PUT /api/collections/:id/rights/:organisation`: what the organisation shall hold. */
export const ChangeRight = z.strictObject({ canRead: z.boolean(), canWrite: z.boolean() })

/** `PUT /api/collections/:id/alias`: one that another collection had before. */
export const MoveAlias = z.strictObject({ alias: AliasText })

/** A change of who may read, write or belong: done, or waiting for a second membership officer. */
export const AccessChange = z.object({
  id: z.string(),
  collection: z.object({ id: z.string(), title: z.string() }).nullable(),
  group: z.object({ id: z.string(), title: z.string() }).nullable(),
  /** Null where it is about what a collection or group is called. */
  organisation: party.nullable(),
  /** For a collection: what the organisation shall hold. */
  right: z.object({ canRead: z.boolean(), canWrite: z.boolean() }).nullable(),
  /** For a group: whether the organisation shall belong to it. */
  isMember: z.boolean().nullable(),
  /** The alias that the collection shall have, which was another's. */
  alias: z.string().nullable(),
  /** What the group shall be called and said to be for. */
  text: z.object({ title: z.string(), description: z.string() }).nullable(),
  state: z.enum(['waits', 'done', 'expired', 'closed']),
  proposedBy: party,
  proposedAt: instant,
  expiresAt: instant,
  approvedBy: party.nullable(),
  doneAt: instant.nullable(),
})
/** `GET /api/access-changes`: those that wait, the oldest first. */
export const AccessChangeList = z.object({ items: z.array(AccessChange) })
