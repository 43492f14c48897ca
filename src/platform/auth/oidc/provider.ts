import { STRONG_AMR } from '#platform/auth/oidc/contract.ts'
import type { Id, PersonId } from '#platform/ids.ts'

export type ProviderId = Id<'identity-provider'>

/** What a token has to show besides who it is for: one of the accepted `amr` values, one of the accepted `acr` values, or nothing. */
export interface FactorRule {
  readonly factors: 'amr' | 'acr' | 'none'
  readonly accepted: readonly string[]
}

/** Whether a rule asks for no less than the default: some of the strong `amr` values. Anything else its admin has to vouch for. */
export function isStrict({ factors, accepted }: FactorRule): boolean {
  const strong: readonly string[] = STRONG_AMR
  return factors === 'amr' && accepted.length > 0 && accepted.every((value) => strong.includes(value))
}

/** Whether the claims of a verified token satisfy the rule. Claims of another type than OpenID Connect Core, section 2, names satisfy none. */
export function showsFactors({ factors, accepted }: FactorRule, claims: { readonly amr?: unknown; readonly acr?: unknown }): boolean {
  if (factors === 'none') return true
  if (factors === 'acr') return typeof claims.acr === 'string' && accepted.includes(claims.acr)
  return Array.isArray(claims.amr) && claims.amr.some((value) => typeof value === 'string' && accepted.includes(value))
}

/** The part of a provider that decides what may still be done with it. */
export interface ProviderFacts {
  readonly proposed_by: PersonId
  readonly expires_at: Date
  readonly confirmed_at: Date | null
  readonly ended_at: Date | null
}

export type ProviderState = 'waits' | 'live' | 'expired' | 'ended'

export function providerState(provider: ProviderFacts, now: Date): ProviderState {
  if (provider.ended_at) return 'ended'
  if (provider.confirmed_at) return 'live'
  return provider.expires_at <= now ? 'expired' : 'waits'
}

/** Base 32 without letters that are taken for digits or for each other (Crockford). */
const NAME_ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** A sign-in name of 60 random bits from random bytes: it says nothing of the member, and cannot be guessed. */
export function signInName(random: Uint8Array): string {
  return Array.from(random.subarray(0, 12), (byte) => NAME_ALPHABET[byte & 31]).join('')
}

/** The name as it is stored, from what a person typed: groups and capitals do not matter. */
export function readSignInName(typed: string): string {
  return typed.toLowerCase().replaceAll(/[\s-]/g, '')
}
