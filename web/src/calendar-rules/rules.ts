import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { ProgrammeRules, RulesPreview, type CycleChangeView, type PreviewRules, type ProposedRules, type RuleSet } from '#program/releases/rules/contract.ts'
import { get, post } from '../api/client.ts'

export type Rules = z.output<typeof RuleSet>
export type Proposed = z.output<typeof ProposedRules>
export type Shown = z.output<typeof ProgrammeRules>
export type Change = z.output<typeof CycleChangeView>
type Wish = z.input<typeof PreviewRules>
/** When somebody of a member works. */
export type Worker = NonNullable<Wish['member']>

export const rulesQuery = queryOptions({ queryKey: ['programme-rules'], queryFn: ({ signal }) => get(ProgrammeRules, '/api/programme-rules', {}, signal) })

/** What the next 24 months would be; the last answer stays on screen while the next one is on its way. */
export function previewQuery(wish: Wish) {
  return queryOptions({
    queryKey: ['programme-rules', 'preview', wish],
    queryFn: () => post(RulesPreview, '/api/programme-rules/preview', wish),
    placeholderData: keepPreviousData,
    retry: false,
  })
}
