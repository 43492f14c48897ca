import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { PROBLEMS, Problem, type FieldProblem, type ProblemCode } from '#platform/errors.ts'
import { sendAs } from '#platform/http/answer.ts'
import { MethodNotAllowed } from '#platform/http/not-found.ts'
import { RateLimited } from '#platform/http/rate-limit.ts'
import type { Refusal, RefusalAt } from '#platform/http/refusal.ts'
import { pointerToken } from '#platform/http/strict-json.ts'
import type { Log } from '#platform/log.ts'

export const PROBLEM_MEDIA_TYPE = 'application/problem+json'

/** When to come back after a 503: what it says is over either soon or not until somebody has mended it. */
const RETRY_AFTER_SECONDS = 5

/** Most fields that one refusal lists. */
const MOST_FIELDS = 20

/** Every refusal that leaves Vedette (RFC 9457). */
export const ProblemBody = z
  .object({
    type: z.string().meta({ description: 'Path of the explanation of this code' }),
    title: z.string(),
    status: z.number().int(),
    code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]),
    detail: z.string(),
    fields: z.array(z.object({ field: z.string().meta({ description: 'JSON Pointer into the request' }), message: z.string() })),
    requestId: z.string(),
  })
  .meta({ title: 'Problem', description: 'Every refusal (RFC 9457); `code` is of a closed list' })

export function problemBody(problem: Problem, requestId: string): z.output<typeof ProblemBody> {
  const { code, status, fields } = problem
  return {
    type: `/api#${code}`,
    title: PROBLEMS[code].title,
    status,
    code,
    detail: problem.message,
    fields: fields.slice(0, MOST_FIELDS).map(({ field, message }) => ({ field, message })),
    requestId,
  }
}

/** Answers with a problem; whatever the handler had prepared about its own answer is taken back. */
export function sendProblem(reply: FastifyReply, problem: Problem, refusal?: Refusal): FastifyReply {
  for (const header of ['etag', 'content-disposition', 'content-encoding', 'content-length', 'last-modified']) reply.removeHeader(header)
  reply.header('cache-control', 'no-store')
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer')
  if (problem instanceof MethodNotAllowed) reply.header('allow', problem.allow.join(', '))
  if (problem.status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS)
  if (problem instanceof RateLimited) reply.header('retry-after', problem.retryAfterSeconds)
  const form = refusal ?? ((): ReturnType<Refusal> => ({ type: PROBLEM_MEDIA_TYPE, body: problemBody(problem, reply.request.id) }))
  const { type, body, headers = {} } = form(problem, reply.request.id)
  return sendAs(reply.code(problem.status).headers(headers), type, JSON.stringify(body))
}

/** Problem codes of the web framework's own refusals. */
const FRAMEWORK: Readonly<Record<string, { code: ProblemCode; field?: string; message?: string }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'PAYLOAD_TOO_LARGE' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { code: 'UNSUPPORTED_MEDIA_TYPE' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: { code: 'VALIDATION_FAILED', field: '/headers/content-length', message: 'does not match the body' },
  FST_ERR_BAD_URL: { code: 'VALIDATION_FAILED', field: '/url', message: 'percent signs that do not spell UTF-8' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'VALIDATION_FAILED', field: '/url', message: 'a part that is too long' },
  ECONNRESET: { code: 'REQUEST_TIMEOUT' },
}

/** Problem codes of the file sender's refusals by status; what it refuses for any other reason is not there. */
const SENDER: Readonly<Record<number, ProblemCode>> = { 400: 'VALIDATION_FAILED', 412: 'PRECONDITION_FAILED' }

/** The refusal that an error stands for; what no code names is INTERNAL, and none of its text is kept. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  const known = FRAMEWORK[(error as { code?: string } | undefined)?.code ?? '']
  if (!known) return new Problem(isSendersRefusal(error) ? (SENDER[error.statusCode] ?? 'NOT_FOUND') : 'INTERNAL', undefined, { cause: error })
  const fields = known.field === undefined ? [] : [{ field: known.field, message: known.message ?? '' }]
  return new Problem(known.code, undefined, { fields, cause: error })
}

/** The file sender marks what it refuses with a status and whether the text may be shown; other errors that carry a status are not believed. */
function isSendersRefusal(error: unknown): error is Error & { readonly statusCode: number } {
  if (!(error instanceof Error) || !('expose' in error) || !('statusCode' in error)) return false
  return typeof error.statusCode === 'number' && error.statusCode >= 400 && error.statusCode < 500
}

/** Logs a refusal that someone has to look at: a fault of ours, or of what we stand on. */
export function logProblem(log: Log, problem: Problem, about: { requestId: string; method: string; route: string }): void {
  if (problem.status < 500) return
  const line = { ...about, code: problem.code, causes: causesOf(problem.cause) }
  if (problem.code === 'INTERNAL') log.error(line, 'a request failed')
  else log.warn(line, 'a request was refused')
}

/** Name, code, message and stack of an error and of what caused it; other properties may hold rows. */
function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = []
  for (let cause = error; cause instanceof Error && causes.length < 5; cause = cause.cause) {
    const { name, message, stack } = cause
    causes.push({ name, code: (cause as { code?: unknown }).code, message, stack })
  }
  return causes.length > 0 || error === undefined ? causes : [{ name: typeof error }]
}

/** The fields of a failed parse, as JSON Pointers below `root`; the refused value is never repeated. */
export function fieldsOf(error: z.ZodError, root: string): FieldProblem[] {
  return error.issues.flatMap((issue) => {
    const field = root + issue.path.map((step) => '/' + pointerToken(step)).join('')
    if (issue.code !== 'unrecognized_keys') return [{ field, message: issue.message }]
    return issue.keys.map((key) => ({ field: `${field}/${pointerToken(key)}`, message: 'not accepted here' }))
  })
}

const SOCKET_PROBLEMS: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'PAYLOAD_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
}

/** What Node says about such bytes. */
export type SocketError = Error & { readonly code?: string; readonly rawPacket?: unknown }

/** Answers bytes that are no HTTP request, or came too slowly, and closes; in the form of the path, as far as the bytes name one. */
export function answerClientError(error: SocketError, socket: Socket, refusalAt: RefusalAt): void {
  if (socket.destroyed || error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const code = SOCKET_PROBLEMS[error.code ?? '']
  const status = code ? PROBLEMS[code].status : 400
  const form = refusalAt(Buffer.isBuffer(error.rawPacket) ? pathOf(error.rawPacket) : '')
  const { type, body } = form?.(new Problem(code ?? 'VALIDATION_FAILED', code ? undefined : NOT_HTTP), randomUUID()) ?? {
    type: PROBLEM_MEDIA_TYPE,
    body: { type: code ? `/api#${code}` : 'about:blank', title: code ? PROBLEMS[code].title : NOT_HTTP, status, ...(code && { code }) },
  }
  const text = JSON.stringify(body)
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `content-type: ${type}`,
    `content-length: ${Buffer.byteLength(text)}`,
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`, () => socket.destroy())
}

const NOT_HTTP = 'Not an HTTP request'

/** The path that a packet asks for, if it is the first of a request. */
function pathOf(packet: Buffer): string {
  return /^[A-Z]{1,10} (\/[^ ?#\r\n]*)/.exec(packet.toString('latin1', 0, 1000))?.[1] ?? ''
}
