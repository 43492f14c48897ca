import { z } from 'zod'
import { CveId } from '#program/packages/contract.ts'

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
    .max(20),
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
