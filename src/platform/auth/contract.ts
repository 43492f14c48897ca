import { z } from 'zod'
import { CONTACT_ROLES, OPERATOR_ROLES } from '#platform/auth/actor.ts'
import { idSchema } from '#platform/ids.ts'

const instant = z.date().transform((date) => date.toISOString())
export const PersonIdSchema = idSchema<'person'>()
const RoleSchema = z.enum([...OPERATOR_ROLES, ...CONTACT_ROLES])
/** A person's name: one short line. */
export const PersonName = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u, 'one line without control characters')
export const MailAddress = z
  .string()
  .trim()
  .toLowerCase()
  .max(320)
  .regex(/^[^\s@\p{C}]{1,64}@[^\s@\p{C}]{1,255}$/u, 'a mail address')

/** Scopes that an API token may carry. */
export const TOKEN_SCOPES = [
  'account:read',
  'people:read',
  'people:write',
  'log:read',
  'notices:read',
  'taxii:read',
  'taxii:write',
  'program:read',
  'program:write',
  'program:approve',
  'scanner:submit',
  'scanner:read',
  'scanner:rules',
  'exchange:read',
  'exchange:write',
  'scim:read',
  'scim:write',
] as const
export const ScopeSchema = z.enum(TOKEN_SCOPES)

/** Who is signed in: `GET /api/session`. */
export const Session = z.object({
  person: z.object({ id: z.string(), name: z.string() }),
  kind: z.enum(['operator', 'contact']),
  /** The operator, or the member organisation. */
  organisation: z.object({ id: z.string(), name: z.string(), kind: z.enum(['operator', 'vendor', 'responder']) }),
  roles: z.array(RoleSchema),
  /** Verbs of the policies that permit this person now (auth/permitted-verbs.ts): the console offers these and no others. */
  may: z.array(z.string()),
  credential: z.enum(['passkey', 'link', 'demonstration', 'oidc', 'token', 'certificate']),
  /** False until a passkey is enrolled: then nothing but enrolling is allowed. */
  complete: z.boolean(),
  unreadNotices: z.number().int(),
  clock: z.object({ now: instant, disagreement: z.string().nullable() }),
  edition: z.enum(['live', 'demo']),
})

/** `POST /api/auth/link/inspect`: what a one-time link is for, without using it up. */
export const LinkToken = z.object({ token: z.string().min(20).max(200) })
export const LinkPurpose = z.object({
  purpose: z.enum(['first-operator', 'invitation', 'recovery', 'demonstration']),
  personName: z.string().nullable(),
  expiresAt: instant,
})
/** `POST /api/auth/link`: uses it up and signs in. */
export const UseLink = LinkToken.extend({
  firstOperator: z.object({ operatorName: PersonName, personName: PersonName, email: MailAddress.optional() }).optional(),
})

/** WebAuthn options and responses pass through as the library made them (WebAuthn Level 3, section 5.1). */
export const CeremonyOptions = z.object({ ceremony: z.string(), options: z.record(z.string(), z.unknown()) })
const CredentialResponse = z.looseObject({
  id: z.string().max(2048),
  rawId: z.string().max(2048),
  type: z.literal('public-key'),
  response: z.record(z.string(), z.unknown()),
  clientExtensionResults: z.record(z.string(), z.unknown()),
  authenticatorAttachment: z.string().max(50).nullish(),
})
export const PasskeySignIn = z.object({ ceremony: idSchema<'ceremony'>(), response: CredentialResponse })
export const EnrolPasskey = z.object({ ceremony: idSchema<'ceremony'>(), name: z.string().trim().min(1).max(100), response: CredentialResponse })

/** What is to be signed with a passkey, as the person is shown it, and the WebAuthn options whose challenge is its SHA-256. */
export const SigningOptions = CeremonyOptions.extend({ statement: z.string() })
const base64url = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[A-Za-z0-9_-]+$/, 'base64url without padding')
export const PasskeyAssertion = z.object({
  ceremony: idSchema<'ceremony'>(),
  response: CredentialResponse.extend({
    id: base64url(2048),
    response: z.looseObject({ authenticatorData: base64url(10_000), clientDataJSON: base64url(20_000), signature: base64url(4_000) }),
  }),
})

