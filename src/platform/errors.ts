/**
 * The closed list of problem codes: every refusal that leaves Vedette carries one of them.
 * Tests and clients rely on the code, never on the text. A code whose answer would reveal that
 * something exists is thrown as NOT_FOUND instead (docs/promises.md, rules for input).
 */
export const PROBLEMS = {
  MALFORMED_JSON: { status: 400, title: 'The body is not valid JSON' },
  INVALID_UTF8: { status: 400, title: 'The body is not valid UTF-8' },
  DUPLICATE_KEY: { status: 400, title: 'An object in the body names a key twice' },
  FORBIDDEN_KEY: { status: 400, title: 'An object in the body uses a key that is never accepted' },
  NUMBER_OUT_OF_RANGE: { status: 400, title: 'A number in the body cannot be kept exactly' },
  TOO_DEEP: { status: 400, title: 'The body is nested too deeply' },
  VALIDATION_FAILED: { status: 400, title: 'The request does not fit what this route accepts' },
  BAD_CURSOR: { status: 400, title: 'The cursor was not made by this list' },
  NOT_SIGNED_IN: { status: 401, title: 'Sign in first' },
  SIGN_IN_FAILED: { status: 401, title: 'This sign-in was not accepted' },
  FORBIDDEN: { status: 403, title: 'Your role does not allow this' },
  CROSS_SITE: { status: 403, title: 'A request from another site was refused' },
  NOT_FOUND: { status: 404, title: 'Nothing is here for you' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'This method is not offered here' },
  NOT_ACCEPTABLE: { status: 406, title: 'No offered media type is accepted' },
  REQUEST_TIMEOUT: { status: 408, title: 'The request took too long to arrive' },
  CONFLICT: { status: 409, title: 'Something changed meanwhile, or it was done already' },
  SECOND_PERSON_NEEDED: { status: 409, title: 'Another person has to do this' },
  PRECONDITION_FAILED: { status: 412, title: 'What is here is not what the request expects' },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'The body is larger than this route accepts' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'This media type is not accepted here' },
  UNPROCESSABLE: { status: 422, title: 'The body is read, but it is not what can be processed here' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, title: 'This Idempotency-Key was used for another request' },
  RATE_LIMITED: { status: 429, title: 'Too many requests; wait and try again' },
  HEADERS_TOO_LARGE: { status: 431, title: 'The request headers are too large' },
  INTERNAL: { status: 500, title: 'Something went wrong here; nothing was changed' },
  AUDIT_UNAVAILABLE: { status: 503, title: 'The audit log cannot be written, so nothing is served or changed' },
  NOT_READY: { status: 503, title: 'Vedette is still starting' },
  DATABASE_UNAVAILABLE: { status: 503, title: 'The database cannot be reached; nothing was changed' },
  STORAGE_FULL: { status: 507, title: 'The disk is full; nothing was changed' },
} as const satisfies Record<string, { status: number; title: string }>

export type ProblemCode = keyof typeof PROBLEMS

/** One thing that is wrong with one field; `field` is a JSON Pointer (RFC 6901) into the request. */
export interface FieldProblem {
  readonly field: string
  readonly message: string
}

/** A refusal with a code of the closed list. `detail` is shown to people: it says what to do, and holds no secret. */
export class Problem extends Error {
  override name = 'Problem'
  readonly code: ProblemCode
  readonly fields: readonly FieldProblem[]

  constructor(code: ProblemCode, detail?: string, options: { fields?: readonly FieldProblem[]; cause?: unknown } = {}) {
    super(detail ?? PROBLEMS[code].title, { cause: options.cause })
    this.code = code
    this.fields = options.fields ?? []
  }

  get status(): number {
    return PROBLEMS[this.code].status
  }
}

/** Why the program cannot start, or a command cannot run: one sentence for the person at the terminal; exit code 1. */
export class StartupError extends Error {
  override name = 'StartupError'
}

/** Ends a `switch` over a union; reaching it at run time is a bug. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`)
}
