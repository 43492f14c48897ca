import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { fromEpochMicroseconds, toMicroseconds } from '#exchange/stix/instant.ts'

/** An object as the remote server has it. */
export interface RemoteObject {
  readonly text: string
  readonly id: string
  readonly version: string
  /** Microseconds since 1970. */
  readonly at: number
}

/** What a server does wrong, or otherwise than ours; nothing of it at first. */
export interface Faults {
  /** `added_after` includes the instant itself. */
  inclusive?: boolean
  ignoresAddedAfter?: boolean
  ignoresLimit?: boolean
  /** Largest page, whatever is asked for. */
  largest?: number
  withoutHeaders?: boolean
  withoutManifest?: boolean
  withoutNext?: boolean
  /** Says `more` for ever: the same page with the same `next`, or with another each time. */
  endless?: 'same' | 'changing'
  /** The only way of naming the media type that is accepted. */
  accepts?: string
  contentType?: string
  /** Digits of a fraction that it writes and understands; more are refused. */
  digits?: 3 | 6
  refusesLimit?: boolean
  /** How many uses of a `next` are answered with this status. */
  lostNext?: { status: number; times: number }
  /** Answers that come before anything else, one per request. */
  answers?: { status: number; retryAfter?: string; location?: string }[]
  /** Never answers, or stops in the middle of a body. */
  silent?: boolean
  breaksOff?: number
  /** The whole body of a page. */
  body?: string
  /** A page of this many bytes. */
  endlessBody?: boolean
  /** Statuses are pending so often. */
  pending?: number
  /** Ids whose objects are refused, in the status. */
  refuses?: readonly string[]
  /** How the status names what was refused; unless said, as the standard has it. */
  failures?: unknown
  maxContentLength?: number
  /** Whole envelopes with such an object are refused with 422. */
  unprocessable?: readonly string[]
}

interface Asked {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingMessage['headers']
}

/** A TAXII 2.1 server on a free port of this machine, with one collection and the faults that a test turns on. */
export class RemoteTaxii {
  readonly collection = randomUUID()
  readonly objects: RemoteObject[] = []
  readonly posted: unknown[] = []
  readonly asked: Asked[] = []
  faults: Faults = {}
  /** Headers without which it answers 401. */
  authorization: string | undefined
  /** Called before each page of objects is answered. */
  onPage: () => Promise<void> | void = () => undefined
  origin = ''
  #sequence = Date.UTC(2026, 0, 1) * 1000
  readonly #statuses = new Map<string, { answer: object; pending: number }>()
  #close: () => Promise<void> = async () => undefined

  static async start(tls?: ServerOptions): Promise<RemoteTaxii> {
    const taxii = new RemoteTaxii()
    const receive = (request: IncomingMessage, response: ServerResponse) => void taxii.#receive(request, response)
    const server = tls ? createTlsServer(tls, receive) : createServer(receive)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    taxii.origin = `${tls ? 'https' : 'http'}://localhost:${(server.address() as AddressInfo).port}`
    taxii.#close = () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      })
    return taxii
  }

  get root(): string {
    return `${this.origin}/root/`
  }

  get collectionUrl(): string {
    return `${this.root}collections/${this.collection}/`
  }

  /** Requests for pages of objects so far. */
  get pages(): Asked[] {
    return this.asked.filter(({ method, url }) => method === 'GET' && url.pathname.endsWith('/objects/'))
  }

