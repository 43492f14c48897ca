import { Agent as PlainAgent, request as requestPlain, type ClientRequest, type IncomingMessage } from 'node:http'
import { Agent as TlsAgent, request as requestTls } from 'node:https'
import { pause } from '#platform/clock/clock.ts'
import { Turn, type Answer, type Asked } from '#exchange/conformance/turn.ts'

export const TAXII = 'application/taxii+json;version=2.1'
const USER_AGENT = 'vedette-taxii-check/1'
/** How often a server that asks for patience (429, 503 with Retry-After) is asked again. */
const MOST_PATIENCE = 3
/** More than a check of the largest collection needs; a server that pages without end reaches it. */
const MOST_REQUESTS = 20_000

export interface ClientOptions {
  /** Value of `Authorization`; nothing where there is no login but perhaps a certificate. */
  readonly authorization?: string | undefined
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
  readonly timeoutMs: number
  /** Longest body that is read. */
  readonly mostBytes: number
  /** Requests after which the client counts as ended. */
  readonly mostRequests?: number
  /** Ends every request that is under way and all later ones. */
  readonly stop: AbortSignal
}

export interface Question {
  readonly method?: string
  readonly url: string
  /** Instead of the ordinary ones; undefined takes one away. */
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly body?: Buffer | string | undefined
  /** Whether login and client certificate that were given go along, or the certificate alone; another text is sent as `Authorization` instead of both. */
  readonly login?: 'given' | 'certificate' | 'none' | { readonly authorization: string }
  /** Another certificate of the client, with its key, instead of the one that was given. */
  readonly certificate?: { readonly cert: string; readonly key: string }
}

/**
 * An HTTP client that trusts no server: every request has a time-out and every body a cap, redirects are answered as they are, and
 * whatever goes wrong on the way is a Turn with its reason and never an exception.
 */
export class Client {
  /** Requests that were sent so far. */
  requests = 0
  readonly #options: ClientOptions
  readonly #agents = { plain: new PlainAgent({ keepAlive: true, maxSockets: 4 }), given: this.#tlsAgent(), none: this.#tlsAgent() }

  constructor(options: ClientOptions) {
    this.#options = options
  }

  async send(question: Question): Promise<Turn> {
    if (this.stopped) return new Turn(this.#asked(question), 'the check was ended')
    for (let attempt = 0; ; attempt++) {
      const turn = await this.#once(this.#asked(question), question, true)
      const seconds = patience(turn)
      if (seconds === undefined || attempt === MOST_PATIENCE || this.stopped) return turn
      await pause(seconds * 1000, this.#options.stop)
    }
  }

  /** Whether the check was ended from outside, or has asked as much as it may. */
  get stopped(): boolean {
    return this.#options.stop.aborted || this.requests >= (this.#options.mostRequests ?? MOST_REQUESTS)
  }

  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy()
  }

  #tlsAgent(): TlsAgent {
    return new TlsAgent({ keepAlive: true, maxSockets: 4 })
  }

  #asked({ method = 'GET', url, headers, body, login = 'given' }: Question): Asked {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    const authorization = login === 'given' ? this.#options.authorization : typeof login === 'string' ? undefined : login.authorization
    const all: Record<string, string | undefined> = {
      accept: TAXII,
      'user-agent': USER_AGENT,
      authorization,
      ...(bytes && { 'content-type': TAXII, 'content-length': String(bytes.length) }),
      ...headers,
    }
    const said = Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined))
    return { method, url, headers: said, body: bytes }
  }

  async #once(asked: Asked, question: Question, retry: boolean): Promise<Turn> {
    this.requests++
    const limit = AbortSignal.timeout(this.#options.timeoutMs)
    const came = await new Promise<Answer | { failure: string; stale: boolean }>((resolve) => {
      let outgoing: ClientRequest
      const fail = (error: unknown) => resolve({ failure: this.#reason(error, limit), stale: isStale(outgoing, error) })
      try {
        outgoing = this.#open(asked, question, AbortSignal.any([this.#options.stop, limit]))
        outgoing.on('error', fail)
        // Once an answer begins, what becomes of the rest of the request no longer matters: a body may be refused half-way.
        outgoing.on('response', (message) => {
          outgoing.off('error', fail).on('error', () => undefined)
          collect(message, this.#options.mostBytes).then(resolve, fail)
        })
        outgoing.end(asked.body)
      } catch (error) {
        resolve({ failure: this.#reason(error, limit), stale: false })
      }
    })
    if (!('failure' in came)) return new Turn(asked, came)
    return came.stale && retry ? this.#once(asked, question, false) : new Turn(asked, came.failure)
  }

  #open(asked: Asked, { login = 'given', certificate }: Question, signal: AbortSignal): ClientRequest {
    const { method, headers } = asked
    const url = new URL(asked.url)
    const plainly = { method, headers, signal, setDefaultHeaders: true }
    if (url.protocol === 'http:') return requestPlain(url, { ...plainly, agent: this.#agents.plain })
    const { ca, cert, key } = this.#options
    const own = certificate ?? ((login !== 'given' && login !== 'certificate') || cert === undefined ? undefined : { cert, key })
    const agent = certificate ? false : own ? this.#agents.given : this.#agents.none
    return requestTls(url, { ...plainly, agent, ca, ...own })
  }

  #reason(error: unknown, limit: AbortSignal): string {
    if (limit.aborted) return `no whole answer within ${this.#options.timeoutMs / 1000} s`
    if (this.#options.stop.aborted) return 'the check was ended'
    return reasonOf(error)
  }
}

/** Why a connection or an answer failed, as a person reads it. */
export function reasonOf(error: unknown): string {
  const { code = '', message = String(error) } = error as { code?: string; message?: string }
  const known: Record<string, string> = {
    ECONNREFUSED: 'nothing listens there',
    ECONNRESET: 'the connection was cut',
    ENOTFOUND: 'there is no such host',
    EAI_AGAIN: 'the name of the host cannot be looked up',
    ETIMEDOUT: 'no connection in time',
    EPIPE: 'the connection was cut while the request was sent',
  }
  if (code.startsWith('HPE_')) return `the answer is not HTTP (${code})`
  return known[code] ?? `${message}${code === '' ? '' : ` (${code})`}`.replaceAll(/\s+/g, ' ').slice(0, 300)
}

/** A connection that the server had closed already when it was taken again: nothing was read of the request. */
function isStale(outgoing: ClientRequest, error: unknown): boolean {
  return outgoing.reusedSocket && (error as { code?: string }).code === 'ECONNRESET'
}

async function collect(message: IncomingMessage, mostBytes: number): Promise<Answer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of message as AsyncIterable<Buffer>) {
    size += part.length
    // Leaving the loop destroys the connection.
    if (size > mostBytes) throw new Error(`a body of more than ${Math.round(mostBytes / 1024 / 1024)} MB, which was cut off`)
    parts.push(part)
  }
  const headers = Object.fromEntries(Object.entries(message.headersDistinct).map(([name, values]) => [name, (values ?? []).join(', ')]))
  return { status: message.statusCode ?? 0, headers, body: Buffer.concat(parts) }
}

function patience(turn: Turn): number | undefined {
  if (turn.status !== 429 && turn.status !== 503) return undefined
  const seconds = /^\d{1,3}$/.exec(turn.header('retry-after') ?? '')?.[0]
  if (seconds === undefined) return turn.status === 429 ? 1 : undefined
  return Math.min(Number(seconds), 30)
}
