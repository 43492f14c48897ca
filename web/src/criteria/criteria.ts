import { queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { AffectedMember, CriteriaSets, type SetView } from '#program/membership/criteria/contract.ts'
import { get } from '../api/client.ts'
import { everyPage } from '../api/every-page.ts'

export type SetShown = z.output<typeof SetView>
export type CriterionShown = SetShown['criteria'][number]
export type Proposed = z.output<typeof CriteriaSets>['proposed'][number]
export type Affected = z.output<typeof AffectedMember>

export const criteriaQuery = queryOptions({ queryKey: ['criteria'], queryFn: ({ signal }) => get(CriteriaSets, '/api/criteria', {}, signal) })
export const affectedQuery = (proposal: string) =>
  queryOptions({
    queryKey: ['criteria', proposal, 'affected'],
    queryFn: ({ signal }) => everyPage(AffectedMember, `/api/criteria/${proposal}/affected`, signal),
  })
