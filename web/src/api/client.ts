import { z } from 'zod'
import { noteReachable } from './connection.ts'
import { ApiProblem, problemOf } from './problem.ts'
import { wire } from './wire.ts'

interface Send {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly body?: unknown
  readonly signal?: AbortSignal | undefined
  readonly idempotencyKey?: string
}

/** Reads: `query` holds only what is set. Throws ApiProblem. */
export async function get<S extends z.ZodType>(
  schema: S,
  path: string,
  query: Record<string, string | number | undefined> = {},
  signal?: AbortSignal,
): Promise<z.output<S>> {
  const search = new URLSearchParams(Object.entries(query).flatMap(([key, value]) => (value === undefined || value === '' ? [] : [[key, String(value)]])))
  return read(schema, await send(search.size > 0 ? `${path}?${search}` : path, { method: 'GET', signal }))
}

/** Sends what creates nothing that could be created twice. Throws ApiProblem. */
export async function post<S extends z.ZodType>(schema: S, path: string, body: unknown = {}): Promise<z.output<S>> {
  return read(schema, await send(path, { method: 'POST', body }))
}

export async function put<S extends z.ZodType>(schema: S, path: string, body: unknown): Promise<z.output<S>> {
  return read(schema, await send(path, { method: 'PUT', body }))
}

/** Sends without reading the answer's body. */
export async function command(method: 'POST' | 'DELETE', path: string): Promise<void> {
  await send(path, method === 'POST' ? { method, body: {} } : { method })
}

/** Keys of creations whose outcome is unknown: the same request sent again must not create twice. */
const unsettled = new Map<string, string>()

/**
 * Creates. If the answer is lost, the same call made again carries the same Idempotency-Key and creates nothing more.
 * A refusal gives the key back at the server, so the key may stay with the request until it succeeds.
 */
export async function create<S extends z.ZodType>(schema: S, path: string, body: unknown = {}): Promise<z.output<S>> {
  const request = `${path} ${JSON.stringify(body)}`
  const idempotencyKey = unsettled.get(request) ?? randomKey()
  unsettled.set(request, idempotencyKey)
  try {
    const answer = await send(path, { method: 'POST', body, idempotencyKey })
    unsettled.delete(request)
    return await read(schema, answer)
  } catch (error) {
    if (error instanceof ApiProblem && error.code === 'IDEMPOTENCY_KEY_REUSED') unsettled.delete(request)
    throw error
  }
}

/** Not `randomUUID`, which browsers offer in secure contexts only. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

async function send(path: string, { method, body, signal, idempotencyKey }: Send): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey
  const response = await reach(path, {
    method,
    headers,
    credentials: 'same-origin',
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  })
  if (response.ok) {
    noteReachable(true)
    return response
  }
  const problem = await problemOf(response)
  noteReachable(problem.code !== 'SERVER_GONE')
  throw problem
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init)
  } catch (cause) {
    if (init.signal?.aborted) throw cause
    noteReachable(false)
    throw new ApiProblem({ code: 'SERVER_GONE', status: 0, title: 'The server cannot be reached', cause })
  }
}

async function read<S extends z.ZodType>(schema: S, response: Response): Promise<z.output<S>> {
  const text = await response.text()
  const parsed = wire(schema).safeParse(text === '' ? undefined : JSON.parse(text))
  if (parsed.success) return parsed.data
  const where = parsed.error.issues[0]?.path.join('.') ?? ''
  throw new ApiProblem({
    code: 'UNEXPECTED_ANSWER',
    status: response.status,
    title: `The server's answer does not fit this console (${where}); the console may be older than the server`,
    cause: parsed.error,
  })
}
