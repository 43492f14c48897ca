import { queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { ApplicationLine, ApplicationView, SENT_STATES } from '#program/membership/applications/contract.ts'
import { get } from '../api/client.ts'
import { everyPage } from '../api/every-page.ts'
import type { Tone } from '../ui/state-mark.tsx'

export type Line = z.output<typeof ApplicationLine>
export type View = z.output<typeof ApplicationView>
export type ViewCriterion = View['set']['criteria'][number]
export type Judged = View['judgements'][number]

export const applicationsQuery = queryOptions({
  queryKey: ['applications'],
  queryFn: ({ signal }) => everyPage(ApplicationLine, '/api/applications', signal),
})
export const applicationQuery = (id: string) =>
  queryOptions({ queryKey: ['applications', id], queryFn: ({ signal }) => get(ApplicationView, `/api/applications/${id}`, {}, signal) })

export const STATES: Readonly<Record<(typeof SENT_STATES)[number], readonly [name: string, tone: Tone]>> = {
  'in-review': ['In review', 'waiting'],
  clarifying: ['Waits for the applicant', 'off'],
  admitted: ['Admitted', 'on'],
  refused: ['Refused', 'bad'],
  withdrawn: ['Withdrawn', 'off'],
}

export const OUTCOMES: Readonly<Record<Judged['outcome'], readonly [name: string, tone: Tone]>> = {
  met: ['Met', 'on'],
  'not-met': ['Not met', 'bad'],
  waived: ['Waived', 'waiting'],
}

const WHY: Readonly<Record<string, string>> = {
  'not-judged': 'nobody has judged it',
  'not-met': 'it is not met',
  'not-waivable': 'it cannot be waived',
  'judged-twice': 'it was judged twice',
  unknown: 'the set does not know it',
}
export const whyNot = (why: string): string => WHY[why] ?? why

/** Whole days between an instant and another. */
export const daysBetween = (from: string, to: number): number => Math.max(0, Math.floor((to - Date.parse(from)) / 86_400_000))
