import { z } from 'zod'
import { defineEvent } from '#platform/events/events.ts'
import { PageQuery, pageOf } from '#platform/http/page.ts'
import { idSchema } from '#platform/ids.ts'
import { TIERS } from '#program/membership/contract.ts'
import { APPLICANT_KINDS, CriterionIdSchema, SetView } from '#program/membership/criteria/contract.ts'
import { CveId } from '#program/packages/contract.ts'
import { SCAN_OUTCOMES } from '#scanner/submissions/contract.ts'
import { Exploit } from '#scanner/verdict/contract.ts'

/** Kinds of product that protect (program.md, 2.2). */
export const PRODUCT_KINDS = ['ids', 'ips', 'reputation', 'antivirus', 'edr', 'waf', 'mail-gateway', 'cloud-log', 'threat-intelligence', 'other'] as const
/** Kinds of responder. */
export const RESPONDER_KINDS = ['cert', 'enterprise', 'government'] as const

const line = z.string().trim().min(1).max(500)
const prose = z.string().trim().min(1).max(20_000)
const webAddress = z.url({ protocol: /^https?$/ }).max(2000)
const mail = z
  .string()
  .trim()
  .toLowerCase()
  .max(320)
  .regex(/^[^\s@\p{C}]{1,64}@[^\s@\p{C}]{1,255}$/u, 'a mail address')
/** ISO 3166-1 alpha-2. */
const country = z.string().regex(/^[A-Z]{2}$/, 'a country code of two capital letters')

const Organisation = z.strictObject({
  legalName: line,
  website: webAddress,
  /** Where the legal entity is established, and where its owners are. */
  jurisdictions: z.array(country).min(1).max(20),
  owners: z.string().trim().max(2000).default(''),
})

const ApplicantProduct = z.strictObject({
  kind: z.enum(PRODUCT_KINDS),
  name: line,
  url: webAddress,
  users: z.number().int().min(0).max(10_000_000_000),
  /** Countries, or `WW` for all of them. */
  regions: z.array(country).min(1).max(250),
  /** Whether all of its signatures are made by the applicant. */
  inHouse: z.boolean(),
  identifiers: z.array(line).max(50).default([]),
})

const WorkedExample = z.strictObject({ cve: CveId, detection: prose })

const common = {
  organisation: Organisation,
  dataUse: prose,
  roleAddress: mail,
  contacts: z
    .array(z.strictObject({ name: line, email: mail, role: z.enum(['accountable', 'technical']) }))
    .min(1)
    .max(20)
    .refine((contacts) => contacts.filter(({ role }) => role === 'accountable').length === 1, 'exactly one accountable contact'),
  agreesToBeNamed: z.boolean(),
  hasReadTheTerms: z.literal(true),
}

/** What a security vendor says of itself. */
export const VendorAnswers = z.strictObject({
  kind: z.literal('vendor'),
  ...common,
  products: z.array(ApplicantProduct).min(1).max(200),
  workedExample: WorkedExample,
  disclosurePolicy: webAddress,
  sellsAttackTools: z.boolean(),
  canUseInterface: z.boolean(),
  expects: z.string().trim().max(20_000).default(''),
  formats: z.string().trim().max(20_000).default(''),
  references: z.array(line).max(10).default([]),
})

/** What a CERT, an incident response team or a government says of itself. */
export const ResponderAnswers = z.strictObject({
  kind: z.literal('responder'),
  ...common,
  responder: z.enum(RESPONDER_KINDS),
  /** For whom it responds. */
  constituency: prose,
  /** What telemetry it will contribute. */
  contributes: prose,
})

export const Answers = z.discriminatedUnion('kind', [VendorAnswers, ResponderAnswers])
export type Answers = z.output<typeof Answers>

const instant = z.date().transform((date) => date.toISOString())
const who = z.object({ id: z.string(), name: z.string() })
const reason = z.string().trim().min(1).max(10_000)

/** The header that carries the secret of a resume link. */
export const TOKEN_HEADER = 'application-token'
export const TOKEN_DESCRIPTION = 'The secret of a resume link, that is the fragment of its address.'
/** Days after the last save for which the links of an application work. */
export const LINK_DAYS = 30

export const APPLICATION_STATES = ['draft', 'in-review', 'clarifying', 'admitted', 'refused', 'withdrawn'] as const
export type ApplicationState = (typeof APPLICATION_STATES)[number]
/** What an operator sees: everything that was sent in. */
export const SENT_STATES = ['in-review', 'clarifying', 'admitted', 'refused', 'withdrawn'] as const

