import { queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { ClearanceChange, Contacts, HealthReport, type ClearanceView, type Contact, type Finding } from '#program/membership/contacts/contract.ts'
import { everyPage } from '../api/every-page.ts'
import { get } from '../api/client.ts'

export type ContactView = z.output<typeof Contact>
export type ClearanceOf = z.output<typeof ClearanceView>
export type ChangeView = z.output<typeof ClearanceChange>
export type FindingView = z.output<typeof Finding>

const CONTACTS = ['contacts'] as const
/** The contacts of one member, or without an id those of the own organisation. */
export const contactsQuery = (organisation?: string) =>
  queryOptions({
    queryKey: [...CONTACTS, organisation ?? 'own'],
    queryFn: ({ signal }) => get(Contacts, organisation === undefined ? '/api/contacts' : `/api/organisations/${organisation}/contacts`, {}, signal),
  })
export const clearanceChangesQuery = queryOptions({
  queryKey: ['clearance-changes'],
  queryFn: ({ signal }) => everyPage(ClearanceChange, '/api/clearance-changes', signal),
  refetchInterval: 60_000,
})
const HEALTH = ['health'] as const
export const healthQuery = (whose: 'members' | 'own') =>
  queryOptions({
    queryKey: [...HEALTH, whose],
    queryFn: ({ signal }) => get(HealthReport, whose === 'members' ? '/api/member-health' : '/api/own-health', {}, signal),
  })
/** What is read again after anything about a contact changed. */
export const CONTACT_CHANGES = [CONTACTS, HEALTH, clearanceChangesQuery.queryKey] as const

interface Fields {
  readonly products: readonly string[]
  readonly proofOfConcept: boolean
  readonly jurisdiction: string | null
}

/** A clearance as one line. */
export function clearanceText({ products, proofOfConcept, jurisdiction }: Fields): string {
  if (products.length === 0) return 'Nothing'
  const what = products.includes('*') ? 'Every product' : products.join(', ')
  return [what, proofOfConcept ? 'with proofs of concept' : 'without proofs of concept', jurisdiction ?? 'no place of work: denied'].join(' · ')
}
