import { infiniteQueryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import type { z } from 'zod'
import { Notice, NoticePage } from '#platform/notices/contract.ts'
import { command, get } from '../api/client.ts'
import { SESSION_KEY } from '../session/session.ts'

export type NoticeView = z.output<typeof Notice>

/** Notices, newest first, page after page; the unread ones alone when asked. */
export function noticesQuery(unread: boolean) {
  return infiniteQueryOptions({
    queryKey: ['notices', unread],
    queryFn: ({ pageParam, signal }) => get(NoticePage, '/api/notices', { unread: unread ? 'true' : undefined, cursor: pageParam, limit: 50 }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    refetchInterval: 60_000,
  })
}

/** Marks one notice, or all of them when none is named, as read. */
export function useMarkRead() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (id: string | undefined) => command('POST', id === undefined ? '/api/notices/read-all' : `/api/notices/${id}/read`),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['notices'] })
      await queries.invalidateQueries({ queryKey: SESSION_KEY })
    },
  })
}
