import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '#platform/app.ts'
import { Problem } from '#platform/errors.ts'
import { accepts } from '#platform/http/accept.ts'
import { answer, send } from '#platform/http/answer.ts'
import { once } from '#platform/http/idempotency.ts'
import { parseInput } from '#platform/http/input.ts'
import type { Call } from '#platform/http/route.ts'
import type { RouteLine } from '#platform/http/route-table.ts'
import { tag } from '#platform/http/etag.ts'

/** What happens to an admitted request: parse, call the handler (once per key where the route creates), send what the response schema names. */
export async function respond(app: App, line: RouteLine, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { route } = line
  const offered = route.produces === undefined ? [] : [route.produces, ...(route.alsoAs ?? [])]
  if (offered.length > 0 && !offered.some((type) => accepts(request.headers.accept, type))) throw new Problem('NOT_ACCEPTABLE')
  // Whatever the route takes, bytes may have been sent, as slowly as their sender liked, before this line was reached. A body
  // that is taken as bytes is still to come: there the question is asked at its end (upload.ts).
  if (route.method !== 'GET' && route.consumes === undefined) await request.stillMay()
  const call = { ...parseInput(route, request), actor: request.actor, request, reply } as Call<never, never, never, never>
  const given = route.creates ? await once(app, line, request, () => answer(route, call)) : await answer(route, call)
  if (given === undefined) return reply
  return send(reply, tag(line, request, reply, given))
}
