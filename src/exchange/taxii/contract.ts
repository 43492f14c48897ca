import { z } from 'zod'
import { STIX_ID } from '#exchange/stix/contract.ts'
import { idSchema } from '#platform/ids.ts'

/** The media type of every TAXII 2.1 answer (section 1.6.8). */
export const TAXII_MEDIA_TYPE = 'application/taxii+json;version=2.1'
/** Largest body that an API root accepts, in bytes (section 4.2, `max_content_length`). */
export const MAX_CONTENT_LENGTH = 10_485_760

/** Most objects of an envelope: while they are stored, the collection waits. */
export const MOST_POSTED = 10_000

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
export const ObjectParams = CollectionParams.extend({ object: z.string().max(120) })

/** Media type of a body that is posted; its parameter is not part of the comparison. */
export const TAXII_BODY = 'application/taxii+json'
/** Most objects of one page. */
export const MOST_OBJECTS = 1000

const one = (text: string) =>
  z
    .string()
    .max(40)
    .regex(/^[1-9]\d{0,8}$/, text)
    .transform(Number)
const list = (item: RegExp, text: string) =>
  z
    .string()
    .max(13_000)
    .transform((value) => value.split(','))
    .pipe(z.array(z.string().regex(item, text)).min(1).max(100))

const PagingQuery = z.object({
  added_after: z.string().max(60).optional(),
  limit: one('a whole number of 1 or more').optional(),
  next: z.string().max(500).optional(),
})
/** One object (section 5.6). */
export const ObjectQuery = PagingQuery.extend({
  'match[version]': z.string().max(3000).optional(),
  'match[spec_version]': list(/^\d\.\d$/, 'a version of STIX such as 2.1').optional(),
})
/** Objects and manifest (sections 5.3, 5.4). */
export const ObjectsQuery = ObjectQuery.extend({
  'match[id]': list(STIX_ID, 'an id: a type and a UUID').optional(),
  'match[type]': list(/^[a-z][a-z0-9-]{1,60}$/, 'a type of STIX').optional(),
})

/** An envelope as it is sent: bytes, because objects leave exactly as they came (section 3.7). */
export const Envelope = z.instanceof(Buffer)
/** Manifest resource (section 5.3.1). */
export const Manifest = z.object({
  more: z.boolean().optional(),
  next: z.string().optional(),
  objects: z
    .array(z.object({ id: z.string(), date_added: z.string(), version: z.string(), media_type: z.string() }))
    .min(1)
    .optional(),
})
/** Versions resource (section 5.8.1). */
export const Versions = z.object({ more: z.boolean().optional(), next: z.string().optional(), versions: z.array(z.string()).min(1).optional() })

const StatusDetail = z.object({ id: z.string(), version: z.string(), message: z.string().optional() })
/** Status resource (section 4.3.1). */
export const Status = z.object({
  id: z.string(),
  status: z.literal('complete'),
  request_timestamp: z.string(),
  total_count: z.number().int(),
  success_count: z.number().int(),
  successes: z.array(StatusDetail).min(1).optional(),
  failure_count: z.number().int(),
  failures: z.array(StatusDetail).min(1).optional(),
  pending_count: z.number().int(),
})
export const StatusParams = RootParams.extend({ status: idSchema<'taxii-status'>() })
