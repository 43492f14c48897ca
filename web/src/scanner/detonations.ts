import { queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { Detonation, DetonationList, DetonationView } from '#scanner/detonation/contract.ts'
import { JoinedReport } from '#scanner/verdict/contract.ts'
import { get } from '../api/client.ts'

export type RunView = z.output<typeof DetonationView>
export type DetonationReport = Detonation
export type JoinedView = JoinedReport

const SOON_MS = 1_500

/** Where a submission is or was opened; asked again while it is. */
export const detonationsQuery = (id: string, open: boolean) =>
  queryOptions({
    queryKey: ['submissions', id, 'detonations'],
    queryFn: ({ signal }) => get(DetonationList, `/api/submissions/${id}/detonations`, {}, signal),
    refetchInterval: open ? SOON_MS : false,
  })

export const detonationQuery = (id: string, detonation: string) =>
  queryOptions({
    queryKey: ['submissions', id, 'detonations', detonation],
    queryFn: ({ signal }) => get(Detonation, `/api/submissions/${id}/detonations/${detonation}`, {}, signal),
    // What one detonation showed never changes.
    staleTime: Infinity,
  })

export const joinedQuery = (id: string) =>
  queryOptions({
    queryKey: ['submissions', id, 'verdict'],
    queryFn: ({ signal }) => get(JoinedReport, `/api/submissions/${id}/verdict`, {}, signal),
    retry: false,
  })

/** What is told first: signals by their weight, the gravest first. */
const WEIGHTS = ['effect', 'crash', 'active', 'odd'] as const

export function bySeverity<T extends { readonly weight: (typeof WEIGHTS)[number] }>(signals: readonly T[]): T[] {
  return signals.toSorted((a, b) => WEIGHTS.indexOf(a.weight) - WEIGHTS.indexOf(b.weight))
}

type Happening = DetonationReport['happenings'][number]

/** One happening in one line. Text of a guest is shown as text and nothing else. */
export function happeningWords(one: Happening): string {
  switch (one.kind) {
    case 'process-start':
      return `Process ${one.pid} started: ${(one.arguments ?? [one.image]).join(' ')}`
    case 'process-end':
      return `Process ${one.pid} ended${one.signal === undefined ? '' : ` by ${one.signal}`}${one.code === undefined ? '' : ` with ${one.code}`}`
    case 'fault':
      return `${one.signal} in ${one.image}${one.address === undefined ? '' : ` at ${one.address}`}`
    case 'memory':
      return `${one.call}${one.protection === undefined ? '' : ` ${one.protection}`}${one.pivoted ? ', with the stack outside the stack' : ''}`
    case 'attack-call':
      return `${one.call} ${one.detail ?? ''}`
    case 'connect':
      return `Connection to ${one.to}${one.port === undefined ? '' : `:${one.port}`} (${one.protocol})`
    case 'file':
      return `${one.action} ${one.path}${one.honey ? ' (nobody has a reason to)' : ''}`
    case 'registry':
      return `${one.action} ${one.path}`
    case 'library-call':
      return `${one.call}: ${one.argument}`
    case 'module-load':
      return `Module ${one.path}`
    case 'spray':
      return `${one.bytes} bytes of memory repeat ${one.pattern}`
    case 'viewer':
      return `Viewer: ${one.state}${one.detail === undefined ? '' : `, ${one.detail}`}`
    case 'picture':
      return `Picture of ${one.of} ${one.number}`
    case 'dialog':
      return `Dialog: ${one.text}`
    case 'page':
      return `${one.action}: ${one.detail}`
    case 'silence':
      return `Silence of the ${one.of}: ${one.detail}`
    case 'dropped':
      return `${one.count} of ${one.of} were not kept`
    default:
      return (one as { readonly kind: string }).kind
  }
}

export interface ProcessNode {
  readonly pid: number
  readonly image: string
  readonly children: readonly ProcessNode[]
}

/** The processes as a tree; of a number that was used again the last one counts. Bounded in depth, whatever a guest says. Pure. */
export function processTree(happenings: readonly Happening[]): ProcessNode[] {
  const started = new Map(happenings.flatMap((one) => (one.kind === 'process-start' ? [[one.pid, one] as const] : [])))
  const node = (pid: number, depth: number): ProcessNode => ({
    pid,
    image: started.get(pid)!.image,
    children: depth > 30 ? [] : [...started.values()].filter((one) => one.parent === pid && one.pid !== pid).map((one) => node(one.pid, depth + 1)),
  })
  return [...started.values()].filter(({ parent, pid }) => parent === pid || !started.has(parent)).map(({ pid }) => node(pid, 0))
}
