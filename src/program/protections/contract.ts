import { z } from 'zod'
import { defineEvent } from '#platform/events/events.ts'
import { pageOf } from '#platform/http/page.ts'
import { idSchema } from '#platform/ids.ts'
import { CveId, SENSORS } from '#program/packages/contract.ts'

const at = z.date().transform((date) => date.toISOString())
const Who = z.object({ id: z.string(), name: z.string() })
export const PROTECTION_MODES = ['detect', 'block'] as const

/** Id of a STIX indicator (STIX 2.1, section 2.9). */
const IndicatorId = z
  .string()
  .regex(/^indicator--[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, 'a STIX id such as indicator--UUID')
const MOST = 100
const unique = (values: readonly string[]) => new Set(values).size === values.length

/** `POST /api/protections`: what a vendor has shipped. `operator` is needed only where the vendor is a member of several. */
export const ReportProtection = z
  .strictObject({
    operator: idSchema<'operator'>().optional(),
    product: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u, 'one line without control characters'),
    sensor: z.enum(SENSORS),
    mode: z.enum(PROTECTION_MODES),
    cves: z.array(CveId).max(MOST).refine(unique, 'a CVE id that occurs twice').default([]),
    indicators: z.array(IndicatorId).max(MOST).refine(unique, 'an indicator that occurs twice').default([]),
  })
  .refine(({ cves, indicators }) => cves.length + indicators.length > 0, { path: ['cves'], message: 'at least one CVE id or indicator' })

/** A detection or block that a vendor's product has, and what it is for. */
export const ProtectionView = z.object({
  id: z.string(),
  organisation: Who,
  product: z.string(),
  sensor: z.enum(SENSORS),
  mode: z.enum(PROTECTION_MODES),
  cves: z.array(z.string()),
  indicators: z.array(z.string()),
  shippedAt: at,
})
export const ProtectionPage = pageOf(ProtectionView)

/** A vendor reported that a protection is in its product. The operator is the one it was reported to. */
export const protectionShipped = defineEvent(
  'protection.shipped',
  z.object({ organisation: idSchema<'organisation'>(), cves: z.array(CveId), indicators: z.array(IndicatorId) }),
)
