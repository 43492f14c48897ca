import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { renderApiPage } from '#platform/http/api-page.ts'
import { describeApi, type OpenApi } from '#platform/http/openapi.ts'
import { route, type Route } from '#platform/http/route.ts'
import { buildTable, type RouteLine } from '#platform/http/route-table.ts'
import { VERSION } from '#platform/version.ts'

const OPEN = { method: 'GET', tag: 'operation', access: 'public', anonymous: true, revalidates: true } as const

/** The interface described: as data, and as a page for people. `table` is the running one, these routes included; it is read once. */
export function apiRoutes(app: App, table: () => readonly RouteLine[]): Route[] {
  let described: OpenApi | undefined
  const describe = () => (described ??= describeApi(table(), VERSION))
  const style = readFileSync(new URL('api-page.css', import.meta.url), 'utf8')
  return [
    route({
      ...OPEN,
      url: '/api/openapi.json',
      summary: 'This interface as OpenAPI 3.1.',
      response: z.looseObject({ openapi: z.string(), paths: z.looseObject({}) }),
      handle: async () => describe() as OpenApi & { [key: string]: unknown },
    }),
    route({
      ...OPEN,
      url: '/api',
      summary: 'This interface as a page.',
      produces: 'text/html; charset=utf-8',
      response: z.string(),
      handle: async () => renderApiPage(describe(), app.config.url.origin),
    }),
    route({
      ...OPEN,
      url: '/api/style.css',
      summary: 'The look of that page.',
      produces: 'text/css; charset=utf-8',
      response: z.string(),
      handle: async () => style,
    }),
  ]
}

/** The feature routes and the server's own, as one table. */
export function completeTable(app: App, routes: readonly Route[]): readonly RouteLine[] {
  const table: readonly RouteLine[] = buildTable([...routes, ...apiRoutes(app, () => table)])
  return table
}
