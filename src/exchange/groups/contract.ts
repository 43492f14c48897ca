import { z } from 'zod'
import { idSchema } from '#platform/ids.ts'

const instant = z.date().transform((date) => date.toISOString())
const line = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u, 'one line without control characters')

export const GroupParams = z.object({ id: idSchema<'sharing-group'>() })
/** `POST /api/sharing-groups` and `PUT /api/sharing-groups/:id`. */
export const GroupText = z.strictObject({ title: line(200), description: z.string().max(2000) })
/** `PUT /api/sharing-groups/:id/named`: whether the others in the group may read your organisation's name. */
export const ChooseNamed = z.strictObject({ named: z.boolean() })

/** A sharing group; what names its marking is seen by its members alone. */
export const SharingGroup = z.object({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  /** Id of the marking definition that an object names to be shared with this group. */
  marking: z.string(),
  createdAt: instant,
  closedAt: instant.nullable(),
  /** For the operator's people all, for a member those that agreed to be named and its own organisation. */
  members: z.array(z.object({ id: z.string(), name: z.string(), joinedAt: instant.nullable(), named: z.boolean() })),
})
export const SharingGroupList = z.object({ items: z.array(SharingGroup) })
