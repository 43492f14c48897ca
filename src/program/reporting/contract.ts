import { z } from 'zod'
import { idSchema } from '#platform/ids.ts'
import { EXPLOITATION_BASES } from '#program/embargo/contract.ts'
import { DEFAULT_FINAL, FILING_STEPS, FINAL_FROM } from '#program/reporting/deadlines.ts'

const at = z.date().transform((date) => date.toISOString())
const Who = z.object({ id: z.string(), name: z.string() })
const Step = z.object({ by: Who, at })
const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine((value) => value.isWellFormed() && !value.includes('\0'), 'text that has a UTF-8 form')
const instant = z.iso
  .datetime({ offset: true })
  .transform((value) => new Date(value))
  .refine((date) => date.getUTCFullYear() >= 2000 && date.getUTCFullYear() < 2200, 'an instant of the years 2000 to 2199')

/** What is filed: the three reports, and the request to delay onward dissemination (Article 16(2)). */
export const FILED = [...FILING_STEPS, 'delay-request'] as const
export const RECIPIENTS = ['enisa-platform', 'national-csirt'] as const

/** `POST /api/regulatory-clocks`: the operator became aware that a vulnerability is exploited. */
export const StartClock = z.strictObject({
  cve: z.string().regex(/^CVE-\d{4}-\d{4,19}$/, 'a CVE id'),
  basis: z.enum(EXPLOITATION_BASES),
  evidence: text(4000),
  awarenessAt: instant,
  final: z
    .strictObject({ days: z.number().int().min(1).max(90).default(DEFAULT_FINAL.days), from: z.enum(FINAL_FROM).default(DEFAULT_FINAL.from) })
    .default(DEFAULT_FINAL),
})
export const ClockParams = z.object({ id: idSchema<'regulatory-clock'>() })
/** `POST .../corrective-measure`: since when there is one. */
export const CorrectiveMeasure = z.strictObject({ at: instant })
/** `POST .../filings`: what was filed, where and when. */
export const RecordFiling = z.strictObject({
  step: z.enum(FILED),
  recipient: z.enum(RECIPIENTS),
  filedAt: instant,
  /** What the recipient calls it. */
  reference: text(500),
  said: text(20_000),
})
/** `POST .../correction`: the operator was aware at another instant. */
export const CorrectAwareness = z.strictObject({ awarenessAt: instant, reason: text(4000) })

const Filing = z.object({
  id: z.string(),
  step: z.enum(FILED),
  recipient: z.enum(RECIPIENTS),
  filedAt: at,
  reference: z.string().nullable(),
  said: z.string().nullable(),
  recorded: Step,
})
export const ClockView = z.object({
  id: z.string(),
  cve: z.string().nullable(),
  basis: z.enum(EXPLOITATION_BASES),
  evidence: z.string().nullable(),
  awarenessAt: at,
  final: z.object({ days: z.number().int(), from: z.enum(FINAL_FROM) }),
  correctiveAt: at.nullable(),
  started: Step,
  closedAt: at.nullable(),
  /** Null while what it counts from has not happened. */
  deadlines: z.array(z.object({ step: z.enum(FILING_STEPS), dueAt: at.nullable(), filedAt: at.nullable() })),
  filings: z.array(Filing),
  /** A correction that waits for its second person. */
  correction: z.object({ awarenessAt: at, reason: z.string().nullable(), proposed: Step }).nullable(),
})
export const ClockList = z.object({ items: z.array(ClockView) })
/** Whom a package was disclosed to outside the membership: beside the receipts, the holders of it. */
export const DisclosureList = z.object({
  items: z.array(Filing.omit({ said: true }).extend({ cve: z.string().nullable() })),
})
export const DisclosureParams = z.object({ id: idSchema<'package'>() })
