import { pino, type Logger } from 'pino'

export type Log = Logger

/** Values under these names never reach a log line, however deep they lie. */
const SECRET_FIELDS = ['authorization', 'cookie', 'token', 'secret', 'password', 'signInUrl', 'databaseUrl', 'databaseAppUrl']
const redactions = SECRET_FIELDS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `*["set-cookie"]`])

/** Structured lines on standard error; `name` is the module that speaks. Operational only: evidence goes to the audit log. */
export function createLog(name: string, level: string): Log {
  return pino(
    {
      name,
      level,
      base: { name, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: [...new Set(redactions)], censor: '[hidden]' },
    },
    pino.destination({ dest: 2, sync: true }),
  )
}
