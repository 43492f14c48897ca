import { z } from 'zod'
import { TLP_LABELS } from '#program/packages/contract.ts'
import { PageQuery, pageOf } from '#platform/http/page.ts'

const instant = z.date().transform((date) => date.toISOString())

/** An indicator in its latest version that the reader may see. */
export const IndicatorView = z.object({
  /** STIX id. */
  id: z.string(),
  name: z.string().nullable(),
  /** STIX pattern, or one of the language that the indicator names. */
  pattern: z.string(),
  tlp: z.enum(TLP_LABELS),
  cves: z.array(z.string()),
  /** As the contributor wrote it. */
  validFrom: z.string(),
  addedAt: instant,
  collection: z.object({ id: z.string(), title: z.string() }),
  revoked: z.boolean(),
  /** What the reader's own organisation reported; null when nothing, and for the operator's people. */
  ownSightings: z.object({ count: z.number().int(), lastSeen: instant }).nullable(),
})
/** `GET /api/indicators`, the newest first. */
export const IndicatorPage = pageOf(IndicatorView)
export const IndicatorQuery = PageQuery
