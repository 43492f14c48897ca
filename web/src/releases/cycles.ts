import { queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { CycleView } from '#program/releases/cycles/contract.ts'
import { MoveView, type MovePreview } from '#program/releases/moves/contract.ts'
import { get } from '../api/client.ts'

export type Cycle = z.output<typeof CycleView>
export type CyclePackage = Cycle['packages'][number]
export type Move = z.output<typeof MoveView>
export type Preview = z.output<typeof MovePreview>
export type Effect = Preview['tiers'][number]['effect']

/** Everything about releases that a step may change. */
export const CYCLES = ['releases', 'cycle'] as const

export const cycleQuery = (key: string) =>
  queryOptions({ queryKey: [...CYCLES, key], queryFn: ({ signal }) => get(CycleView, `/api/releases/${encodeURIComponent(key)}`, {}, signal) })

/** A move with its consequences as they are now; asked for anew each time it is opened. */
export const moveQuery = (id: string) =>
  queryOptions({ queryKey: [...CYCLES, 'move', id], queryFn: ({ signal }) => get(MoveView, `/api/releases/moves/${id}`, {}, signal), staleTime: 0 })

export const EFFECT_NAME: Readonly<Record<Effect, string>> = {
  'stays-open': 'Stays open',
  'at-once': 'Opens on confirmation',
  earlier: 'Opens earlier',
  later: 'Opens later',
  unchanged: 'Unchanged',
  gains: 'Can read, could not',
  loses: 'Never opens',
}