export const Passkey = z.object({ id: z.string(), name: z.string(), createdAt: instant, lastUsedAt: instant.nullable() })
export const OwnSession = z.object({
  id: z.string(),
  method: z.enum(['passkey', 'link', 'demonstration', 'oidc']),
  userAgent: z.string(),
  address: z.string(),
  createdAt: instant,
  lastSeenAt: instant,
  expiresAt: instant,
  current: z.boolean(),
})
export const ApiToken = z.object({
  id: z.string(),
  name: z.string(),
  prefix: z.string(),
  scopes: z.array(ScopeSchema),
  createdAt: instant,
  expiresAt: instant,
  lastUsedAt: instant.nullable(),
})
export const CreateToken = z.object({
  name: z.string().trim().min(1).max(100),
  scopes: z.array(ScopeSchema).min(1).max(TOKEN_SCOPES.length),
  expiresInDays: z.number().int().min(1).max(366),
})
/** A certificate by which programs of a person sign in over the server's own TLS; `fingerprint` is its SHA-256. */
export const ClientCertificate = z.object({
  id: z.string(),
  name: z.string(),
  subject: z.string(),
  fingerprint: z.string(),
  scopes: z.array(ScopeSchema),
  createdAt: instant,
  expiresAt: instant,
  lastUsedAt: instant.nullable(),
})
/** What the private key of a certificate signs before its person may register it: certificates are no secrets, so that anybody could register another's. */
export function certificateClaim(origin: string, person: string): string {
  return `client certificate of ${person} at ${origin}`
}
export const AddCertificate = z.object({
  name: z.string().trim().min(1).max(100),
  pem: z.string().trim().min(1).max(20_000),
  /** The claim, signed by the certificate's private key with SHA-256 (with Ed25519 and Ed448 as it is), in base64. */
  proof: z.string().trim().min(1).max(10_000),
  scopes: z.array(ScopeSchema).min(1).max(TOKEN_SCOPES.length),
})
/** The only answer that ever holds the secret. */
export const CreatedToken = z.object({ token: ApiToken, secret: z.string() })

export const Person = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string().nullable(),
  kind: z.enum(['operator', 'contact']),
  organisation: z.object({ id: z.string(), name: z.string() }),
  roles: z.array(RoleSchema),
  passkeys: z.number().int(),
  createdAt: instant,
  disabledAt: instant.nullable(),
})
/** Without `organisation` the person joins the inviter's own side. Only the membership officer may name a member organisation. */
export const InvitePerson = z.object({
  name: PersonName,
  email: MailAddress.optional(),
  organisation: idSchema<'organisation'>().optional(),
  roles: z.array(RoleSchema).min(1).max(7),
})
/** At least one: whoever shall do nothing any more is disabled. */
export const SetRoles = z.object({ roles: z.array(RoleSchema).min(1).max(7) })
/** The address of a one-time link; shown once. */
export const Link = z.object({ url: z.string(), expiresAt: instant })

/** Operator roles that one membership officer proposed; a second one approves or closes it. */
export const RoleChange = z.object({
  id: z.string(),
  person: z.object({ id: z.string(), name: z.string() }),
  /** What the person holds at this moment. */
  presentRoles: z.array(RoleSchema),
  /** All that the person holds once it is approved. */
  roles: z.array(RoleSchema),
  proposedBy: z.object({ id: z.string(), name: z.string() }),
  proposedAt: instant,
  expiresAt: instant,
  approvedBy: z.object({ id: z.string(), name: z.string() }).nullable(),
  approvedAt: instant.nullable(),
  state: z.enum(['waits', 'approved', 'expired', 'closed']),
})
/** `link` only for a person who has never come in; shown once. */
export const ApprovedRoleChange = z.object({ change: RoleChange, link: Link.nullable() })
const Waits = z.object({ state: z.literal('waits'), person: Person, change: RoleChange })
/** What inviting did: the person can come in by the link, or a second officer has to approve the roles first and then receives the link. */
export const InvitedPerson = z.discriminatedUnion('state', [z.object({ state: z.literal('done'), person: Person, link: Link }), Waits])
/** What setting roles did: the person holds them, or still holds the earlier ones until a second officer approves. */
export const RolesSet = z.discriminatedUnion('state', [z.object({ state: z.literal('done'), person: Person }), Waits])

export const OpenRecovery = z.object({ reason: z.string().trim().min(1).max(2000) })
export const Recovery = z.object({
  id: z.string(),
  person: z.object({ id: z.string(), name: z.string() }),
  reason: z.string(),
  openedBy: z.object({ id: z.string(), name: z.string() }),
  openedAt: instant,
  expiresAt: instant,
  approvedBy: z.object({ id: z.string(), name: z.string() }).nullable(),
  approvedAt: instant.nullable(),
  state: z.enum(['open', 'approved', 'expired', 'closed']),
})
