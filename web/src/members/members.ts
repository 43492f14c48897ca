import { queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { MemberOrganisation } from '#program/membership/contract.ts'
import { JurisdictionPolicyList, MemberStandingView, type Held, type JurisdictionPolicy, type StandingChange } from '#program/membership/standing/contract.ts'
import { get } from '../api/client.ts'
import { everyPage } from '../api/every-page.ts'

export type MemberRow = z.output<typeof MemberOrganisation>
export type MemberStanding = z.output<typeof MemberStandingView>
export type Change = z.output<typeof StandingChange>
export type HeldView = z.output<typeof Held>
export type Policy = z.output<typeof JurisdictionPolicy>

export const membersQuery = queryOptions({
  queryKey: ['organisations'],
  queryFn: ({ signal }) => everyPage(MemberOrganisation, '/api/organisations', signal),
})
export const memberQuery = (id: string) =>
  queryOptions({
    queryKey: ['standing', id],
    queryFn: ({ signal }) => get(MemberStandingView, `/api/organisations/${id}/standing`, {}, signal),
    refetchInterval: 60_000,
  })
export const policiesQuery = queryOptions({
  queryKey: ['jurisdiction-policies'],
  queryFn: async ({ signal }) => (await get(JurisdictionPolicyList, '/api/jurisdiction-policies', {}, signal)).items,
})
