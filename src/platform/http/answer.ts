import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { Call, Route } from '#platform/http/route.ts'
import { whilePermitted } from '#platform/http/while-permitted.ts'

/** A success as it will be sent. */
export interface Answer {
  readonly status: number
  readonly type: string
  /** Headers of its own besides the content type. */
  readonly headers: Readonly<Record<string, string>>
  readonly payload: string | Buffer | Readable | undefined
}

export const JSON_MEDIA_TYPE = 'application/json; charset=utf-8'

/** Headers that a handler may set and that belong to the answer wherever it is repeated. */
const KEPT_HEADERS = ['location', 'content-disposition']

/** What a handler returns that answers through the reply itself. Never the reply: to await it is to wait until it has been sent, and gives undefined. */
export const SENT = Symbol('sent')

/**
 * Calls the handler and keeps what the response schema names. Undefined: the handler answers
 * through the reply itself (a file). Throws when what it returned does not fit the schema.
 */
export async function answer(route: Route, call: Call<never, never, never, never>): Promise<Answer | undefined> {
  const { reply } = call
  reply.code(route.status ?? 200)
  const result = await route.handle(call)
  if (result === SENT) return undefined
  return { status: reply.statusCode, type: route.produces ?? JSON_MEDIA_TYPE, headers: ownHeaders(reply), payload: payloadOf(route, result) }
}

function payloadOf(route: Route, result: unknown): Answer['payload'] {
  const shown = route.response.parse(result)
  if (route.status === 204) return undefined
  const raw = route.produces !== undefined && (typeof shown === 'string' || Buffer.isBuffer(shown) || shown instanceof Readable)
  return raw ? shown : JSON.stringify(shown)
}

function ownHeaders(reply: FastifyReply): Record<string, string> {
  return Object.fromEntries(KEPT_HEADERS.flatMap((name) => (reply.hasHeader(name) ? [[name, String(reply.getHeader(name))]] : [])))
}

export function send(reply: FastifyReply, { status, type, headers, payload }: Answer): FastifyReply {
  reply.code(status).headers(headers)
  if (payload === undefined) return reply.send()
  return sendAs(reply, type, payload instanceof Readable ? whilePermitted(payload, reply.request.stillMay) : payload)
}

/** Sends text as bytes, because the framework adds a charset to the JSON types whose definitions have none (RFC 9457, TAXII 2.1). */
export function sendAs(reply: FastifyReply, type: string, payload: string | Buffer | Readable): FastifyReply {
  return reply.header('content-type', type).send(typeof payload === 'string' ? Buffer.from(payload) : payload)
}
