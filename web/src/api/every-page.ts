import type { z } from 'zod'
import { pageOf } from '#platform/http/page.ts'
import { get } from './client.ts'

interface EveryPageOptions {
  readonly query?: Record<string, string | number | undefined>
  readonly signal?: AbortSignal
  /** Told after every page how many items have come so far. */
  readonly onProgress?: (count: number) => void
}

/** All items of a list, page after page. Ends with the signal's error when cancelled. */
export async function everyPage<T extends z.ZodType>(item: T, path: string, { query = {}, signal, onProgress }: EveryPageOptions = {}): Promise<z.output<T>[]> {
  const items: z.output<T>[] = []
  let cursor: string | undefined
  do {
    const page = await get(pageOf(item), path, { ...query, limit: 200, cursor }, signal)
    items.push(...page.items)
    onProgress?.(items.length)
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  return items
}
