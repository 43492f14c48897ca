import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { ArtefactList, Detonation, DetonationList, DetonationView, EnvironmentList, type Happening } from '#scanner/detonation/contract.ts'
import { JoinedReport } from '#scanner/verdict/contract.ts'
import { get } from '../api/client.ts'

export type RunView = z.output<typeof DetonationView>
export type DetonationReport = Detonation
export type JoinedView = JoinedReport
export type SignalView = DetonationReport['signals'][number]

const SOON_MS = 1_500

/** Where a submission is or was opened; asked again while it is. */
export const detonationsQuery = (id: string, open: boolean) =>
  queryOptions({
    // Asked once more when the last has ended.
    queryKey: ['submissions', id, 'detonations', open ? 'open' : 'ended'],
    queryFn: ({ signal }) => get(DetonationList, `/api/submissions/${id}/detonations`, {}, signal),
    placeholderData: keepPreviousData,
    refetchInterval: open ? SOON_MS : false,
  })

export const detonationQuery = (id: string, detonation: string) =>
  queryOptions({
    queryKey: ['submissions', id, 'detonations', detonation],
    queryFn: ({ signal }) => get(Detonation, `/api/submissions/${id}/detonations/${detonation}`, {}, signal),
    // What one detonation showed never changes.
    staleTime: Infinity,
  })

/** The files that it left and that are kept. */
export const keptFilesQuery = (id: string, detonation: string) =>
  queryOptions({
    queryKey: ['submissions', id, 'detonations', detonation, 'files'],
    queryFn: ({ signal }) => get(ArtefactList, `/api/submissions/${id}/detonations/${detonation}/files`, {}, signal),
    staleTime: Infinity,
  })

export const joinedQuery = (id: string) =>
  queryOptions({
    queryKey: ['submissions', id, 'verdict'],
    queryFn: ({ signal }) => get(JoinedReport, `/api/submissions/${id}/verdict`, {}, signal),
    retry: false,
  })

/** What is installed to open submissions in. */
export const environmentsQuery = queryOptions({
  queryKey: ['environments'],
  queryFn: ({ signal }) => get(EnvironmentList, '/api/environments', {}, signal),
})

/** What is told first: signals by their weight, the gravest first. */
const WEIGHTS = ['effect', 'crash', 'active', 'odd'] as const

export function bySeverity<T extends { readonly weight: (typeof WEIGHTS)[number] }>(signals: readonly T[]): T[] {
  return signals.toSorted((a, b) => WEIGHTS.indexOf(a.weight) - WEIGHTS.indexOf(b.weight))
}

export interface RunSignal {
  readonly signal: SignalView
  readonly by: JoinedView['seen']['behaviour'][number]['by']
}

/**
 * The signals of each run, by the run's id: the joined report counts the runs of an environment that have a result, in the order in which they were planned.
 * Pure.
 */
export function signalsOfRuns(runs: readonly RunView[], joined: JoinedView | undefined): ReadonlyMap<string, readonly RunSignal[]> {
  const shown = new Map<string, RunSignal[]>()
  const places = Map.groupBy(
    runs.filter(({ end }) => end !== null),
    ({ environment }) => environment.name,
  )
  for (const { environment, run, by, signal } of joined?.seen.behaviour ?? []) {
    const id = places.get(environment)?.[run]?.id
    if (id !== undefined) shown.set(id, [...(shown.get(id) ?? []), { signal, by }])
  }
  return shown
}

export interface MatrixRow {
  /** How it was opened, in words. */
  readonly how: string
  readonly current: readonly RunView[]
  readonly older: readonly RunView[]
}

export interface MatrixGroup {
  /** Of environments that differ in age alone. */
  readonly line: string
  readonly viewer: string
  readonly rows: readonly MatrixRow[]
}

/** Runs as a matrix: each line of viewers with the ways in which it was opened, once in the current and once in the older version. Pure. */
export function matrixOf(runs: readonly RunView[], words: { viewer: (run: RunView) => string; how: (run: RunView) => string }): MatrixGroup[] {
  const lines = Map.groupBy(runs, ({ environment: { driver, line } }) => `${driver} ${line}`)
  return [...lines].map(([line, of]) => ({
    line,
    viewer: words.viewer(of[0]!),
    rows: [...Map.groupBy(of, words.how)].map(([how, some]) => ({
      how,
      current: some.filter(({ environment }) => environment.age === 'current'),
      older: some.filter(({ environment }) => environment.age === 'older'),
    })),
  }))
}

type Started = Extract<Happening, { kind: 'process-start' }>
type Ended = Extract<Happening, { kind: 'process-end' }>

export interface ProcessNode {
  readonly pid: number
  readonly image: string
  readonly started: Started
  readonly ended: Ended | undefined
  /** Place of its start in the happenings, which signals point to. */
  readonly place: number
  readonly children: readonly ProcessNode[]
}

const DEEPEST = 30

/** The processes as a tree; of a number that was used again the last one counts. Bounded in depth, whatever a guest says. Pure. */
export function processTree(happenings: readonly Happening[]): ProcessNode[] {
  const started = new Map<number, { readonly one: Started; readonly place: number }>()
  const ended = new Map<number, Ended>()
  for (const [place, one] of happenings.entries()) {
    if (one.kind === 'process-start') started.set(one.pid, { one, place })
    if (one.kind === 'process-end') ended.set(one.pid, one)
  }
  const children = Map.groupBy(
    [...started.keys()].filter((pid) => started.get(pid)!.one.parent !== pid),
    (pid) => started.get(pid)!.one.parent,
  )
  const node = (pid: number, depth: number): ProcessNode => {
    const { one, place } = started.get(pid)!
    const inside = depth >= DEEPEST ? [] : (children.get(pid) ?? [])
    return { pid, image: one.image, started: one, ended: ended.get(pid), place, children: inside.map((child) => node(child, depth + 1)) }
  }
  return [...started.values()].filter(({ one: { parent, pid } }) => parent === pid || !started.has(parent)).map(({ one: { pid } }) => node(pid, 0))
}
