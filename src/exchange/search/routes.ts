import { Readable } from 'node:stream'
import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { route, type Route } from '#platform/http/route.ts'
import { may } from '#exchange/policy.ts'
import { Neighbours, NeighbourQuery, ObjectParams, ObjectView, RawQuery, SearchPage, SearchQuery } from '#exchange/search/contract.ts'
import { listNeighbours } from '#exchange/search/list-neighbours.ts'
import { lookUp } from '#exchange/search/look-up.ts'
import { searchObjects } from '#exchange/search/search-objects.ts'
import { readRaw, showObject } from '#exchange/search/show-object.ts'

const NDJSON = 'application/x-ndjson'
const PLAIN = 'text/plain'
const common = { tag: 'search', access: may.searchObjects } as const

/** Search over the exchange: by what objects name and say, many values at once, one object and what it has to do with others. */
export function routes(app: App): Route[] {
  return [
    route({
      ...common,
      method: 'GET',
      url: '/api/exchange/objects',
      summary: 'Finds the objects that you can see by value, id, words, type, time, marking and more, the newest first.',
      query: SearchQuery,
      response: SearchPage,
      handle: ({ actor, query }) => searchObjects(app, actor, query),
    }),
    route({
      ...common,
      method: 'POST',
      url: '/api/exchange/lookup',
      summary: 'Looks up to 500,000 values up, one a line (JSON or plain text), and answers each in a line of its own while you still send: read as you send.',
      consumes: [NDJSON, PLAIN],
      bodyLimit: 64 * 1024 * 1024,
      produces: NDJSON,
      response: z.instanceof(Readable),
      handle: ({ actor, body, request }) =>
        Promise.resolve(lookUp(app, actor, body.bytes, !(request.headers['content-type'] ?? '').trim().toLowerCase().startsWith(PLAIN))),
    }),
    ...ofOne(app),
  ]
}

function ofOne(app: App): Route[] {
  return [
    route({
      ...common,
      method: 'GET',
      url: '/api/exchange/objects/:id',
      summary: 'One object: in which collections and versions you can see it, and what it says.',
      params: ObjectParams,
      response: ObjectView,
      handle: ({ actor, params }) => showObject(app, actor, params.id),
    }),
    route({
      ...common,
      method: 'GET',
      url: '/api/exchange/objects/:id/raw',
      summary: 'The bytes of one version of an object exactly as they came, the newest unless you say which.',
      params: ObjectParams,
      query: RawQuery,
      produces: 'application/stix+json;version=2.1',
      alsoAs: ['application/json'],
      response: z.instanceof(Buffer),
      handle: ({ actor, params, query }) => readRaw(app, actor, params.id, query),
    }),
    route({
      ...common,
      method: 'GET',
      url: '/api/exchange/objects/:id/neighbours',
      summary: 'What an object refers to, what refers to it and what names the same value, by type, as far as you can see it.',
      params: ObjectParams,
      query: NeighbourQuery,
      response: Neighbours,
      handle: ({ actor, params, query }) => listNeighbours(app, actor, params.id, query),
    }),
  ]
}
