import type { IncomingMessage } from 'node:http'
import { asNotTaxii, asRemoteFailure, readRetryAfter, failureOfStatus, RemoteFailure } from '#exchange/remotes/failure.ts'
import { headersOf, identityOf, type LoginSecret } from '#exchange/remotes/login.ts'
import { Gathered } from '#platform/gathered.ts'
import { guardedRequest, type Outgoing, type TlsChoice } from '#platform/http/guarded-fetch.ts'
import { parseStrictJson } from '#platform/http/strict-json.ts'
import { TAXII_MEDIA_TYPE } from '#exchange/taxii/contract.ts'

/** Most bytes of a page, and of an answer that is no page. */
export const MOST_PAGE_BYTES = 100 * 1024 * 1024
const MOST_ANSWER_BYTES = 1024 * 1024
/** How long a server may be silent, and how long one answer may take in all. */
const SILENT_MS = 30_000
const LONGEST_MS = 10 * 60_000
const MOST_REDIRECTS = 3

/** Ways to name the media type: the standard's, then what servers take that read it otherwise. */
const ACCEPTS = [TAXII_MEDIA_TYPE, 'application/taxii+json; version=2.1', 'application/taxii+json', '*/*'] as const

/** What a server needs asked otherwise than the standard has it; kept, so that it is found out once. */
export interface Manners {
  /** Which of the ways to name the media type it takes. */
  readonly accept: number
  /** Digits of a fraction of a second that it can read. */
  readonly digits: 6 | 3 | 0
  /** Whether it can be asked for a page of a certain size. */
  readonly limit: boolean
}
export const USUAL: Manners = { accept: 0, digits: 6, limit: true }

export interface ConnectionOptions {
  readonly privateHosts: readonly string[]
  /** The only origin that gets the credentials. */
  readonly origin: string
  readonly login: LoginSecret
  readonly ca: string | null
  readonly now: () => Date
  readonly signal: AbortSignal
  readonly manners?: Manners
  /** Silence that is borne, in milliseconds; thirty seconds unless said. */
  readonly silentMs?: number
}

/** An answer whose status says success. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  /** The server's clock, or ours where it does not say, in milliseconds since 1970. */
  readonly servedAt: number
}

/**
 * Speaks to one remote server. Every address, also one that is redirected to, is checked as `guardedRequest` does; credentials
 * and client certificate go to one origin alone. Throws RemoteFailure for all that can go wrong there, and the signal's reason.
 */
