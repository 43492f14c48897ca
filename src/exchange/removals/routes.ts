import type { App } from '#platform/app.ts'
import { route, type Route } from '#platform/http/route.ts'
import { may } from '#exchange/policy.ts'
import { RemovalPage, RemovalParams, RemovalQuery } from '#exchange/removals/contract.ts'
import { listRemovals } from '#exchange/removals/list-removals.ts'

/** What whoever keeps copies has to forget. */
export function routes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/exchange/collections/:id/removals',
      summary: 'What was withdrawn or deleted of what you were shown of a collection, the oldest first: what to forget.',
      tag: 'taxii',
      access: may.readObjects,
      params: RemovalParams,
      query: RemovalQuery,
      response: RemovalPage,
      handle: ({ actor, params, query }) => listRemovals(app, actor, params.id, query),
    }),
  ]
}
