import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { Problem } from '#platform/errors.ts'
import { fieldsOf } from '#platform/http/problem.ts'
import type { Query } from '#platform/http/query-string.ts'
import type { Route } from '#platform/http/route.ts'
import { uploadOf } from '#platform/http/upload.ts'
import { pointerToken } from '#platform/http/strict-json.ts'

/** Throws VALIDATION_FAILED for a query that could not be read, or a path that holds U+0000, which no column can keep. */
export function refuseNul(request: FastifyRequest): void {
  const query = request.query as Query
  if ('refused' in query) throw query.refused
  for (const [name, value] of Object.entries(request.params as Record<string, string>)) {
    if (value.includes('\0')) throw invalid(`/params/${pointerToken(name)}`, 'text that holds the character U+0000')
  }
}

/** Parses what the route declares. Throws VALIDATION_FAILED with every field that does not fit; names that the query schema lacks are refused, unless it is a loose object. */
export function parseInput(route: Route, request: FastifyRequest) {
  const query = request.query as Query
  // A request without the bytes that its route is for is refused for that, whatever else it says.
  const upload = route.consumes && uploadOf(request)
  return {
    params: parse(route.params, request.params, '/params'),
    query: parse(queryOf(route), 'values' in query ? { ...query.values } : {}, '/query'),
    body: upload ?? (route.body ? parse(route.body, bounded(request.body), '/body') : refuseBody(request.body)),
  }
}

/** Items of all lists of a body together. A fault is kept for each that does not fit, and takes a thousand times its room. */
const MOST_ITEMS = 500_000

/** The body, unless its lists are too long to be checked item by item. */
function bounded(body: unknown): unknown {
  let items = 0
  const open = [body]
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue
    const inner: unknown[] = Array.isArray(value) ? value : Object.values(value)
    if (Array.isArray(value)) items += inner.length
    if (items > MOST_ITEMS) throw invalid('/body', `at most ${MOST_ITEMS.toLocaleString('en')} items in all lists together`)
    for (const one of inner) if (typeof one === 'object' && one !== null) open.push(one)
  }
  return body
}

function parse(schema: z.ZodType | undefined, value: unknown, root: string): unknown {
  if (!schema) return undefined
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new Problem('VALIDATION_FAILED', undefined, { fields: fieldsOf(parsed.error, root) })
}

const exactQueries = new WeakMap<Route, z.ZodType>()

/** What the query of a route has to be; made once, because making a schema costs more than using it. */
function queryOf(route: Route): z.ZodType {
  let schema = exactQueries.get(route)
  if (!schema) exactQueries.set(route, (schema = exact(route.query ?? z.object({}))))
  return schema
}

function exact(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodObject && schema.def.catchall === undefined ? schema.strict() : schema
}

/** A route without a body accepts none, or an empty object. */
function refuseBody(body: unknown): undefined {
  const empty = body === undefined || body === null || (typeof body === 'object' && !Array.isArray(body) && Object.keys(body).length === 0)
  if (!empty) throw invalid('/body', 'this route accepts no body')
  return undefined
}

function invalid(field: string, message: string): Problem {
  return new Problem('VALIDATION_FAILED', undefined, { fields: [{ field, message }] })
}
