import { queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { Neighbours, ObjectView } from '#exchange/search/contract.ts'
import { get } from '../api/client.ts'
import { rawText } from '../search/search.ts'

export type ObjectShown = z.output<typeof ObjectView>
export type Place = ObjectShown['places'][number]
export type NeighbourGroup = z.output<typeof Neighbours>['groups'][number]
export type Neighbour = NeighbourGroup['items'][number]

export const objectQuery = (id: string) =>
  queryOptions({ queryKey: ['objects', id], queryFn: ({ signal }) => get(ObjectView, `/api/exchange/objects/${id}`, {}, signal) })

export const neighboursQuery = (id: string) =>
  queryOptions({ queryKey: ['objects', id, 'neighbours'], queryFn: ({ signal }) => get(Neighbours, `/api/exchange/objects/${id}/neighbours`, {}, signal) })

export const rawQuery = (id: string, collection: string, version: string) =>
  queryOptions({ queryKey: ['objects', id, 'raw', collection, version], queryFn: ({ signal }) => rawText(id, { collection, version }, signal) })

/** More neighbours of one kind and type. */
export async function moreNeighbours(id: string, { relation, type, next }: NeighbourGroup): Promise<NeighbourGroup | undefined> {
  const { groups } = await get(Neighbours, `/api/exchange/objects/${id}/neighbours`, { relation, type, limit: 100, cursor: next ?? undefined })
  return groups[0]
}

export const RELATION_WORDS = { refersTo: 'Refers to', referredBy: 'Referred to by', sameValue: 'Names the same value' } as const

/** JSON of an object in lines, as it is compared and shown; text that is none stays as it is. */
export function inLines(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
