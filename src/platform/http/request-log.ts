import type { Log } from '#platform/log.ts'

/** The framework's log of one request, which says the request's id with each line. Most requests log nothing, and for them it is not made. */
export class RequestLog {
  readonly #parent: Log
  readonly #bindings: object
  #own: Log | undefined

  constructor(parent: Log, bindings: object) {
    this.#parent = parent
    this.#bindings = bindings
  }

  get level(): string {
    return this.#parent.level
  }

  fatal(...line: unknown[]): void {
    this.#write('fatal', line)
  }

  error(...line: unknown[]): void {
    this.#write('error', line)
  }

  warn(...line: unknown[]): void {
    this.#write('warn', line)
  }

  info(...line: unknown[]): void {
    this.#write('info', line)
  }

  debug(...line: unknown[]): void {
    this.#write('debug', line)
  }

  trace(...line: unknown[]): void {
    this.#write('trace', line)
  }

  child(bindings: object): Log {
    return this.#made().child(bindings)
  }

  #made(): Log {
    return (this.#own ??= this.#parent.child(this.#bindings))
  }

  #write(level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace', line: readonly unknown[]): void {
    const log = this.#made()
    Reflect.apply(log[level], log, line)
  }
}
