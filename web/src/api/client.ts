import { z } from 'zod'
import { noteReachable } from './connection.ts'
import { fileNameHeader } from './file-name-header.ts'
import { ApiProblem, problemOf } from './problem.ts'
import { wire } from './wire.ts'

interface Send {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly body?: unknown
  /** A body that is sent as it is, with its media type. */
  readonly raw?: { readonly type: string; readonly text: string }
  readonly signal?: AbortSignal | undefined
  readonly idempotencyKey?: string
  readonly accept?: string
  readonly headers?: Headers
}

/** Headers beside those of every request. */
type Headers = Readonly<Record<string, string>>

type Query = Readonly<Record<string, string | number | undefined>>

/** Reads; what is not set is left out of the query. Throws ApiProblem. */
export async function get<S extends z.ZodType>(schema: S, path: string, query: Query = {}, signal?: AbortSignal, headers: Headers = {}): Promise<z.output<S>> {
  return read(schema, await send(withQuery(path, query), { method: 'GET', signal, headers }))
}

/** Reads an answer of one JSON value a line (NDJSON) as it arrives. Throws ApiProblem, and the signal's error when cancelled. */
export async function* getLines<S extends z.ZodType>(schema: S, path: string, query: Query, signal: AbortSignal): AsyncGenerator<z.output<S>> {
  yield* readLines(schema, await send(withQuery(path, query), { method: 'GET', signal, accept: 'application/x-ndjson' }))
}

async function* readLines<S extends z.ZodType>(schema: S, answer: Response): AsyncGenerator<z.output<S>> {
  const item = wire(schema)
  let rest = ''
  for await (const text of chunks(answer)) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield parse(item, line, answer.status)
  }
  if (rest !== '') throw new ApiProblem({ code: 'SERVER_GONE', status: 0, title: 'The answer ended in the middle' })
}

/** Sends lines of text and reads the answer of one JSON value a line as it arrives. Throws ApiProblem, and the signal's error when cancelled. */
export async function* postLines<S extends z.ZodType>(schema: S, path: string, lines: readonly string[], signal: AbortSignal): AsyncGenerator<z.output<S>> {
  const raw = { type: 'application/x-ndjson', text: lines.map((line) => JSON.stringify(line)).join('\n') }
  yield* readLines(schema, await send(path, { method: 'POST', raw, signal, accept: 'application/x-ndjson' }))
}

async function* chunks(answer: Response): AsyncGenerator<string> {
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

function withQuery(path: string, query: Query): string {
  const set = Object.entries(query).flatMap(([key, value]) => (value === undefined || value === '' ? [] : [[key, String(value)]]))
  return set.length > 0 ? `${path}?${new URLSearchParams(set)}` : path
}

/** Sends what creates nothing that could be created twice. Throws ApiProblem. */
export async function post<S extends z.ZodType>(schema: S, path: string, body: unknown = {}, headers: Headers = {}): Promise<z.output<S>> {
  return read(schema, await send(path, { method: 'POST', body, headers }))
}

export async function put<S extends z.ZodType>(schema: S, path: string, body: unknown, headers: Headers = {}): Promise<z.output<S>> {
  return read(schema, await send(path, { method: 'PUT', body, headers }))
}

/** Sends without reading the answer's body. */
export async function command(method: 'POST' | 'DELETE', path: string, body: unknown = {}, headers: Headers = {}): Promise<void> {
  await send(path, method === 'POST' ? { method, body, headers } : { method, headers })
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

interface Transfer {
  /** Media type of the body; a route says which it takes. */
  readonly type?: string
  readonly signal?: AbortSignal | undefined
  /** Called as bytes leave this browser. */
  readonly onProgress?: (sentBytes: number, totalBytes: number) => void
  readonly headers?: Headers
}

/**
 * Sends a file as the request's body, its name in a header. Throws ApiProblem, and the signal's error when cancelled. Such a
 * request carries no Idempotency-Key: whoever sends it again after a lost answer looks first whether it arrived.
 */
export async function upload<S extends z.ZodType>(schema: S, path: string, file: File, transfer: Transfer = {}): Promise<z.output<S>> {
  return read(schema, await accepted(await transmit(path, file, transfer)))
}

/** `fetch` tells nothing about the bytes sent, so this is the older way. */
function transmit(path: string, file: File, { type = 'application/octet-stream', signal, onProgress, headers = {} }: Transfer): Promise<Response> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const request = new XMLHttpRequest()
    const abort = () => request.abort()
    request.open('POST', path)
    request.setRequestHeader('accept', 'application/json')
    request.setRequestHeader('content-type', type)
    request.setRequestHeader('content-disposition', fileNameHeader(file.name))
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
    request.upload.addEventListener('progress', ({ loaded, total }) => onProgress?.(loaded, total))
    request.addEventListener('load', () => resolve(new Response(request.responseText || null, { status: request.status })))
    request.addEventListener('error', () => {
      noteReachable(false)
      reject(new ApiProblem({ code: 'SERVER_GONE', status: 0, title: 'The server cannot be reached, or ended the transfer' }))
    })
    request.addEventListener('abort', () => reject(signal?.reason))
    request.addEventListener('loadend', () => signal?.removeEventListener('abort', abort))
    signal?.addEventListener('abort', abort)
    request.send(file)
  })
}

/** Reads a file whole, so that a refusal is shown instead of saved. Throws ApiProblem, and the signal's error when cancelled. */
export async function getFile(path: string, query: Query = {}, signal?: AbortSignal, accept = 'application/octet-stream, application/pdf'): Promise<Blob> {
  const answer = await send(withQuery(path, query), { method: 'GET', signal, accept })
  try {
    return await answer.blob()
  } catch (cause) {
    if (signal?.aborted) throw cause
    throw new ApiProblem({ code: 'SERVER_GONE', status: 0, title: 'The file ended in the middle', cause })
  }
}

/** Not `randomUUID`, which browsers offer in secure contexts only. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

async function send(path: string, { method, body, raw, signal, idempotencyKey, accept = 'application/json', headers: more = {} }: Send): Promise<Response> {
  const headers: Record<string, string> = { ...more, accept }
  if (body !== undefined || raw) headers['content-type'] = raw?.type ?? 'application/json'
  if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey
  const response = await reach(path, {
    method,
    headers,
    credentials: 'same-origin',
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(raw && { body: raw.text }),
    ...(signal && { signal }),
  })
  return accepted(response)
}

async function accepted(response: Response): Promise<Response> {
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
  return parse(wire(schema), await response.text(), response.status)
}

function parse<T>(schema: z.ZodType<T>, text: string, status: number): T {
  const parsed = schema.safeParse(json(text))
  if (parsed.success) return parsed.data
  const where = parsed.error.issues[0]?.path.join('.') ?? ''
  const title = `The server's answer does not fit this console (${where}); the console may be older than the server`
  throw new ApiProblem({ code: 'UNEXPECTED_ANSWER', status, title, cause: parsed.error })
}

/** Undefined for what is not JSON, which no schema of an answer accepts. */
function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
