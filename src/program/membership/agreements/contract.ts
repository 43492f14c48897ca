import { z } from 'zod'
import { PageQuery, pageOf } from '#platform/http/page.ts'
import { idSchema } from '#platform/ids.ts'
import { MEMBERSHIP_STATES } from '#program/membership/contract.ts'

const instant = z.date().transform((date) => date.toISOString())
const named = z.object({ id: z.string(), name: z.string() })
const version = z.number().int()
/** SHA-256 of the text's UTF-8 bytes, in hex. */
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hex')

/** Days from the issue of a version until access without it stops. */
export const ACCEPT_DAYS = { default: 30, most: 365 } as const
export const LONGEST_TEXT = 100_000

/** Control characters, and those that make text be read in another order than it is stored in. */
const DISGUISE = /[^\P{Cc}\n\t]|[\u202A-\u202E\u2066-\u2069]/u
const AgreementText = z
  .string()
  .min(1)
  .max(LONGEST_TEXT)
  .transform((text) => text.replaceAll('\r\n', '\n'))
  .refine((text) => text.isWellFormed() && !DISGUISE.test(text), 'text without control characters or marks that change the direction of writing')
  .refine((text) => /\S/.test(text), 'text that says something')

export const DraftAgreement = z.object({
  text: AgreementText,
  acceptDays: z.number().int().min(0).max(ACCEPT_DAYS.most).default(ACCEPT_DAYS.default),
})
export const AgreementDraft = z.object({
  id: z.string(),
  text: z.string(),
  sha256: Sha256,
  acceptDays: z.number().int(),
  draftedBy: named,
  draftedAt: instant,
})
export const DraftParams = z.object({ id: idSchema<'agreement-draft'>() })
/** Exactly what the second officer read. */
export const IssueAgreement = z.object({ sha256: Sha256 })

export const SIGNATURE_STATES = ['waits', 'countersigned', 'refused'] as const
/** How far one organisation is with one version. */
export const SignatureState = z.object({
  state: z.enum(SIGNATURE_STATES),
  signedBy: z.string(),
  signedAt: instant,
  countersignedAt: instant.nullable(),
  /** Why the operator did not countersign. */
  refusal: z.string().nullable(),
  /** Whether there is a signed copy to download: both signed with a passkey. */
  document: z.boolean(),
})

export const AgreementVersion = z.object({
  operator: named,
  version,
  sha256: Sha256,
  issuedAt: instant,
  acceptBy: instant,
  /** Of the reader's own organisation; null when it has not signed this version, and for the operator. */
  signature: SignatureState.nullable(),
})
/** Whether an organisation may go on, as far as the agreement is concerned. */
export const AgreementAccess = z.object({
  operator: named,
  /** Newest version there is, and newest that the organisation signed and the operator countersigned. */
  newest: version.nullable(),
  accepted: version.nullable(),
  entitled: z.boolean(),
  /** When access stops unless a newer version is signed and countersigned before; null when nothing newer asks for it. */
  until: instant.nullable(),
})
/** Versions are listed the newest first. `access` is for contacts, `drafts` for the operator. */
export const AgreementList = z.object({ items: z.array(AgreementVersion), access: z.array(AgreementAccess), drafts: z.array(AgreementDraft) })

export const VersionParams = z.object({ version: z.coerce.number().int().min(1).max(2_147_483_647) })
/** Whose agreement, for organisations that are members of several operators. */
export const OperatorQuery = z.object({ operator: idSchema<'operator'>().optional() })
export const Agreement = AgreementVersion.extend({ text: z.string() })

export const SignatureParams = VersionParams.extend({ organisation: idSchema<'organisation'>() })
export const RefuseSignature = z.object({
  reason: z
    .string()
    .trim()
    .min(1)
    .max(2000)
    .refine((text) => text.isWellFormed() && !/[^\P{Cc}\n\t]/u.test(text), 'text without control characters'),
})

/** One organisation as the operator sees it. */
export const AgreementMember = z.object({
  organisation: named,
  membership: z.enum(MEMBERSHIP_STATES),
  accepted: version.nullable(),
  entitled: z.boolean(),
  until: instant.nullable(),
  /** What the organisation signed last. */
  signature: SignatureState.extend({ version }).nullable(),
})
export const AgreementMemberPage = pageOf(AgreementMember)
export const MemberQuery = PageQuery

const bytes = z.string()
/** What one side signed, complete enough to be verified without this program (docs: platform/auth/signed-statement.ts). */
export const SignatureRecord = z.object({
  statement: z.string(),
  authenticatorData: bytes,
  clientDataJSON: bytes,
  signature: bytes,
  credentialId: bytes,
  publicKey: bytes,
})
const RecordOnLog = z.object({
  record: SignatureRecord,
  /** Index of the leaf of the audit log that binds it. */
  leaf: z.number().int(),
})
/** A signed agreement: `GET /api/agreements/:version/signatures/:organisation`. */
export const SignedAgreement = z.object({
  type: z.literal('vedette signed agreement v1'),
  operator: named,
  organisation: named,
  version,
  sha256: Sha256,
  text: z.string(),
  member: RecordOnLog,
  countersignature: RecordOnLog.nullable(),
})
