import { queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { AccessChangeList, type AccessChange } from '#exchange/access/contract.ts'
import { CollectionList, CollectionRights, type CollectionView } from '#exchange/collections/contract.ts'
import { SharingGroupList, type SharingGroup } from '#exchange/groups/contract.ts'
import { RemovalPage, type Removal as RemovalOf } from '#exchange/removals/contract.ts'
import { get } from '../api/client.ts'

export type Collection = z.output<typeof CollectionView>
export type Change = z.output<typeof AccessChange>
export type Group = z.output<typeof SharingGroup>
export type Removal = z.output<typeof RemovalOf>
export type Right = z.output<typeof CollectionRights>['items'][number]

export const collectionsQuery = queryOptions({
  queryKey: ['collections'],
  queryFn: async ({ signal }) => (await get(CollectionList, '/api/collections', {}, signal)).items,
})
export const rightsQuery = (id: string) =>
  queryOptions({
    queryKey: ['collections', id, 'rights'],
    queryFn: async ({ signal }) => (await get(CollectionRights, `/api/collections/${id}/rights`, {}, signal)).items,
  })
/** Most removals that the console lists at a time. */
export const MOST_REMOVALS = 2_000
/** Of the last days, or all. */
export const removalsQuery = (id: string, days: number | undefined) =>
  queryOptions({
    queryKey: ['collections', id, 'removals', days ?? 0],
    queryFn: async ({ signal }) => {
      const after = days === undefined ? undefined : new Date(Date.now() - days * 86_400_000).toISOString()
      const items: Removal[] = []
      for (let cursor: string | undefined; ;) {
        const page = await get(RemovalPage, `/api/exchange/collections/${id}/removals`, { after, limit: 1000, cursor }, signal)
        items.push(...page.items)
        if (page.next === null || items.length >= MOST_REMOVALS) return { items, isCut: page.next !== null }
        cursor = page.next
      }
    },
  })
export const groupsQuery = queryOptions({
  queryKey: ['sharing-groups'],
  queryFn: async ({ signal }) => (await get(SharingGroupList, '/api/sharing-groups', {}, signal)).items,
})
export const accessChangesQuery = queryOptions({
  queryKey: ['access-changes'],
  queryFn: async ({ signal }) => (await get(AccessChangeList, '/api/access-changes', {}, signal)).items,
  refetchInterval: 60_000,
})

/** What follows from a change of access, whatever it was about. */
export const ACCESS_QUERIES = [['collections'], ['sharing-groups'], ['access-changes']] as const

/** What an organisation may do in a collection, in words. */
export function rightWords({ canRead, canWrite }: { readonly canRead: boolean; readonly canWrite: boolean }): string {
  if (canRead && canWrite) return 'Reads and writes'
  if (canRead) return 'Reads'
  return canWrite ? 'Writes' : 'Nothing'
}

/** The address that a TAXII client is given. */
export function taxiiAddress({ taxii }: Pick<Collection, 'taxii'>): string {
  return `${window.location.origin}${taxii}`
}
