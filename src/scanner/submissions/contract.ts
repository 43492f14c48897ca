import { z } from 'zod'
import { defineEvent } from '#platform/events/events.ts'
import { PageQuery, pageOf } from '#platform/http/page.ts'
import { idSchema } from '#platform/ids.ts'
import { TLP_LABELS } from '#program/packages/contract.ts'
import { Behaviour, Egress } from '#scanner/detonation/contract.ts'
import { LIMITS } from '#scanner/intake/limits.ts'
import { Exploit, NotScanned, ScanReport } from '#scanner/verdict/contract.ts'
import { MatchedSet } from '#scanner/yara-sets/contract.ts'

const instant = z.date().transform((date) => date.toISOString())
const who = z.object({ id: z.string(), name: z.string() })
const cveId = z.string().regex(/^CVE-\d{4}-\d{4,}$/)

/** Media type of a submission's body: what the bytes are is found out from the bytes. */
export const SAMPLE_MEDIA_TYPE = 'application/octet-stream'
/** Media types of the forms for other programs that a report is given in. */
export const REPORT_MEDIA_TYPES = { sarif: 'application/sarif+json', stix: 'application/stix+json;version=2.1' } as const
export type ReportForm = keyof typeof REPORT_MEDIA_TYPES
/** Largest file that is taken in. */
export const MOST_SAMPLE_BYTES = LIMITS.inputBytes

/**
 * `queued`, then `static` while its bytes are read and `detonating` while it is opened in environments, become `done`, whatever the answer is, or `failed`
 * when Vedette itself could not do it or its submitter cancelled it.
 */
export const SUBMISSION_STATES = ['queued', 'static', 'detonating', 'done', 'failed'] as const
export type SubmissionState = (typeof SUBMISSION_STATES)[number]

/** How far a scan came (verdict/contract.ts); `not-scanned`: there is no verdict, the report says why. */
export const SCAN_OUTCOMES = ['complete', 'incomplete', 'refused', 'not-scanned'] as const

export const SUBMISSION_KINDS = ['file', 'page'] as const
/** Longest address of a page. */
export const LONGEST_URL = 4096

const environmentName = z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/)
const MACROS = ['both', 'on', 'off'] as const
const seconds = z.int().min(5).max(300)

/** How it is to be opened; what is not said is left to Vedette. Submissions with other options are other submissions. */
export const SubmissionOptions = z.strictObject({
  /** Names of environments; none at all: the static scan alone. All that open its type unless said. */
  environments: z.array(environmentName).max(16).optional(),
  /** `both` opens it without macros as well where there is a reason. */
  macros: z.enum(MACROS).optional(),
  /** What it may reach; nothing unless said. */
  egress: Egress.exclude(['none']).optional(),
  /** The longest that it is open, where that is less than the driver's own bound. */
  mostSeconds: seconds.optional(),
})
export type SubmissionOptions = z.infer<typeof SubmissionOptions>

/**
 * `POST /api/submissions`: with whom what is found may be shared. Private is the default: `share=false` hands nothing to the
 * exchange. `operator` is needed only by an organisation that is a member of several.
 */
export const SubmitQuery = z.strictObject({
  tlp: z.enum(TLP_LABELS).default('AMBER+STRICT'),
  share: z.enum(['true', 'false']).default('false'),
  operator: idSchema<'operator'>().optional(),
  /** Names separated by commas, or `none`. */
  environments: z
    .string()
    .regex(/^(none|[a-z0-9][a-z0-9.-]{0,63}(,[a-z0-9][a-z0-9.-]{0,63}){0,15})$/, 'names of environments, separated by commas, or none')
    .optional(),
  macros: z.enum(MACROS).optional(),
  egress: Egress.optional(),
  mostSeconds: z.coerce.number().pipe(seconds).optional(),
})

/** `POST /api/submissions/pages`: the address of a page. What it may reach has to be said: without that nothing of it can be loaded. */
export const SubmitPage = z.strictObject({
  url: z.string().min(1).max(LONGEST_URL),
  tlp: z.enum(TLP_LABELS).default('AMBER+STRICT'),
  share: z.boolean().default(false),
  operator: idSchema<'operator'>().optional(),
  egress: Egress.exclude(['none']),
  environments: z.array(environmentName).min(1).max(16).optional(),
  mostSeconds: seconds.optional(),
})

