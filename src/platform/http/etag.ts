import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Answer } from '#platform/http/answer.ts'
import type { RouteLine } from '#platform/http/route-table.ts'

/**
 * Tags what a GET found, and turns it into an empty 304 for a client that has it already (RFC 9110,
 * section 13.1.2). Only a 200 of known bytes is tagged, never a refusal and never a secret. The tag
 * is weak, because compression changes the bytes; a handler that knows one that costs less has set it. `no-store` stays, unless the route lets its answers be revalidated: a poller keeps
 * the tag, a browser keeps no copy on disk.
 */
export function tag(line: RouteLine, request: FastifyRequest, reply: FastifyReply, answer: Answer): Answer {
  const { route } = line
  if (route.method !== 'GET' || answer.status !== 200 || route.secret || route.probe) return answer
  if (typeof answer.payload !== 'string' && !Buffer.isBuffer(answer.payload)) return answer
  const given = reply.getHeader('etag')
  const hash = typeof given === 'string' ? given.slice(3, -1) : createHash('sha256').update(answer.payload).digest('base64url').slice(0, 27)
  reply.header('etag', `W/"${hash}"`)
  if (route.revalidates) reply.header('cache-control', route.access === 'public' ? 'no-cache' : 'private, no-cache')
  return matches(request.headers['if-none-match'], hash) ? { ...answer, status: 304, payload: undefined } : answer
}

function matches(header: string | undefined, hash: string): boolean {
  if (header === undefined) return false
  return header.trim() === '*' || header.split(',').some((entry) => entry.trim().replace(/^W\//, '') === `"${hash}"`)
}