/** Media type of evidence: what the bytes are is found out from the bytes. */
export const EVIDENCE_MEDIA_TYPE = 'application/octet-stream'
/** Largest file of evidence in bytes, and how many of one application. */
export const MOST_EVIDENCE_BYTES = 20_000_000
export const MOST_EVIDENCE_FILES = 30
/** Bytes of evidence: of one application, from one network within an hour, and of what was not sent in yet with one operator. */
export const EVIDENCE_BUDGET = { application: 100_000_000, networkInAnHour: 200_000_000, unsentOfOperator: 5_000_000_000 } as const
/** Longest draft, as JSON text. */
export const MOST_DRAFT_LENGTH = 500_000

/** Programmes that take applications, with the criteria in force: open to everybody. */
export const Programmes = z.object({
  items: z.array(z.object({ operator: who, sets: z.object({ vendor: SetView, responder: SetView }) })),
})

/** `POST /api/applications/drafts`; `operator` may be left out where there is one. */
export const StartApplication = z.strictObject({
  email: mail,
  kind: z.enum(APPLICANT_KINDS),
  operator: idSchema<'operator'>().optional(),
})
/** Always the same, whether or not a mail goes out: whoever asks does not learn who has applied. */
export const Started = z.object({ next: z.literal('mail') })

const version = z.number().int().min(1).max(2_000_000_000)

/** Everything typed so far, however unfinished; `version` is the one that it was read with. */
export const SaveDraft = z.strictObject({ version, answers: z.record(z.string(), z.unknown()) })
export const Saved = z.object({ version: z.number().int(), savedAt: instant, expiresAt: instant })
/** An act on what was read in this version. */
export const OnVersion = z.strictObject({ version })
export const EvidenceQuery = z.strictObject({ criterion: CriterionIdSchema })
export const EvidenceId = z.object({ evidence: idSchema<'application-evidence'>() })

const OwnEvidence = z.object({
  id: z.string(),
  criterion: CriterionIdSchema,
  name: z.string(),
  size: z.number().int(),
  uploadedAt: instant,
  /** Sent in with the answers: it can be added to and no longer taken back. */
  sent: z.boolean(),
})

const Round = z.object({ about: z.array(CriterionIdSchema), question: z.string(), askedAt: instant, answeredAt: instant.nullable() })
const OUTCOMES = ['met', 'not-met', 'waived'] as const

/** An application as its applicant sees it. */
export const OwnApplication = z.object({
  id: z.string(),
  operator: who,
  kind: z.enum(APPLICANT_KINDS),
  /** Name of the member whose renewal it is; null for an applicant. */
  renewalOf: z.string().nullable(),
  state: z.enum(APPLICATION_STATES),
  version: z.number().int(),
  email: z.string(),
  answers: z.record(z.string(), z.unknown()),
  /** The criteria in force; those of the day on which it was sent in, from then on. */
  set: SetView,
  evidence: z.array(OwnEvidence),
  rounds: z.array(Round),
  decision: z
    .object({
      outcome: z.enum(['admitted', 'refused']),
      tier: z.enum(TIERS).nullable(),
      reason: z.string(),
      decidedAt: instant,
      /** How each criterion was judged; told with the decision. */
      judgements: z.array(z.object({ criterion: CriterionIdSchema, outcome: z.enum(OUTCOMES), reason: z.string() })),
    })
    .nullable(),
  savedAt: instant,
  submittedAt: instant.nullable(),
  /** When the link stops working, unless something is saved before. */
  expiresAt: instant,
})

/** `GET /api/applications/renewals`: the renewals of the contact's own organisation, one for each membership. */
export const Renewals = z.object({
  items: z.array(
    z.object({
      operator: who,
      /** Due date, and when the membership lapses; null for one without an end. */
      dueOn: z.string().nullable(),
      lapsesAt: instant.nullable(),
      /** From when on it may be filed; null when there is nothing to renew. */
      opensAt: instant.nullable(),
      open: z.object({ state: z.enum(APPLICATION_STATES), savedAt: instant }).nullable(),
    }),
  ),
})
export const FileRenewal = z.strictObject({ operator: idSchema<'operator'>() })
/** The secret with which the form opens, in the session of an administrator of the member only. */
export const RenewalLink = z.object({ token: z.string(), expiresAt: instant })

/** How far evidence may be opened: after its scan; what is not plainly harmless only by whoever says that they know. */
export const OPENS = ['scan-waits', 'scan-overdue', 'freely', 'with-acknowledgement'] as const

export const ApplicationParams = z.object({ id: idSchema<'application'>() })
export const ApplicationEvidenceParams = ApplicationParams.extend({ evidence: idSchema<'application-evidence'>() })
/** `acknowledged=true`: the officer has read the scanner's verdict and opens the file all the same. */
export const EvidenceDownloadQuery = z.strictObject({ acknowledged: z.enum(['true', 'false']).default('false') })
export const ApplicationQuery = PageQuery.extend({ state: z.enum(SENT_STATES).optional() })

