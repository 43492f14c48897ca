import { queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { EmbargoList, type EmbargoView, type ReaderClass } from '#exchange/embargoes/contract.ts'
import { get } from '../api/client.ts'

export type Embargo = z.output<typeof EmbargoView>
export type EmbargoChange = Embargo['changes'][number]

export const embargoesQuery = (collection: string) =>
  queryOptions({
    queryKey: ['embargoes', collection],
    queryFn: async ({ signal }) => (await get(EmbargoList, `/api/collections/${collection}/embargoes`, {}, signal)).items,
    refetchInterval: 60_000,
  })

export const TIERS = ['validate', 'advance', 'entry', 'responder'] as const

const NAMES: Readonly<Record<ReaderClass, string>> = {
  validate: 'Validate',
  advance: 'Advance',
  entry: 'Entry',
  responder: 'Responders',
  everybody: 'Everybody',
}

/** How people call a class of readers. */
export function className(of: ReaderClass): string {
  return NAMES[of]
}

/** What a field for an instant in UTC holds, as the interface takes it. */
export function utcOf(text: string): string {
  return `${text}:00Z`
}

/** What a change does, in words, with its instants in UTC. */
export function changeWords({ instants }: EmbargoChange): string {
  return instants.map(({ class: of, at }) => `${className(of)}: ${at === null ? 'at the approval' : `${at.slice(0, 16).replace('T', ' ')} UTC`}`).join(', ')
}
