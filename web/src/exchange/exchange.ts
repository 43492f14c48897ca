import { queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { Gaps } from '#exchange/gaps/contract.ts'
import { IndicatorView } from '#exchange/indicators/contract.ts'
import { everyPage } from '../api/every-page.ts'
import { get } from '../api/client.ts'

export type Indicator = z.output<typeof IndicatorView>
export type GapView = z.output<typeof Gaps>['items'][number]

export const indicatorsQuery = queryOptions({ queryKey: ['indicators'], queryFn: ({ signal }) => everyPage(IndicatorView, '/api/indicators', signal) })
export const gapsQuery = queryOptions({
  queryKey: ['gaps'],
  queryFn: async ({ signal }) => (await get(Gaps, '/api/gaps', {}, signal)).items,
  refetchInterval: 30_000,
})

/** What an indicator is called: its name, or the pattern that it looks for. */
export function titleOf({ name, pattern }: Pick<Indicator, 'name' | 'pattern'>): string {
  return name ?? pattern
}
