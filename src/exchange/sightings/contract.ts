import { z } from 'zod'
import { PageQuery, pageOf } from '#platform/http/page.ts'
import { idSchema } from '#platform/ids.ts'

const instant = z.date().transform((date) => date.toISOString())
const moment = z.iso.datetime().transform((text) => new Date(text))

/** Most sightings that one request may hold. */
export const MOST_SIGHTINGS = 5000

/**
 * `POST /api/sightings`: which indicator was seen, how often, from when to when. The indicator is named by its STIX id or by a
 * value: a SHA-256, SHA-1, MD5, URL, domain or IPv4 address that the simple pattern of an indicator names. `operator` says in
 * whose exchange it was seen; needed where it is known in several.
 */
export const ReportSighting = z
  .strictObject({
    indicator: z.string().min(1).max(120).optional(),
    value: z.string().min(1).max(2048).optional(),
    operator: idSchema<'operator'>().optional(),
    count: z.number().int().min(1).max(1_000_000_000).default(1),
    firstSeen: moment,
    lastSeen: moment,
  })
  .refine(({ indicator, value }) => (indicator === undefined) !== (value === undefined), {
    path: ['indicator'],
    message: 'name an indicator or a value, one of them',
  })
export type ReportedSighting = z.output<typeof ReportSighting>

export const SightingView = z.object({
  id: z.string(),
  /** STIX id of the indicator. */
  indicator: z.string(),
  count: z.number().int(),
  firstSeen: instant,
  lastSeen: instant,
  reportedAt: instant,
  organisation: z.object({ id: z.string(), name: z.string() }),
})
/** `GET /api/sightings`, the newest first. */
export const SightingPage = pageOf(SightingView)
export const SightingQuery = PageQuery

/** `POST /api/sightings/bulk`: each entry is read by itself, so that a bad one is refused alone. */
export const ReportSightings = z.strictObject({ sightings: z.array(z.unknown()).min(1).max(MOST_SIGHTINGS) })
/** What became of each: `repeated` ones were known and add nothing; `index` counts from 0. */
export const SightingsResult = z.object({
  accepted: z.number().int(),
  repeated: z.number().int(),
  refused: z.array(z.object({ index: z.number().int(), code: z.enum(['VALIDATION_FAILED', 'NOT_FOUND']), field: z.string(), message: z.string() })),
})
