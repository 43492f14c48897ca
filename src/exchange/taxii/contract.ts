import { z } from 'zod'
import { PROBLEMS, type ProblemCode } from '#platform/errors.ts'
import { STIX_ID } from '#exchange/stix/contract.ts'
import { toMicroseconds } from '#exchange/stix/instant.ts'

/** The media type of every TAXII 2.1 answer, and of what is posted (section 1.6.8); clients may leave out the version. */
export const TAXII_MEDIA_TYPE = 'application/taxii+json;version=2.1'
/** The media type of every object (section 1.6.8). */
export const STIX_MEDIA_TYPE = 'application/stix+json;version=2.1'
/** Largest body that an API root accepts, in bytes (section 4.2, `max_content_length`). */
export const MAX_CONTENT_LENGTH = 104_857_600

/** Discovery resource (section 4.1.1). */
export const Discovery = z.object({
  title: z.string(),
  description: z.string(),
  contact: z.string().optional(),
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
  alias: z.string().optional(),
  can_read: z.boolean(),
  can_write: z.boolean(),
  media_types: z.array(z.string()),
  /** Of a union, those of its collections that the client may read (draft of TAXII 2.2). */
  aggregates: z.array(z.string()).min(1).optional(),
})
/** Collections resource (section 5.1.1): the key is left out when the list is empty. */
export const Collections = z.object({ collections: z.array(Collection).min(1).optional() })

/** Whatever is no name of anything is not found, as what is not there: it is no malformed parameter (section 3.1). */
const pathPart = z.string().max(300)
export const RootParams = z.object({ root: pathPart })
export const CollectionParams = RootParams.extend({ collection: pathPart })
export const ObjectParams = CollectionParams.extend({ object: pathPart })
export const StatusParams = RootParams.extend({ status: pathPart })

/** Most objects of one page. */
export const MOST_OBJECTS = 1000
/** Most values of one filter: more than an address has room for. */
const MOST_VALUES = 1000

const instant = (text: string) => toMicroseconds(text) !== undefined
const INSTANT = 'an instant (RFC 3339, UTC, such as 2026-01-01T00:00:00.000000Z)'
const list = (fits: (value: string) => boolean, text: string) =>
  z
    .string()
    .max(20_000)
    .transform((value) => value.split(','))
    .pipe(z.array(z.string().refine(fits, text)).min(1).max(MOST_VALUES))

/** `all` alone; or any of `first`, `last` and instants, each once (section 3.4.1). */
const versions = z
  .string()
  .max(20_000)
  .transform((value) => value.split(','))
  .pipe(
    z
      .array(z.string())
      .refine((words) => words.length === 1 || !words.includes('all'), '`all` stands alone')
      .refine((words) => words.every((word) => ['all', 'first', 'last'].includes(word) || instant(word)), `all, first, last, or ${INSTANT}`)
      .refine((words) => new Set(words.map((word) => toMicroseconds(word) ?? word)).size === words.length, 'a version that is named twice'),
  )

/** Filters of one object (sections 3.4, 5.6). Fields that are not named here are ignored (section 3.4); none may be given twice. */
export const ObjectQuery = z.looseObject({
  added_after: z.string().refine(instant, INSTANT).optional(),
  limit: z
    .string()
    .regex(/^[1-9]\d{0,99}$/, 'a whole number of 1 or more')
    .transform((digits) => Math.min(Number(digits), MOST_OBJECTS))
    .optional(),
  next: z.string().max(1000).optional(),
  'match[version]': versions.optional(),
  'match[spec_version]': list((value) => /^\d{1,3}\.\d{1,3}$/.test(value), 'a version of STIX such as 2.1').optional(),
})
/** Filters of objects and manifest (sections 5.3, 5.4). */
export const ObjectsQuery = ObjectQuery.extend({
  'match[id]': list((value) => STIX_ID.test(value), 'an id: a type and a UUID').optional(),
  'match[type]': list((value) => /^[a-z0-9][a-z0-9_-]{0,249}$/.test(value), 'a type of STIX').optional(),
})
/** Filters of what is deleted of one object (section 5.7). */
export const DeleteQuery = ObjectQuery.pick({ 'match[version]': true, 'match[spec_version]': true })
/** Filters of the versions of one object (section 5.8). */
export const VersionsQuery = ObjectQuery.omit({ 'match[version]': true })

/** Error resource (section 3.6.1): every refusal below `/taxii2/`. */
export const TaxiiError = z.object({
  title: z.string(),
  description: z.string(),
  error_id: z.string().meta({ description: 'Number of the request' }),
  error_code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]),
  http_status: z.string(),
  external_details: z.string().meta({ description: 'Address of what the code means' }),
  details: z
    .object({ fields: z.array(z.object({ field: z.string().meta({ description: 'JSON Pointer into the request' }), message: z.string() })) })
    .optional(),
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

export const StatusDetail = z.object({ id: z.string(), version: z.string(), message: z.string().optional() })
/** Status resource (section 4.3.1). */
export const Status = z.object({
  id: z.string(),
  status: z.enum(['complete', 'pending']),
  request_timestamp: z.string(),
  total_count: z.number().int(),
  success_count: z.number().int(),
  successes: z.array(StatusDetail).min(1).optional(),
  failure_count: z.number().int(),
  failures: z.array(StatusDetail).min(1).optional(),
  pending_count: z.number().int(),
})

/**
 * Which markings a client is shown objects under: those of anybody (`all`), or of its own organisation alone (`own`). An addition to TAXII 2.1
 * that leaves its answers as they are (cti-taxii2 #119).
 */
export const Markings = z.object({ markings: z.array(z.object({ id: z.string(), name: z.string(), of: z.enum(['all', 'own']) })) })
