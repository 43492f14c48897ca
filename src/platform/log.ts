import { pino, type Logger } from 'pino'

export type Log = Logger

/** Values under these names never reach a log line, down to the third level. */
const SECRET_FIELDS = ['authorization', 'cookie', 'set-cookie', 'token', 'secret', 'password', 'signInUrl', 'databaseUrl', 'databaseAppUrl']
const redactions = SECRET_FIELDS.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`])

interface LoggedError {
  readonly type: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
  readonly cause?: LoggedError
}

/** What is logged of an error. Nothing else of it is: a database error's other fields quote rows. */
export function describeError(error: unknown): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'not an error' }
  const { code } = error as { code?: unknown }
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === 'string' && { code }),
    ...(error.stack !== undefined && { stack: error.stack }),
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  }
}

/** Structured lines on standard error; `name` is the module that speaks. Operational only: evidence goes to the audit log. */
export function createLog(name: string, level: string): Log {
  return pino(
    {
      name,
      level,
      base: { name, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: redactions, censor: '[hidden]' },
      serializers: { err: describeError },
    },
    pino.destination({ dest: 2, sync: true }),
  )
}
