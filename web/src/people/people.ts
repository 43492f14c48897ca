import { queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { Person, Recovery, RoleChange } from '#platform/auth/contract.ts'
import { MemberOrganisation } from '#program/membership/contract.ts'
import { everyPage } from '../api/every-page.ts'

export type PersonView = z.output<typeof Person>
export type RecoveryView = z.output<typeof Recovery>
export type RoleChangeView = z.output<typeof RoleChange>

export const peopleQuery = queryOptions({ queryKey: ['people'], queryFn: ({ signal }) => everyPage(Person, '/api/people', signal) })
export const recoveriesQuery = queryOptions({
  queryKey: ['recoveries'],
  queryFn: ({ signal }) => everyPage(Recovery, '/api/recoveries', signal),
  refetchInterval: 60_000,
})
export const roleChangesQuery = queryOptions({
  queryKey: ['role-changes'],
  queryFn: ({ signal }) => everyPage(RoleChange, '/api/role-changes', signal),
  refetchInterval: 60_000,
})
export const organisationsQuery = queryOptions({
  queryKey: ['organisations'],
  queryFn: ({ signal }) => everyPage(MemberOrganisation, '/api/organisations', signal),
})
