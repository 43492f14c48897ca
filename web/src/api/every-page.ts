import type { z } from 'zod'
import { pageOf } from '#platform/http/page.ts'
import { get } from './client.ts'

/** All items of a list, page after page. Ends with the signal's error when cancelled. */
export async function everyPage<T extends z.ZodType>(item: T, path: string, signal: AbortSignal): Promise<z.output<T>[]> {
  const items: z.output<T>[] = []
  let cursor: string | undefined
  do {
    const page = await get(pageOf(item), path, { limit: 200, cursor }, signal)
    items.push(...page.items)
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  return items
}
