import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import type { Login, Offered, RunView } from '#exchange/remotes/contract.ts'
import { RefusalList, RemoteList, RemoteView, RunList } from '#exchange/remotes/contract.ts'
import { get } from '../api/client.ts'
import type { Tone } from '../ui/state-mark.tsx'

export type Remote = z.output<typeof RemoteView>
export type Run = z.output<typeof RunView>
export type Refusal = z.output<typeof RefusalList>['items'][number]
export type OfferedRoot = z.output<typeof Offered>['roots'][number]
export type LoginInput = z.input<typeof Login>

/** While a run is under way its progress is looked at often. */
const OFTEN_MS = 1_000
const SELDOM_MS = 10_000

export const remotesQuery = queryOptions({
  queryKey: ['remotes'],
  queryFn: ({ signal }) => get(RemoteList, '/api/remotes', {}, signal),
  refetchInterval: (query) => (query.state.data?.items.some(({ run }) => run) ? OFTEN_MS : SELDOM_MS),
})

export const remoteQuery = (id: string) =>
  queryOptions({
    queryKey: ['remotes', id],
    queryFn: ({ signal }) => get(RemoteView, `/api/remotes/${id}`, {}, signal),
    refetchInterval: (query) => (query.state.data?.run ? OFTEN_MS : SELDOM_MS),
  })

/** Asked anew when a run begins or ends, and while one is under way often, for its line changes. */
export const runsQuery = (id: string, run: string | undefined) =>
  queryOptions({
    queryKey: ['remotes', id, 'runs', run ?? ''],
    queryFn: async ({ signal }) => (await get(RunList, `/api/remotes/${id}/runs`, {}, signal)).items,
    refetchInterval: run === undefined ? SELDOM_MS : OFTEN_MS,
    placeholderData: keepPreviousData,
  })

export const refusalsQuery = (id: string, run: string | undefined) =>
  queryOptions({
    queryKey: ['remotes', id, 'refusals', run ?? ''],
    queryFn: async ({ signal }) => (await get(RefusalList, `/api/remotes/${id}/refusals`, {}, signal)).items,
    refetchInterval: SELDOM_MS,
    placeholderData: keepPreviousData,
  })

interface State {
  readonly text: string
  readonly tone: Tone
}

export function remoteState({ state, failingSince, run }: Remote): State {
  if (state === 'proposed') return { text: 'Waits for a second person', tone: 'waiting' }
  if (state === 'paused') return { text: 'Paused', tone: 'off' }
  if (run) return { text: 'Under way', tone: 'waiting' }
  return failingSince ? { text: 'Failing', tone: 'bad' } : { text: 'Active', tone: 'on' }
}

const RUN_STATES: Readonly<Record<Run['state'], State>> = {
  waiting: { text: 'Waits', tone: 'waiting' },
  running: { text: 'Under way', tone: 'waiting' },
  done: { text: 'Done', tone: 'on' },
  deferred: { text: 'Put off', tone: 'plain' },
  failed: { text: 'Failed', tone: 'bad' },
  cancelled: { text: 'Cancelled', tone: 'off' },
}

export const runState = ({ state, unfinished }: Run): State => (unfinished ? { text: 'Done as far as one run goes', tone: 'plain' } : RUN_STATES[state])

/** What is done, in one word for buttons. */
export const verbOf = ({ direction }: Pick<Remote, 'direction'>): 'Poll' | 'Push' => (direction === 'poll' ? 'Poll' : 'Push')

export const SCHEMES: Readonly<Record<LoginInput['scheme'], string>> = {
  none: 'None',
  basic: 'User name and password (Basic)',
  bearer: 'Token (Bearer)',
  certificate: 'Client certificate',
}

export const INTERVALS = [5, 15, 30, 60, 180, 360, 720, 1440].map((minutes) => ({ value: String(minutes), label: every(minutes) }))

export function every(minutes: number): string {
  if (minutes === 1440) return 'every day'
  if (minutes % 60 !== 0) return `every ${minutes} minutes`
  return minutes === 60 ? 'every hour' : `every ${minutes / 60} hours`
}

/** How long a run took, or has taken so far. */
export function duration({ begunAt, endedAt, movedAt }: Run): string {
  if (begunAt === null) return ''
  const seconds = Math.max(0, Math.round((Date.parse(endedAt ?? movedAt) - Date.parse(begunAt)) / 1000))
  if (seconds < 60) return `${seconds} s`
  return seconds < 3600 ? `${Math.floor(seconds / 60)} min ${seconds % 60} s` : `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`
}

/** Types as they are typed: separated by commas or white space. */
export const typesOf = (text: string): string[] => [...new Set(text.split(/[\s,]+/).filter(Boolean))]
