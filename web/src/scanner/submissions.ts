import { queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { Submission, SubmissionPage, SubmissionReport } from '#scanner/submissions/contract.ts'
import { everyPage } from '../api/every-page.ts'
import { get } from '../api/client.ts'

export type SubmissionView = z.output<typeof Submission>
export type ScanResultView = z.output<typeof SubmissionReport>
/** The result of a file that could be scanned. */
export type ReportView = Extract<ScanResultView, { verdict: object }>
export type VerdictView = ReportView['verdict']

const SOON_MS = 1_500
const LATER_MS = 30_000

/** Whether there is no answer yet. */
export function isWaiting({ state }: Pick<SubmissionView, 'state'>): boolean {
  return state === 'queued' || state === 'static' || state === 'detonating'
}

/** What a submission is called: by its name, otherwise by its content. */
export function titleOf({ name, sha256 }: Pick<SubmissionView, 'name' | 'sha256'>): string {
  return name ?? `SHA-256 ${sha256.slice(0, 16)}…`
}

export const submissionsQuery = queryOptions({
  queryKey: ['submissions'],
  queryFn: ({ signal }) => everyPage(Submission, '/api/submissions', signal),
  refetchInterval: ({ state }) => (state.data?.some(isWaiting) ? SOON_MS : LATER_MS),
})

export const submissionQuery = (id: string) =>
  queryOptions({
    queryKey: ['submissions', id],
    queryFn: ({ signal }) => get(Submission, `/api/submissions/${id}`, {}, signal),
    refetchInterval: ({ state }) => (state.data && isWaiting(state.data) ? SOON_MS : false),
  })

/** What was found when that submission was opened: no more than a page holds. */
export const foundQuery = (parent: string) =>
  queryOptions({
    queryKey: ['submissions', parent, 'found'],
    queryFn: async ({ signal }) => (await get(SubmissionPage, '/api/submissions', { parent, limit: 200 }, signal)).items,
    refetchInterval: ({ state }) => (state.data?.some(isWaiting) ? SOON_MS : false),
  })

/** Of a submission that is being opened what is said of environments changes; asked anew when that ends. */
export const reportQuery = (id: string, state: SubmissionView['state']) =>
  queryOptions({
    queryKey: ['submissions', id, 'report', state],
    queryFn: ({ signal }) => get(SubmissionReport, `/api/submissions/${id}/report`, {}, signal),
    // In one state a report never changes.
    staleTime: Infinity,
  })
