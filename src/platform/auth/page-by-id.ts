import { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PageQuery } from '#platform/http/page.ts'
import { openCursor, sealCursor } from '#platform/http/cursor.ts'

const Position = z.tuple([z.uuid()])

/** One page of a list sorted by id downwards. `read` is asked for one row more than fits, older than `before`. Throws BAD_CURSOR. */
export async function pageById<R extends { readonly id: string }, V>(
  app: App,
  list: string,
  query: z.output<typeof PageQuery>,
  read: (limit: number, before: string | undefined) => Promise<readonly R[]>,
  show: (row: R) => V,
): Promise<{ items: V[]; next: string | null }> {
  const before = query.cursor === undefined ? undefined : Position.parse(openCursor(app, list, query.cursor))[0]
  const rows = await read(query.limit + 1, before)
  const items = rows.slice(0, query.limit)
  const last = items.at(-1)
  return { items: items.map(show), next: rows.length > query.limit && last ? sealCursor(app, list, [last.id]) : null }
}
