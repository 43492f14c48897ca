import { z } from 'zod'
import { idSchema } from '#platform/ids.ts'

/** The media type of every TAXII 2.1 answer (section 1.6.8). */
export const TAXII_MEDIA_TYPE = 'application/taxii+json;version=2.1'
/** Largest body that an API root accepts, in bytes (section 4.2, `max_content_length`). */
export const MAX_CONTENT_LENGTH = 10_485_760

/** Discovery resource (section 4.1.1). */
export const Discovery = z.object({
  title: z.string(),
  description: z.string(),
  default: z.string().optional(),
  api_roots: z.array(z.string()).min(1).optional(),
})
/** API root resource (section 4.2.1). One API root per operator. */
export const ApiRoot = z.object({ title: z.string(), versions: z.array(z.string()), max_content_length: z.number().int() })
/** Collection resource (section 5.2.1). */
export const Collection = z.object({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  can_read: z.boolean(),
  can_write: z.boolean(),
  media_types: z.array(z.string()),
})
/** Collections resource (section 5.1.1): the key is left out when the list is empty. */
export const Collections = z.object({ collections: z.array(Collection).min(1).optional() })

export const RootParams = z.object({ root: idSchema<'operator'>() })
export const CollectionParams = RootParams.extend({ collection: idSchema<'collection'>() })
