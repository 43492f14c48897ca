import { z } from 'zod'
import { pageOf } from '#platform/http/page.ts'
import { idSchema } from '#platform/ids.ts'

const instant = z.date().transform((date) => date.toISOString())
const line = (longest: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(longest)
    .regex(/^[\x21-\x7e]+$/, 'printable ASCII without spaces')

/** An issuer (OpenID Connect Discovery 1.0, section 3): what follows it, `/.well-known/openid-configuration`, is ours to add. */
const issuer = line(500).refine(isIssuer, 'an https address without query or fragment, up to and without /.well-known')

function isIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password, search, hash, pathname } = new URL(text)
  return /^https?:$/.test(protocol) && username + password + search + hash === '' && !/[?#]/.test(text) && !pathname.includes('/.well-known')
}

/**
 * Values of a token's `amr` (RFC 8176, section 2, and what providers add to it) that each say by itself that more than a
 * password was shown: several factors, a key in hardware, FIDO, a sign-in that resists phishing.
 */
export const STRONG_AMR = ['mfa', 'hwk', 'fido', 'phr', 'phrh'] as const

/** What tokens of the provider have to show. `vouched` is needed for every rule that is not at least as strict as the default. */
export const FactorRule = z.discriminatedUnion('factors', [
  z.strictObject({ factors: z.literal('amr'), accepted: z.array(line(64)).min(1).max(20) }),
  z.strictObject({ factors: z.literal('acr'), accepted: z.array(line(200)).min(1).max(20) }),
  z.strictObject({ factors: z.literal('none'), accepted: z.array(z.string()).max(0) }),
])

/** `POST /api/identity-providers`: what shall hold for the admin's own organisation once a second person confirms it. */
export const ProposeProvider = z.strictObject({
  issuer,
  clientId: line(300),
  /** Kept sealed and never shown again. */
  clientSecret: z.string().min(1).max(1000),
  rule: FactorRule,
  /** The admin vouches that a rule other than the default takes more than one factor, or that the organisation accepts one. */
  vouched: z.boolean().default(false),
  /** Whether `externalId` of SCIM is the subject of this provider: people whom the directory makes need not connect by themselves. */
  subjectsByScim: z.boolean().default(false),
})

export const IdentityProvider = z.object({
  id: z.string(),
  organisation: z.object({ id: z.string(), name: z.string() }),
  /** What its people type to sign in; random, so that nobody guesses who is a member. */
  signInName: z.string(),
  issuer: z.string(),
  clientId: z.string(),
  rule: z.object({ factors: z.enum(['amr', 'acr', 'none']), accepted: z.array(z.string()) }),
  /** Whether the rule asks for at least what the default does. */
  strict: z.boolean(),
  subjectsByScim: z.boolean(),
  redirectUri: z.string(),
  proposedBy: z.object({ id: z.string(), name: z.string() }),
  proposedAt: instant,
  expiresAt: instant,
  confirmedBy: z.object({ id: z.string(), name: z.string() }).nullable(),
  confirmedAt: instant.nullable(),
  endedAt: instant.nullable(),
  state: z.enum(['waits', 'live', 'expired', 'ended']),
})

/** Where the browser goes next. */
export const GoTo = z.object({ url: z.string() })

/** `POST /api/auth/oidc/start`. */
export const StartOidc = z.strictObject({ signInName: z.string().trim().min(1).max(40) })

/** What a provider sends back (RFC 6749, sections 4.1.2 and 4.1.2.1; RFC 9207); what else it adds is not looked at. */
export const CallbackQuery = z.record(z.string(), z.string())

/** Who the person is at their organisation's provider. */
export const ExternalIdentity = z.object({
  id: z.string(),
  issuer: z.string(),
  subject: z.string(),
  boundBy: z.enum(['person', 'scim']),
  boundAt: instant,
  lastUsedAt: instant.nullable(),
})

/** `available`: whether the organisation has a provider that one could connect at. */
export const OwnIdentities = pageOf(ExternalIdentity).extend({ available: z.boolean() })

/** How a way to the provider and back ended, as the console is told in the address. */
export const OIDC_OUTCOMES = ['refused', 'connected', 'passed', 'factors', 'failed'] as const

export const ProviderParams = z.object({ id: idSchema<'identity-provider'>() })
export const IdentityParams = z.object({ id: idSchema<'external-identity'>() })
