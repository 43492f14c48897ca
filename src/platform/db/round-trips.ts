import pg from 'pg'
import type { KeptPlans } from '#platform/db/keep-plans.ts'

/** What every transaction says first: it changes nothing by itself, so it waits for the statement after it and goes in the same message. */
const FIRST: ReadonlyMap<string, string> = new Map([
  ['begin', 'first_begin'],
  ['start transaction read only', 'first_read'],
  ['start transaction isolation level repeatable read read only', 'first_snapshot'],
])
const LAST = new Set(['commit', 'rollback'])

/** A statement under a name of its own, with its values. */
interface Prepared {
  readonly name: string
  readonly values: readonly string[]
  readonly begins: boolean
}

/** As much of the driver's connection as is used here: how it writes its own statements. */
interface Connection {
  readonly stream: { cork(): void; uncork(): void }
  parse(statement: { name: string; text: string }): void
  bind(portal: { statement: string; values: readonly string[] }): void
  execute(portal: object): void
  sync(): void
}

/** As much of the driver's own query as is used here. */
interface DriverQuery {
  readonly name: string | undefined
  readonly text: string
  callback: Callback
  submit(connection: Connection): Error | null
  handleRowDescription(message: unknown): void
  handleDataRow(message: unknown): void
  handleCommandComplete(message: unknown, connection: Connection): void
  handleError(error: Error, connection: Connection): void
  handleReadyForQuery(connection: Connection): void
}
type Callback = (error: Error | null | undefined, result?: unknown) => void
const DriverQuery = pg.Query as unknown as new (config: object, values: undefined, callback: Callback) => DriverQuery

/**
 * Makes a connection send the beginning of a transaction, and `settings` (the one statement that says who asks), in one message with
 * the statement after them: each message that is waited for costs more time of processor than most statements. A transaction in
 * which nothing was asked is not begun at all. Without a beginning before them, settings and the statement after them are one
 * transaction by themselves. Errors of what waited are errors of the statement that it was sent with.
 * For a new connection, before anybody uses it.
 */
export async function joinMessages(client: pg.ClientBase, plans: KeptPlans, settings: readonly string[]): Promise<void> {
  const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>
  const names = new Map([...FIRST, ...settings.map((text, n) => [text, `first_settings_${n}`] as const)])
  let waiting: Prepared[] = []
  await new Promise<void>((resolve, reject) => void query(new Preparation(names, (error) => (error ? reject(error) : resolve()))))

  function hold(text: string, values: readonly string[]): boolean {
    const name = names.get(text)
    if (name === undefined) return false
    const begins = FIRST.has(text)
    // Only what was said last of who asks counts.
    if (!begins) waiting = waiting.filter((before) => before.begins)
    waiting.push({ name, values, begins })
    return true
  }

  /** Whether the end of a transaction ends one that was never begun; settings before an end are of no use to anybody. */
  function endsNothing(text: string): boolean {
    const begun = waiting.some(({ begins }) => begins)
    if (LAST.has(text)) waiting = []
    return LAST.has(text) && begun
  }

  function sendWaiting(text: string, values: readonly unknown[]): Promise<unknown> {
    const before = waiting
    waiting = []
    return new Promise((resolve, reject) => {
      const name = values.length > 0 ? plans.nameOf(text) : undefined
      const callback: Callback = (error, result) => (error ? reject(error) : resolve(result))
      const config = { text, values, queryMode: 'extended', ...(name !== undefined && { name }) }
      void query(new Joined(before, new DriverQuery(config, undefined, callback)))
    }).catch((error: Error) => {
      plans.failed(text, error)
      Error.captureStackTrace(error)
      throw error
    })
  }

  client.query = ((text: unknown, values: unknown = [], ...rest: unknown[]) => {
    const plain = typeof text === 'string' && Array.isArray(values) && rest.length === 0
    if (plain && hold(text, values as string[])) return Promise.resolve(NOTHING)
    if (plain && waiting.length > 0 && endsNothing(text)) return Promise.resolve({ ...NOTHING, command: text.toUpperCase() })
    if (waiting.length === 0) return query(text, values, ...rest)
    if (plain && (values.length > 0 || !text.includes(';'))) return sendWaiting(text, values)
    // Several statements in one text, or a cursor, are messages of their own: they go after what waited.
    sendWaiting('select', []).catch(() => undefined)
    return query(text, values, ...rest)
  }) as typeof client.query
}

const NOTHING = { command: '', rowCount: 0, oid: 0, rows: [], fields: [] }

/** Gives the statements their names on a new connection. */
class Preparation {
  readonly #texts: ReadonlyMap<string, string>
  readonly callback: Callback

  constructor(texts: ReadonlyMap<string, string>, callback: Callback) {
    this.#texts = texts
    this.callback = callback
  }

  submit(connection: Connection): null {
    connection.stream.cork()
    for (const [text, name] of this.#texts) connection.parse({ name, text })
    connection.sync()
    connection.stream.uncork()
    return null
  }

  handleError(error: Error): void {
    this.callback(error)
  }

  handleReadyForQuery(): void {
    this.callback(undefined)
  }
}

/** Statements that are sent together and answered together; the last one's result is that of all. */
class Joined {
  readonly #before: readonly Prepared[]
  readonly #last: DriverQuery
  #answered = 0

  constructor(before: readonly Prepared[], last: DriverQuery) {
    this.#before = before
    this.#last = last
  }

  get name(): string | undefined {
    return this.#last.name
  }

  get text(): string {
    return this.#last.text
  }

  get callback(): Callback {
    return this.#last.callback
  }

  set callback(callback: Callback) {
    this.#last.callback = callback
  }

  submit(connection: Connection): Error | null {
    connection.stream.cork()
    try {
      for (const { name, values } of this.#before) {
        connection.bind({ statement: name, values })
        connection.execute({})
      }
      return this.#last.submit(connection)
    } finally {
      connection.stream.uncork()
    }
  }

  handleRowDescription(message: unknown): void {
    this.#last.handleRowDescription(message)
  }

  handleDataRow(message: unknown): void {
    if (this.#answered === this.#before.length) this.#last.handleDataRow(message)
  }

  handleCommandComplete(message: unknown, connection: Connection): void {
    if (this.#answered === this.#before.length) this.#last.handleCommandComplete(message, connection)
    else this.#answered++
  }

  handleEmptyQuery(): void {}

  handleError(error: Error, connection: Connection): void {
    this.#last.handleError(error, connection)
  }

  handleReadyForQuery(connection: Connection): void {
    this.#last.handleReadyForQuery(connection)
  }
}
