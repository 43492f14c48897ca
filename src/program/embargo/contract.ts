import { z } from 'zod'
import { idSchema } from '#platform/ids.ts'
import { pageOf } from '#platform/http/page.ts'

const at = z.date().transform((date) => date.toISOString())
const Who = z.object({ id: z.string(), name: z.string() })
const Step = z.object({ by: Who, at })
/** Text that has a UTF-8 form. */
const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine((value) => value.isWellFormed() && !value.includes('\0'), 'text that has a UTF-8 form')
const Cve = z.string().regex(/^CVE-\d{4}-\d{4,19}$/, 'a CVE id')
const Source = z.url({ protocol: /^https?$/ }).max(2000)

/**
 * Why an embargo ends: disclosed by somebody outside, a member, the finder, or by the operator's own slip; a fix that is in a public
 * place; or exploitation that was seen.
 */
export const END_CAUSES = ['third-party', 'member', 'finder', 'own-slip', 'fix-public', 'exploitation'] as const
export type EndCause = (typeof END_CAUSES)[number]
/** What exploitation was seen by. A prediction such as EPSS is none of these and ends nothing. */
export const EXPLOITATION_BASES = ['known-exploited', 'own-telemetry', 'member-telemetry', 'analysis'] as const
export type ExploitationBasis = (typeof EXPLOITATION_BASES)[number]

const cause = z.enum(END_CAUSES)
const basis = z.enum(EXPLOITATION_BASES)
const cves = z
  .array(Cve)
  .max(100)
  .refine((list) => new Set(list).size === list.length, 'a CVE id that occurs twice')

/** `POST /api/packages/:id/embargo-reports`: somebody saw that it is public, or exploited. */
export const ReportEnd = z.strictObject({
  cause,
  /** Which of its vulnerabilities, as far as known. */
  cves: cves.default([]),
  /** What was seen, where and when. */
  what: text(4000),
  source: Source.optional(),
})
export const ReportReceived = z.object({ id: z.string(), reportedAt: at })

/** `POST /api/embargo-ends`: a publisher proposes that the embargo of one vulnerability is over. */
export const ProposeEnd = z
  .strictObject({
    cve: Cve,
    cause,
    basis: basis.optional(),
    evidence: text(4000),
    source: Source.optional(),
    /** Vulnerabilities of the same packages that whoever knows this one can derive: theirs would end as well. */
    derivable: cves.default([]),
    report: idSchema<'embargo-report'>().optional(),
  })
  .superRefine((end, context) => {
    if ((end.cause === 'exploitation') !== (end.basis !== undefined))
      context.addIssue({ code: 'custom', path: ['basis'], message: 'what exploitation was seen by, and only for exploitation; a prediction is no evidence' })
    if (end.derivable.includes(end.cve)) context.addIssue({ code: 'custom', path: ['derivable'], message: 'other vulnerabilities than the one itself' })
  })
/** `POST .../confirmation`: which of the siblings the second publisher holds to be derivable too. */
export const ConfirmEnd = z.strictObject({ derivable: cves.default([]) })
/** `POST .../false-alarm`: nothing of it is public after all. */
export const FalseAlarm = z.strictObject({ reason: text(4000) })

export const EmbargoEndView = z.object({
  id: z.string(),
  /** Null where the role reads no content. */
  cve: z.string().nullable(),
  cause,
  basis: basis.nullable(),
  /** The end that it was derived from. */
  derivedFrom: z.string().nullable(),
  evidence: z.string().nullable(),
  source: z.string().nullable(),
  state: z.enum(['proposed', 'refused', 'ended', 'false-alarm-proposed', 'revoked']),
  proposed: Step,
  refused: Step.nullable(),
  confirmed: Step.nullable(),
  falseAlarm: z.object({ by: Who, at, reason: z.string().nullable() }).nullable(),
  revoked: Step.nullable(),
  published: Step.nullable(),
  /** How many people were told that it ended, and how many of the mails to them were written. */
  told: z.object({ people: z.number().int(), mailed: z.number().int() }),
  /** Packages that name the vulnerability. */
  packages: z.array(z.object({ id: z.string(), title: z.string().nullable(), endedAt: at.nullable() })),
})
export const EmbargoEndPage = pageOf(EmbargoEndView)
export const EndParams = z.object({ id: idSchema<'embargo-end'>() })

export const EmbargoReportView = z.object({
  id: z.string(),
  package: z.string(),
  by: Who,
  organisation: z.string().nullable(),
  at,
  cause,
  what: z.string().nullable(),
  source: z.string().nullable(),
  handled: Step.nullable(),
  /** What a proposal would say, one for each vulnerability that is named: in doubt it is made. */
  prefilled: z.array(
    z.object({ cve: z.string(), cause, evidence: z.string(), source: z.string().nullable(), siblings: z.array(z.string()), report: z.string() }),
  ),
})
export const EmbargoReportList = z.object({ items: z.array(EmbargoReportView) })
export const EmbargoReportParams = z.object({ id: idSchema<'embargo-report'>() })

export const EmbargoAlarmView = z.object({
  id: z.string(),
  package: z.string(),
  version: z.number().int(),
  kind: z.enum(['shared-cve', 'not-published']),
  title: z.string().nullable(),
  raisedAt: at,
  settled: Step.nullable(),
})
export const EmbargoAlarmList = z.object({ items: z.array(EmbargoAlarmView) })
export const AlarmParams = z.object({ id: idSchema<'embargo-alarm'>() })

/** `POST /api/packages/:id/relations`: it was merged with another package, or split off from it. */
export const RelatePackages = z.strictObject({ kind: z.enum(['merge', 'split']), other: idSchema<'package'>(), reason: text(4000) })
/** `POST /api/package-relations/:id/assessment`: what an earlier release of the part means for those left behind. */
export const AssessSplit = z.strictObject({ assessment: text(4000) })
export const RelationParams = z.object({ id: idSchema<'package-relation'>() })
const Relation = z.object({
  id: z.string(),
  kind: z.enum(['merge', 'split']),
  other: z.string(),
  /** Whether this package is the part that was split off. */
  isPart: z.boolean(),
  reason: z.string().nullable(),
  /** When the other one is released. */
  instant: at.nullable(),
  assessed: Step.nullable(),
})

/** `GET /api/packages/:id/embargo`: the embargo of a package as whoever asks may know it. */
export const PackageEmbargo = z.object({
  /** Since when none of its vulnerabilities is under embargo any more, by early ends; null while one is. */
  endedAt: at.nullable(),
  /** Vulnerabilities of which the embargo ended early, as far as they may be named to whoever asks. */
  ends: z.array(z.object({ cve: z.string(), endedAt: at })),
  /** For the operator's own people; null for members. */
  staff: z
    .object({
      publishableSince: at.nullable(),
      isPublishable: z.boolean(),
      relations: z.array(Relation),
      /** The earliest of its own instant and those of the packages that it was merged with; null when none has one. */
      mergedInstant: at.nullable(),
    })
    .nullable(),
})
export const PackageEmbargoParams = z.object({ id: idSchema<'package'>() })
export const RelationView = Relation