  /** Adds objects, each at an instant of its own unless they share one. */
  add(objects: readonly Readonly<Record<string, unknown>>[], { sameInstant = false } = {}): void {
    for (const object of objects) {
      if (!sameInstant || this.#sequence % 1000 === 0) this.#sequence += 1234
      const version = (object['modified'] ?? object['created'] ?? '1970-01-01T00:00:00Z') as string
      this.objects.push({ text: JSON.stringify(object), id: object['id'] as string, version, at: this.#sequence })
    }
    if (sameInstant) this.#sequence += 1234
  }

  /** Adds what is no object at all. */
  addText(text: string): void {
    this.#sequence += 1234
    this.objects.push({ text, id: 'none', version: '', at: this.#sequence })
  }

  close(): Promise<void> {
    return this.#close()
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.origin)
    this.asked.push({ method: request.method ?? '', url, headers: request.headers })
    const body = await bodyOf(request)
    const first = this.faults.answers?.shift()
    if (first) return this.#answer(response, first.status, '{}', { ...(first.retryAfter && { 'retry-after': first.retryAfter }), ...(first.location && { location: first.location }) }) // prettier-ignore
    if (this.faults.silent) return
    const certified = request.socket && 'authorized' in request.socket && (request.socket as TLSSocket).authorized
    if (this.authorization !== undefined && request.headers.authorization !== this.authorization && !(this.authorization === 'certificate' && certified))
      return this.#answer(response, 401, '{"title":"no"}', { 'www-authenticate': 'Basic realm="x"' })
    if (this.faults.accepts !== undefined && request.headers.accept !== this.faults.accepts) return this.#answer(response, 406, '{"title":"no"}')
    await this.#route(request.method ?? '', url, body, response)
  }

  async #route(method: string, url: URL, body: Buffer, response: ServerResponse): Promise<void> {
    const json = (value: object) => this.#answer(response, 200, JSON.stringify(value))
    const collection = { id: this.collection, title: 'Remote collection', can_read: true, can_write: true }
    const base = new URL(this.collectionUrl).pathname
    if (url.pathname === '/taxii2/') return json({ title: 'Remote', default: this.root, api_roots: [this.root, 'https://elsewhere.example/root/'] })
    if (url.pathname === '/root/')
      return json({ title: 'Root', versions: ['application/taxii+json;version=2.1'], max_content_length: this.faults.maxContentLength ?? 1_000_000 })
    if (url.pathname === '/root/collections/') return json({ collections: [collection] })
    if (url.pathname === base) return json(collection)
    if (url.pathname === `${base}manifest/` && !this.faults.withoutManifest) return json({ objects: this.#manifest(url.searchParams) })
    if (url.pathname === `${base}objects/`) return method === 'POST' ? this.#post(body, response) : this.#page(url.searchParams, response)
    const status = /^\/root\/status\/([^/]+)\/$/.exec(url.pathname)
    if (status) return this.#status(status[1]!, response)
    return this.#answer(response, 404, '{"title":"no"}')
  }

  #manifest(query: URLSearchParams) {
    const id = query.get('match[id]')
    return this.objects
      .filter((object) => id === null || object.id === id)
      .map(({ id, version, at }) => ({ id, version, date_added: this.#write(at) }))
      .slice(0, 100)
  }

  async #page(query: URLSearchParams, response: ServerResponse): Promise<void> {
    await this.onPage()
    const { faults } = this
    const after = query.get('added_after')
    const next = query.get('next')
    if (faults.refusesLimit && query.has('limit')) return this.#answer(response, 400, '{"title":"no"}')
    if (after !== null && !this.#understands(after)) return this.#answer(response, 400, '{"title":"no"}')
    if (next !== null && faults.lostNext && faults.lostNext.times-- > 0) return this.#answer(response, faults.lostNext.status, '{"title":"no"}')
    if (faults.body !== undefined) return this.#answer(response, 200, faults.body)
    if (faults.endlessBody) return this.#pour(response)
    const wanted = query.get('match[id]')?.split(',')
    const found = this.#after(after).filter(({ id }) => wanted === undefined || wanted.includes(id))
    const from = next === null || faults.endless ? 0 : Number(/\d+/.exec(next)![0])
    const limit = faults.ignoresLimit ? found.length : Math.min(Number(query.get('limit') ?? 1_000_000), faults.largest ?? 1_000_000)
    const page = found.slice(from, from + limit)
    const more = faults.endless !== undefined || from + page.length < found.length
    const token = faults.endless === 'same' ? 'n0' : faults.endless ? randomUUID() : `n${from + page.length}`
    const said = { ...(more && { more, ...(!faults.withoutNext && { next: token }) }) }
    const text = `{${JSON.stringify(said).slice(1, -1)}${more ? ',' : ''}"objects":[${page.map((object) => object.text).join(',')}]}`
    const dates = page.length === 0 || faults.withoutHeaders ? {} : { 'x-taxii-date-added-first': this.#write(page[0]!.at), 'x-taxii-date-added-last': this.#write(page.at(-1)!.at) } // prettier-ignore
    this.#answer(response, 200, page.length === 0 ? '{}' : text, dates)
  }

  #after(after: string | null): RemoteObject[] {
    if (after === null || this.faults.ignoresAddedAfter) return this.objects
    const at = toMicroseconds(after)!
    return this.objects.filter((object) => {
      const added = fromEpochMicroseconds(object.at)
      return added > at || (this.faults.inclusive === true && added === at)
    })
  }

  #understands(after: string): boolean {
    const digits = this.faults.digits === 3 ? /\.\d{3}Z$|:\d\dZ$/ : /Z$/
    return toMicroseconds(after) !== undefined && digits.test(after)
  }

  #write(at: number): string {
    const text = fromEpochMicroseconds(at)
    return this.faults.digits === 3 ? `${text.slice(0, 23)}Z` : text
  }

  #post(body: Buffer, response: ServerResponse): void {
    if (body.length > (this.faults.maxContentLength ?? 1_000_000)) return this.#answer(response, 413, '{"title":"no"}')
    const { objects } = JSON.parse(body.toString('utf8')) as { objects: { id: string; modified?: string }[] }
    if (objects.some(({ id }) => this.faults.unprocessable?.includes(id))) return this.#answer(response, 422, '{"title":"no"}')
    const refused = objects.filter(({ id }) => this.faults.refuses?.includes(id))
    this.posted.push(...objects.filter(({ id }) => !this.faults.refuses?.includes(id)))
    const id = randomUUID()
    const named = (one: { id: string; modified?: string }) => ({ id: one.id, version: one.modified ?? '2026-01-01T00:00:00Z' })
    const counts = { total_count: objects.length, success_count: objects.length - refused.length, failure_count: refused.length, pending_count: 0 }
    const answer = {
      id,
      status: 'complete',
      ...counts,
      ...(refused.length > 0 && { failures: this.faults.failures ?? refused.map((one) => ({ ...named(one), message: 'not wanted' })) }),
    }
    this.#statuses.set(id, { answer, pending: this.faults.pending ?? 0 })
    this.#status(id, response, 202)
  }

  #status(id: string, response: ServerResponse, code = 200): void {
    const status = this.#statuses.get(id)
    if (!status) return this.#answer(response, 404, '{"title":"no"}')
    const { total_count: total } = status.answer as { total_count: number }
    const pending = { id, status: 'pending', total_count: total, success_count: 0, failure_count: 0, pending_count: total }
    this.#answer(response, code, JSON.stringify(status.pending-- > 0 ? pending : status.answer))
  }

  #pour(response: ServerResponse): void {
    const piece = Buffer.from(`"${'x'.repeat(1024 * 1024)}",`)
    response.writeHead(200, { 'content-type': 'application/taxii+json;version=2.1' }).write('{"objects":[')
    const go = () => {
      while (!response.destroyed && response.write(piece));
      if (!response.destroyed) response.once('drain', go)
    }
    go()
  }

  #answer(response: ServerResponse, status: number, text: string, headers: Readonly<Record<string, string>> = {}): void {
    const { breaksOff, contentType = 'application/taxii+json;version=2.1' } = this.faults
    response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(text), ...headers })
    if (breaksOff === undefined || status !== 200) return void response.end(text)
    response.write(text.slice(0, breaksOff), () => response.destroy())
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
  return Buffer.concat(parts)
}
