import { z } from 'zod'
import { idSchema } from '#platform/ids.ts'

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

export const BREACH_OUTCOMES = ['breach', 'no-breach', 'unproven'] as const

/** What a breach report says: program.md, section 10. */
export const BreachSaid = z.strictObject({
  /** What leaked. */
  what: text(4000),
  toWhom: text(2000),
  learnt: text(2000),
  /** What keeps it from happening again. */
  prevention: text(4000),
})
/** `POST /api/breach-reports`. A contact names a package that is open to it; the operator's staff may name none. */
export const ReportBreach = BreachSaid.extend({
  package: idSchema<'package'>().optional(),
  since: instant,
  /** Whether the organisation of whoever reports is the one that leaked. */
  about: z.enum(['own', 'other']),
  /** The member that it is about, if staff reports. */
  accused: idSchema<'organisation'>().optional(),
})
export const BreachReceived = z.object({ id: z.string(), reportedAt: at })
export const BreachParams = z.object({ id: idSchema<'breach-report'>() })
/** `POST .../triage`: a tracer takes it on; what is left out stays as it is. */
export const TriageBreach = z.strictObject({
  accused: idSchema<'organisation'>().nullable().optional(),
  /** The early end that came of it. */
  end: idSchema<'embargo-end'>().nullable().optional(),
})
/** `POST .../messages`: what other members must know, in exactly these words: certain ones, every member, or those that hold the package. */
export const TellMembers = z.strictObject({
  body: text(4000),
  readers: z.union([z.enum(['members', 'holders']), z.array(idSchema<'organisation'>()).min(1).max(5000)]),
})
/** `POST .../decision`: what a tracer proposes; whether the member may be named after it is part of the decision. */
export const DecideBreach = z.strictObject({ outcome: z.enum(BREACH_OUTCOMES), namesAccused: z.boolean(), reasons: text(4000) })
/** `POST .../decision/confirmation`: since when the decision waits that is confirmed, as it was read. */
export const ConfirmBreach = z.strictObject({ proposedAt: instant })

export const BreachView = z.object({
  id: z.string(),
  package: z.string().nullable(),
  by: Who,
  organisation: z.string().nullable(),
  reportedAt: at,
  since: at,
  /** Null where the role reads no content. */
  said: BreachSaid.nullable(),
  accused: Who.nullable(),
  state: z.enum(['reported', 'in-triage', 'decision-proposed', 'decided']),
  triaged: Step.nullable(),
  decision: z
    .object({ outcome: z.enum(BREACH_OUTCOMES), namesAccused: z.boolean(), reasons: z.string().nullable(), proposed: Step, decided: Step.nullable() })
    .nullable(),
  end: z.string().nullable(),
  messages: z.array(z.object({ id: z.string(), body: z.string().nullable(), by: Who, at, readers: z.number().int() })),
})
export const BreachList = z.object({ items: z.array(BreachView) })
/** What a member may be told, and nothing else. */
export const BreachMessage = z.object({ id: z.string(), body: z.string(), at })
export const BreachMessageList = z.object({ items: z.array(BreachMessage) })
/** What whoever reported it sees of a report: never whom it is about. */
export const OwnBreachList = z.object({
  items: z.array(z.object({ id: z.string(), package: z.string().nullable(), reportedAt: at, state: z.enum(['reported', 'in-triage', 'decided']) })),
})