export const SubmissionParams = z.object({ id: idSchema<'submission'>() })
/** `parent`: only what was found when that submission was opened. */
export const SubmissionQuery = PageQuery.extend({ parent: idSchema<'submission'>().optional() })

/** What was handed in and what came of it. */
export const Submission = z.object({
  id: z.string(),
  kind: z.enum(SUBMISSION_KINDS),
  /** File name that the submitter gave; of a page its address; of what was found when another was opened its name there. */
  name: z.string().nullable(),
  size: z.number().int(),
  sha256: z.string(),
  /** Kind of document by its content; null before the scan and where there is no verdict. */
  type: z.string().nullable(),
  tlp: z.enum(TLP_LABELS),
  share: z.boolean(),
  options: SubmissionOptions,
  /** The submission that left it, or handed it out, when that one was opened; null for what somebody handed in. */
  parent: z.string().nullable(),
  state: z.enum(SUBMISSION_STATES),
  /** Why it failed. */
  failure: z.object({ code: z.string(), detail: z.string() }).nullable(),
  outcome: z.enum(SCAN_OUTCOMES).nullable(),
  exploit: Exploit.nullable(),
  /** Vulnerabilities that are named with their proof; candidates are in the report only. */
  cves: z.array(cveId),
  /** How far `exploit` and `cves` rest on environments: where it is `held`, what they leave out is no negative. Null before the static answer. */
  behaviour: Behaviour.nullable(),
  submittedBy: who,
  /** The member organisation that handed it in; null for the operator's own. */
  organisation: who.nullable(),
  submittedAt: instant,
  finishedAt: instant.nullable(),
})
export const SubmissionPage = pageOf(Submission)

/**
 * The answer of a submission's scan as its reader may know it: with the matches of YARA sets that the reader may know, and which sets
 * these were (absent where no rule was asked), and with what was seen in environments as far as the reader may know it. Before the end
 * it is the answer of the static scan.
 */
export const SubmissionReport = z.discriminatedUnion('outcome', [
  ScanReport.extend({ rules: z.array(MatchedSet).optional(), behaviour: Behaviour }),
  NotScanned.extend({ behaviour: Behaviour }),
])
export type SubmissionReport = z.infer<typeof SubmissionReport>

/** A scan has ended with an answer, whether or not it may be shared: a consumer that publishes heeds `share` and `audience`. */
export const submissionScanned = defineEvent(
  'submission.scanned',
  z.strictObject({
    submission: idSchema<'submission'>(),
    /** The member organisation that handed it in; null for the operator's own. Others never learn which it was. */
    organisation: idSchema<'organisation'>().nullable(),
    /** What its submitter marked it with. */
    tlp: z.enum(TLP_LABELS),
    share: z.boolean(),
    /**
     * For whom it may be published at most: the narrowest marking of all submissions of the same bytes with this operator, whoever
     * handed them in, and RED unless all of them are shared.
     */
    audience: z.enum(TLP_LABELS),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    size: z.int().positive(),
    /** Null where there is no verdict, like `exploit`. */
    type: z.string().max(40).nullable(),
    outcome: z.enum(SCAN_OUTCOMES),
    exploit: Exploit.nullable(),
    cves: z.array(cveId),
    /** Ids of the evidence that found techniques, such as `vba-autoexec`, each once. */
    techniques: z.array(z.string().max(64)),
  }),
)

/**
 * Current and older versions of a viewer react to a submission in the same way, twice: what it exploits may be known to nobody. For the operator's programme
 * alone: no consumer may tell anybody else, nor publish anything of the submission.
 */
export const zeroDayCandidateSeen = defineEvent(
  'submission.zero-day-candidate-seen',
  z.strictObject({
    submission: idSchema<'submission'>(),
    /** The line of viewers that reacted, such as `poppler`. */
    line: z.string().max(40),
    environments: z.array(environmentName).min(1).max(32),
  }),
)