export class RemoteClient {
  manners: Manners
  readonly #options: ConnectionOptions

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.manners = options.manners ?? USUAL
  }

  /** Reads a resource of at most 1 MiB. */
  async getJson(address: string): Promise<unknown> {
    const gathered = new Gathered()
    await this.get(address, MOST_ANSWER_BYTES, (part) => gathered.add(part))
    return parseAnswer(gathered.end())
  }

  /** Reads an answer of any length up to `mostBytes`, part by part; the next part is asked for once the one before was taken. */
  async get(address: string, mostBytes: number, take: (part: Buffer) => Promise<void> | void): Promise<Answer> {
    return this.#negotiated((accept) => this.#exchange(address, { headers: { accept } }, mostBytes, take))
  }

  /** Posts an envelope and reads the status resource (section 5.5). */
  async postEnvelope(address: string, body: Buffer): Promise<unknown> {
    let gathered = new Gathered()
    await this.#negotiated((accept) => {
      gathered = new Gathered()
      const type = accept === '*/*' ? TAXII_MEDIA_TYPE : accept
      return this.#exchange(address, { method: 'POST', headers: { accept, 'content-type': type }, body }, MOST_ANSWER_BYTES, (part) => gathered.add(part))
    })
    return parseAnswer(gathered.end())
  }

  /** What is not acceptable in one way of naming the media type is asked for in the next. */
  async #negotiated(ask: (accept: string) => Promise<Answer>): Promise<Answer> {
    const first = this.manners.accept
    for (let tried = 0; ; tried++) {
      const accept = (first + tried) % ACCEPTS.length
      try {
        const answer = await ask(ACCEPTS[accept]!)
        this.manners = { ...this.manners, accept }
        return answer
      } catch (error) {
        const { status } = error as Partial<RemoteFailure>
        if (!(error instanceof RemoteFailure) || (status !== 406 && status !== 415) || tried === ACCEPTS.length - 1) throw error
      }
    }
  }

  async #exchange(address: string, outgoing: Outgoing, mostBytes: number, take: (part: Buffer) => Promise<void> | void): Promise<Answer> {
    const { signal, silentMs = SILENT_MS, now } = this.#options
    const stop = new AbortController()
    const longest = AbortSignal.timeout(LONGEST_MS)
    const heard = <T>(work: Promise<T>) => soonEnough(work, silentMs, stop)
    try {
      const answer = await heard(this.#follow(address, { ...outgoing, signal: AbortSignal.any([signal, stop.signal, longest]) }))
      const at = now().getTime()
      const failure = failureOfStatus(answer.statusCode ?? 500, readRetryAfter(answer.headers['retry-after'], at))
      if (failure) {
        answer.destroy()
        throw failure
      }
      await readAll(answer, mostBytes, take, heard)
      const date = Date.parse(answer.headers.date ?? '')
      return { status: answer.statusCode!, headers: answer.headers, servedAt: Number.isNaN(date) ? at : date }
    } catch (error) {
      if (signal.aborted) throw signal.reason
      if (longest.aborted) throw new RemoteFailure('too-slow', { cause: error })
      throw asRemoteFailure(error)
    }
  }

  /** Only what is read is redirected; elsewhere nobody is told who asks. */
  async #follow(address: string, outgoing: Outgoing & { readonly signal: AbortSignal }): Promise<IncomingMessage> {
    const { origin, login, ca } = this.#options
    let url = new URL(address)
    for (let redirects = 0; ; redirects++) {
      const own = url.origin === origin
      const tls: TlsChoice = url.protocol === 'https:' ? { ...(own && identityOf(login)), ...(own && ca !== null && { ca }) } : {}
      const headers = { ...outgoing.headers, 'user-agent': 'Vedette', ...(own && headersOf(login)) }
      const answer = await guardedRequest(this.#options.privateHosts, undefined, tls)(url.href, { ...outgoing, headers })
      const target = redirectOf(answer, url)
      if (target === undefined) return answer
      answer.destroy()
      if (redirects === MOST_REDIRECTS || outgoing.method === 'POST' || (url.protocol === 'https:' && target.protocol !== 'https:'))
        throw new RemoteFailure('redirected', { status: answer.statusCode })
      url = target
    }
  }
}

function redirectOf({ statusCode = 500, headers: { location } }: IncomingMessage, from: URL): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(statusCode) || location === undefined) return undefined
  return URL.canParse(location, from.href) ? new URL(location, from.href) : undefined
}

/** What the server has to say within this long, or nothing more is heard of it. How long it takes to deal with what was heard does not count. */
function soonEnough<T>(work: Promise<T>, ms: number, stop: AbortController): Promise<T> {
  const limit = AbortSignal.timeout(ms)
  return new Promise((resolve, reject) => {
    const end = () => {
      reject(new RemoteFailure('too-slow'))
      stop.abort()
    }
    limit.addEventListener('abort', end, { once: true })
    work.then(resolve, reject).finally(() => limit.removeEventListener('abort', end))
  })
}

async function readAll(
  answer: IncomingMessage,
  mostBytes: number,
  take: (part: Buffer) => Promise<void> | void,
  heard: <T>(work: Promise<T>) => Promise<T>,
): Promise<void> {
  const parts = answer[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let size = 0
  try {
    for (let next = await heard(parts.next()); !next.done; next = await heard(parts.next())) {
      size += next.value.length
      if (size > mostBytes) throw new RemoteFailure('too-long')
      await take(next.value)
    }
  } finally {
    answer.destroy()
  }
}

/** Throws RemoteFailure for what is not JSON, whatever it says it is. */
function parseAnswer(bytes: Buffer): unknown {
  try {
    return parseStrictJson(bytes)
  } catch (error) {
    throw asNotTaxii(error)
  }
}
