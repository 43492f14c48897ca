import { queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { ReleaseList, type ReleaseView } from '#program/releases/contract.ts'
import { get } from '../api/client.ts'

export type Release = z.output<typeof ReleaseView>
export const WINDOW_TIERS = ['validate', 'advance', 'entry'] as const
export type WindowTier = (typeof WINDOW_TIERS)[number]
export const TIER_NAME: Readonly<Record<WindowTier, string>> = { validate: 'Validate', advance: 'Advance', entry: 'Entry' }

export const releasesQuery = queryOptions({
  queryKey: ['releases'],
  queryFn: async ({ signal }) => (await get(ReleaseList, '/api/releases', {}, signal)).items,
  refetchInterval: 60_000,
})

/** Whether packages can be scheduled for it: it is to come, and not one person's wish. */
export function isOffered({ instant, state, kind }: Release, nowMs: number): boolean {
  return state !== 'waits' && kind !== 'moved' && Date.parse(instant) > nowMs
}

/** `Update Tuesday` for a rule's id `update-tuesday@1`. */
export function ruleName({ kind, rule }: Pick<Release, 'kind' | 'rule'>): string {
  if (kind === 'out-of-band') return 'Out of band'
  if (kind === 'moved') return 'Moved packages'
  const words = rule.replace(/@.*$/, '').split('-')
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ')
}
