import { queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { IdentityProvider, OwnIdentities } from '#platform/auth/oidc/contract.ts'
import { get } from '../api/client.ts'
import { everyPage } from '../api/every-page.ts'

export type ProviderView = z.output<typeof IdentityProvider>

export const providersQuery = queryOptions({
  queryKey: ['identity-providers'],
  queryFn: ({ signal }) => everyPage(IdentityProvider, '/api/identity-providers', signal),
})
export const ownIdentitiesQuery = queryOptions({
  queryKey: ['own-identities'],
  queryFn: ({ signal }) => get(OwnIdentities, '/api/account/identities', {}, signal),
})

/** Leaves the console for the address that the server named. */
export function leaveFor({ url }: { readonly url: string }): void {
  location.assign(url)
}

/** A sign-in name in groups, as people read it to each other. */
export function grouped(signInName: string): string {
  return signInName.replaceAll(/(.{4})(?=.)/g, '$1-')
}

/** What tokens of a provider have to show, in words. */
export function ruleText({ rule }: Pick<ProviderView, 'rule'>): string {
  if (rule.factors === 'none') return 'Nothing more: one factor is accepted'
  return `${rule.factors}: one of ${rule.accepted.join(', ')}`
}
