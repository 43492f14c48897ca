import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '#platform/app.ts'
import { Problem } from '#platform/errors.ts'
import { accepts } from '#platform/http/accept.ts'
import { parseInput } from '#platform/http/input.ts'
import type { Call } from '#platform/http/route.ts'
import type { RouteLine } from '#platform/http/route-table.ts'

/** Parses, calls the handler, and answers with what the response schema names. */
export async function respond(_app: App, line: RouteLine, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { route } = line
  if (route.produces !== undefined && !accepts(request.headers.accept, route.produces)) throw new Problem('NOT_ACCEPTABLE')
  const call = { ...parseInput(route, request), actor: request.actor, request, reply }
  reply.code(route.status ?? 200)
  const result = await route.handle(call as Call<never, never, never, never>)
  if (result === reply) return reply
  const shown = route.response.parse(result)
  if (route.status === 204) return reply.send()
  if (route.produces !== undefined) return reply.type(route.produces).send(shown)
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(shown))
}
