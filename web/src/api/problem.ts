import { z } from 'zod'
import type { FieldProblem, ProblemCode } from '#platform/errors.ts'

const ProblemBody = z.object({
  title: z.string(),
  code: z.string(),
  detail: z.string().optional(),
  fields: z.array(z.object({ field: z.string(), message: z.string() })).default([]),
  requestId: z.string().optional(),
})

/** Codes that arise in the browser itself, beside the server's closed list. */
export type ClientCode = 'SERVER_GONE' | 'UNEXPECTED_ANSWER'

/** A request that did not succeed, as the console shows it. */
export class ApiProblem extends Error {
  override name = 'ApiProblem'
  readonly code: ProblemCode | ClientCode
  readonly status: number
  readonly title: string
  readonly fields: readonly FieldProblem[]
  readonly requestId: string | undefined

  constructor(problem: {
    code: string
    status: number
    title: string
    detail?: string | undefined
    fields?: readonly FieldProblem[]
    requestId?: string | undefined
    cause?: unknown
  }) {
    super(problem.detail ?? problem.title, { cause: problem.cause })
    this.code = problem.code as ProblemCode | ClientCode
    this.status = problem.status
    this.title = problem.title
    this.fields = problem.fields ?? []
    this.requestId = problem.requestId
  }
}

/** Reads a problem+json answer; an answer in any other form (a proxy's error page) becomes UNEXPECTED_ANSWER. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const body = ProblemBody.safeParse(await response.json().catch(() => undefined))
  if (body.success) return new ApiProblem({ ...body.data, status: response.status })
  const gone = response.status === 502 || response.status === 503 || response.status === 504
  return new ApiProblem({
    code: gone ? 'SERVER_GONE' : 'UNEXPECTED_ANSWER',
    status: response.status,
    title: gone ? 'The server cannot be reached' : `The server answered in an unexpected way (status ${response.status})`,
  })
}

/** What a person can do about a code; the server's own `detail` says it more exactly where it has one. */
const ADVICE: Partial<Record<ProblemCode | ClientCode, string>> = {
  SERVER_GONE: 'What you typed is kept. Check the network connection, or ask whoever runs this Vedette whether it is up; then try again.',
  UNEXPECTED_ANSWER: 'Reload the page. If it happens again, pass the text above to whoever runs this Vedette.',
  NOT_SIGNED_IN: 'Your session has ended. Sign in again; drafts of forms are kept in this tab.',
  SIGN_IN_FAILED: 'Try again, or open a fresh sign-in link.',
  FORBIDDEN: 'Ask a membership officer, or an admin of your organisation, if you need this.',
  NOT_FOUND: 'It may have been removed, or it is not meant for your role. Go back to the list and reload it.',
  PRECONDITION_FAILED: 'Read the present state, then decide again.',
  CONFLICT: 'Reload to see the present state, then decide again.',
  SECOND_PERSON_NEEDED: 'Ask a colleague with the same right to do it.',
  VALIDATION_FAILED: 'Correct the marked fields and send again.',
  UNPROCESSABLE: 'Check that this is the file you meant, and that it is in the format that is asked for.',
  RATE_LIMITED: 'Wait a minute, then try again.',
  PAYLOAD_TOO_LARGE: 'Send less at once.',
  INTERNAL: 'Try again. If it happens again, pass the request number to whoever runs this Vedette.',
  AUDIT_UNAVAILABLE: 'Nothing was changed. Whoever runs this Vedette has to repair the audit log first.',
  DATABASE_UNAVAILABLE: 'Nothing was changed. Try again in a moment.',
  NOT_READY: 'Vedette is starting. Try again in a few seconds.',
  STORAGE_FULL: 'Nothing was changed. Whoever runs this Vedette has to free disk space.',
}

/** The sentence that tells what to do about a failed request. */
export function adviceFor(problem: ApiProblem): string {
  return ADVICE[problem.code] ?? 'Try again. If it happens again, pass the request number to whoever runs this Vedette.'
}

/** Any thrown thing as an ApiProblem, so that every screen shows failures in one way. */
export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error
  const title = error instanceof Error ? error.message : String(error)
  return new ApiProblem({ code: 'UNEXPECTED_ANSWER', status: 0, title, cause: error })
}

/** Message for one field of a form, by its JSON Pointer into the body. */
export function fieldMessage(error: unknown, pointer: string): string | undefined {
  return error instanceof ApiProblem ? error.fields.find((problem) => concerns(problem, pointer))?.message : undefined
}

/** Whether a refusal is about the field at this JSON Pointer into the body, or about something inside it. */
export function concerns({ field }: FieldProblem, pointer: string): boolean {
  // What a schema refuses is named from the request down, what a use case refuses from the body down.
  const inBody = field.replace(/^\/body(?=\/|$)/, '')
  return inBody === pointer || inBody.startsWith(`${pointer}/`)
}