export const ApplicationLine = z.object({
  id: z.string(),
  kind: z.enum(APPLICANT_KINDS),
  name: z.string(),
  renewal: z.boolean(),
  state: z.enum(SENT_STATES),
  submittedAt: instant,
  decidedAt: instant.nullable(),
  /** Criteria judged, of how many. */
  judged: z.number().int(),
  criteria: z.number().int(),
})
export const ApplicationPage = pageOf(ApplicationLine).extend({ counts: z.record(z.enum(SENT_STATES), z.number().int()) })

/** An application as a membership officer reads it. */
export const ApplicationView = z.object({
  id: z.string(),
  kind: z.enum(APPLICANT_KINDS),
  /** The member whose renewal it is. */
  renewalOf: who.nullable(),
  state: z.enum(SENT_STATES),
  version: z.number().int(),
  email: z.string(),
  set: SetView,
  answersVersion: z.number().int(),
  answers: z.record(z.string(), z.unknown()),
  submittedAt: instant,
  evidence: z.array(
    z.object({
      id: z.string(),
      criterion: CriterionIdSchema,
      name: z.string(),
      size: z.number().int(),
      sha256: z.string(),
      uploadedAt: instant,
      opens: z.enum(OPENS),
      scan: z.object({ outcome: z.enum(SCAN_OUTCOMES), exploit: Exploit.nullable(), at: instant }).nullable(),
    }),
  ),
  /** Oldest first, with those that were replaced. */
  judgements: z.array(
    z.object({
      criterion: CriterionIdSchema,
      outcome: z.enum(OUTCOMES),
      reason: z.string(),
      by: who,
      at: instant,
      answersVersion: z.number().int(),
      stands: z.boolean(),
    }),
  ),
  rounds: z.array(Round.extend({ askedBy: who })),
  /** What stands against an admission to each tier of its kind. */
  tiers: z.array(z.object({ tier: z.enum(TIERS), obstacles: z.array(z.object({ criterion: CriterionIdSchema, why: z.string() })) })),
  /** Policies of jurisdictions that an admission may name, those that list a country that the applicant declares first. */
  policies: z.array(
    z.object({
      policy: z.string(),
      dutyToReport: z.boolean(),
      /** Declared countries that it lists. */
      lists: z.array(z.string()),
      /** It leaves more of a package than one that lists a declared country. */
      looser: z.boolean(),
    }),
  ),
  /** What officers who do not decide would grant, oldest first; the decision grants the one that stands, or less. */
  recommendations: z.array(
    z.object({ tier: z.enum(TIERS), jurisdiction: z.string(), by: who, at: instant, answersVersion: z.number().int(), stands: z.boolean() }),
  ),
  /** Whether you may decide, and why not. */
  deciding: z.object({ you: z.boolean(), why: z.string().nullable() }),
  decision: z
    .object({
      outcome: z.enum(['admitted', 'refused']),
      tier: z.enum(TIERS).nullable(),
      jurisdiction: z.string().nullable(),
      reason: z.string(),
      /** Not shown to the applicant. */
      internalNote: z.string().nullable(),
      by: who,
      at: instant,
      member: z.string().nullable(),
    })
    .nullable(),
})

/** The reason is told to the applicant with the decision. */
export const GiveJudgement = OnVersion.extend({ criterion: CriterionIdSchema, outcome: z.enum(OUTCOMES), reason })
export const AskQuestion = OnVersion.extend({ about: z.array(CriterionIdSchema).min(1).max(13), question: reason })
/** `jurisdiction` names a policy that is in force. */
export const Recommend = OnVersion.extend({ tier: z.enum(TIERS), jurisdiction: z.string().min(1).max(100) })
/** At most what was recommended. `jurisdiction` names the policy for a new member; a renewal keeps tier and jurisdiction of the membership. */
export const Admit = OnVersion.extend({
  tier: z.enum(TIERS),
  jurisdiction: z.string().min(1).max(100).optional(),
  reason,
  internalNote: z.string().trim().max(10_000).optional(),
})
export const Refuse = OnVersion.extend({ reason, internalNote: z.string().trim().max(10_000).optional() })

/** A file was sent in as evidence, or its scan is overdue: the scanner looks at it before anybody opens it. */
export const evidenceUploaded = defineEvent(
  'application.evidence-uploaded',
  z.strictObject({ evidence: idSchema<'application-evidence'>(), object: idSchema<'object'>(), size: z.int().positive() }),
)
