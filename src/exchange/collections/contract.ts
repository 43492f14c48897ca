import { z } from 'zod'
import { idSchema } from '#platform/ids.ts'

/** Names that stand for a collection in paths: never like an id. */
export const ALIAS = /^(?![0-9a-f]{8}-[0-9a-f]{4}-)[a-z0-9][a-z0-9_-]{0,62}$/

const instant = z.date().transform((date) => date.toISOString())
export const AliasText = z.string().regex(ALIAS, 'small letters, digits, hyphens and underscores, not like an id')
const text = {
  title: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u, 'one line without control characters'),
  description: z.string().max(2000),
  /** Name that clients may write in paths in the place of the id (TAXII 2.1, section 5.2); null for none. */
  alias: AliasText.nullable().default(null),
}

export const CollectionIdParams = z.object({ id: idSchema<'collection'>() })
/** `POST /api/collections`: with `aggregates` it shows the union of these collections, of what the reader may read in each, and nothing is posted to it. */
export const CreateCollection = z.strictObject({ ...text, aggregates: z.array(idSchema<'collection'>()).min(1).max(50).optional() })
/** `PUT /api/collections/:id`. */
export const CollectionText = z.strictObject(text)

/** A collection that the reader may read or write. */
export const CollectionView = z.object({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  alias: z.string().nullable(),
  operator: z.object({ id: z.string(), name: z.string() }),
  canRead: z.boolean(),
  canWrite: z.boolean(),
  /** Path of the TAXII 2.1 collection resource on this host. */
  taxii: z.string(),
  purpose: z.enum(['scanner-findings']).nullable(),
  aggregates: z.array(z.string()).nullable(),
  createdAt: instant,
})
export const CollectionList = z.object({ items: z.array(CollectionView) })

/** `GET /api/collections/:id/rights`: what each member holds in a collection, for the operator's people. */
export const CollectionRights = z.object({
  items: z.array(z.object({ id: z.string(), name: z.string(), kind: z.enum(['vendor', 'responder']), canRead: z.boolean(), canWrite: z.boolean() })),
})
