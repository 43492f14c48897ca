import { queryOptions, useMutation, useQueryClient, type UseMutationResult } from '@tanstack/react-query'
import type { z } from 'zod'
import { AcknowledgementList, OwnAcknowledgementList } from '#program/packages/acknowledgements/contract.ts'
import { PackageView } from '#program/packages/contract.ts'
import { DecisionList, type DecisionAct, type DecisionView } from '#program/packages/decisions/contract.ts'
import { DeferredCveList } from '#program/packages/deferred-cves/contract.ts'
import { DestructionList, HolderList } from '#program/packages/holders/contract.ts'
import { DifferenceList, VersionList } from '#program/packages/revisions/contract.ts'
import { get } from '../api/client.ts'

export type VersionLine = z.output<typeof VersionList>['items'][number]
export type Decision = z.output<typeof DecisionView>
export type Holders = z.output<typeof HolderList>
export type Difference = z.output<typeof DifferenceList>['items'][number]
export type Duty = z.output<typeof AcknowledgementList>['items'][number]
export type OwnDuty = z.output<typeof OwnAcknowledgementList>['items'][number]
export type Destruction = z.output<typeof DestructionList>['items'][number]

/** A list of one package, read under `/api/packages/:id/`. */
function listOf<S extends z.ZodType>(schema: S, id: string, what: string) {
  return queryOptions({
    queryKey: ['packages', id, what],
    queryFn: ({ signal }) => get(schema, `/api/packages/${id}/${what}`, {}, signal),
    refetchInterval: 30_000,
  })
}
export const versionsQuery = (id: string) => listOf(VersionList, id, 'versions')
export const decisionsQuery = (id: string) => listOf(DecisionList, id, 'decisions')
export const holdersQuery = (id: string) => listOf(HolderList, id, 'holders')
export const dutiesQuery = (id: string) => listOf(AcknowledgementList, id, 'acknowledgements')
export const deferredCvesQuery = (id: string) => listOf(DeferredCveList, id, 'deferred-cves')

/** One version of a package; the newest that may be known is `packageQuery`. */
export function versionQuery(id: string, version: number) {
  return queryOptions({
    queryKey: ['packages', id, 'version', version],
    queryFn: ({ signal }) => get(PackageView, `/api/packages/${id}`, { version }, signal),
  })
}

export function differencesQuery(id: string, from: number, to: number) {
  return queryOptions({
    queryKey: ['packages', id, 'differences', from, to],
    queryFn: ({ signal }) => get(DifferenceList, `/api/packages/${id}/differences`, { from, to }, signal),
  })
}

export const waitingDecisionsQuery = queryOptions({
  queryKey: ['package-decisions'],
  queryFn: ({ signal }) => get(DecisionList, '/api/package-decisions', {}, signal),
  refetchInterval: 30_000,
})
export const ownDutiesQuery = queryOptions({
  queryKey: ['acknowledgements'],
  queryFn: ({ signal }) => get(OwnAcknowledgementList, '/api/acknowledgements', {}, signal),
  refetchInterval: 60_000,
})
export const destructionsQuery = queryOptions({
  queryKey: ['destructions'],
  queryFn: ({ signal }) => get(DestructionList, '/api/destructions', {}, signal),
  refetchInterval: 60_000,
})

/** An act about versions; afterwards every page shows packages, decisions and duties as they are then. */
export function useVersionAct<T>(act: (values: T) => Promise<unknown>, onDone: () => void): UseMutationResult<unknown, Error, T> {
  const queries = useQueryClient()
  const refresh = () =>
    Promise.all(['packages', 'package-decisions', 'acknowledgements', 'destructions'].map((key) => queries.invalidateQueries({ queryKey: [key] })))
  return useMutation({
    mutationFn: act,
    onSuccess: async () => {
      onDone()
      await refresh()
    },
    // What was refused is often no longer as it was read.
    onError: async () => {
      await refresh()
    },
  })
}

export const ACT_NAME: Readonly<Record<DecisionAct, string>> = {
  defer: 'Defer',
  pull: 'Pull',
  withdraw: 'Withdraw',
  'defer-cves': 'Let vulnerabilities stay behind',
}
