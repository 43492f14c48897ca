import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { LeafPage, LeafProof, LeafView } from '#platform/audit/contract.ts'
import { get } from '../api/client.ts'

export type Leaf = z.output<typeof LeafView>
export type Proof = z.output<typeof LeafProof>

/** What narrows the list; each is left out when empty. Instants in UTC. */
export interface LeafFilter {
  readonly action?: string | undefined
  readonly actor?: string | undefined
  readonly subject?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** Leaves, newest first, page after page. */
export function leavesQuery(filter: LeafFilter) {
  return infiniteQueryOptions({
    queryKey: ['leaves', filter],
    queryFn: ({ pageParam, signal }) => get(LeafPage, '/api/log/leaves', { ...filter, cursor: pageParam, limit: 100 }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  })
}

/** One leaf with its proof; asked for anew each time, because the check is only as good as what it checks. */
export function proofQuery(index: number) {
  return queryOptions({
    queryKey: ['leaf-proof', index],
    queryFn: ({ signal }) => get(LeafProof, `/api/log/leaves/${index}`, {}, signal),
    staleTime: 0,
    gcTime: 0,
  })
}
