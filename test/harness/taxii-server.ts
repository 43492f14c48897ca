import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'

/** What a control server is made to do wrong: the number of a normative point. */
export type Fault = `T${number}`
type Faults = ReadonlySet<Fault>

interface Stored {
  readonly object: Record<string, unknown>
  readonly id: string
  readonly type: string
  readonly version: string
  readonly spec: string
  readonly added: number
}
interface Room {
  readonly id: string
  readonly read: boolean
  readonly write: boolean
  readonly alias?: string
  stored: Stored[]
}
interface Status {
  reads: number
  readonly body: Record<string, unknown>
}
type Query = URLSearchParams

export const LOGIN = { basic: 'client:the right password' }
const TAXII = 'application/taxii+json;version=2.1'
const STIX = 'application/stix+json;version=2.1'
const MOST_BODY = 100_000
const PAGE = 20
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/
/** Suites with an ephemeral key exchange and AEAD. */
const SUITES = 'TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:ECDHE+AESGCM:ECDHE+CHACHA20'

function isInstant(text: string): boolean {
  const whole = Date.parse(`${text.slice(0, 19)}Z`)
  return INSTANT.test(text) && !Number.isNaN(whole) && new Date(whole).toISOString().startsWith(text.slice(0, 19))
}

/** An answer that is no success. */
class Refusal extends Error {
  readonly status: number
  constructor(status: number, title: string) {
    super(title)
    this.status = status
  }
}

export interface TaxiiControl {
  readonly url: string
  /** Objects that clients put there and nobody deleted. */
  left(): number
  /** Puts an object there, as another client might. */
  add(): void
  close(): Promise<void>
}

interface Options {
  readonly cert: Buffer
  readonly key: Buffer
  readonly faults?: readonly Fault[]
  /** Authority of client certificates. */
  readonly clients?: Buffer
  /** Objects of the largest page. */
  readonly page?: number
}

/** A TAXII 2.1 server in memory that does everything right but its faults; for tests of whoever judges servers. */
export async function startTaxiiServer(options: Options): Promise<TaxiiControl> {
  const faults: Faults = new Set(options.faults)
  const taxii = new TaxiiServer(faults, options.page ?? PAGE)
  const suites = faults.has('T1') ? ({ minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const) : { ciphers: SUITES }
  const client = options.clients ? { requestCert: true, rejectUnauthorized: false, ca: options.clients } : {}
  const server = createServer({ cert: options.cert, key: options.key, ...suites, ...client }, (request, response) => void taxii.answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    left: () => taxii.planted,
    add: () => taxii.add(),
    close: () => new Promise((resolve) => (server.close(() => resolve()), server.closeAllConnections())),
  }
}

class TaxiiServer {
  readonly #faults: Faults
  readonly #most: number
  #own = 0
  readonly #rooms: Room[] = [
    { id: randomUUID(), read: true, write: true, alias: 'open', stored: [] },
    { id: randomUUID(), read: true, write: false, alias: 'closed', stored: [] },
    { id: randomUUID(), read: false, write: true, stored: [] },
    { id: randomUUID(), read: false, write: false, stored: [] },
  ]
  readonly #statuses = new Map<string, Status>()
  #clock = Date.UTC(2026, 0, 1) * 1000

  constructor(faults: Faults, page: number) {
    this.#most = page
    this.#faults = faults
    for (let n = 0; n < 8; n++) this.add()
  }

  add(): void {
    this.#store(this.#rooms[0]!, sample(this.#own++))
  }

  get planted(): number {
    return this.#rooms.reduce((sum, { stored }) => sum + stored.length, 0) - this.#own
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await this.#read(request)
      const { status = 200, value, dates = [], headers = {} } = this.#route(request, body)
      const first = dates.length > 0 ? { 'x-taxii-date-added-first': micros(Math.min(...dates)), 'x-taxii-date-added-last': micros(Math.max(...dates)) } : {}
      const named = this.#is('T20') && request.url!.includes('/versions/') ? {} : first
      response.writeHead(status, { 'content-type': TAXII, ...named, ...headers }).end(value === undefined ? '' : JSON.stringify(value))
    } catch (error) {
      const { status, message } = error instanceof Refusal ? error : new Refusal(500, 'a fault of the control itself')
      const login = status === 401 ? { 'www-authenticate': this.#is('T2') ? 'Bearer' : 'Basic realm="taxii", Bearer' } : {}
      const text = JSON.stringify({ title: message, http_status: this.#is('T29') ? '999' : String(status) })
      response.writeHead(status, { 'content-type': this.#is('T12') ? 'application/json' : TAXII, ...login }).end(text)
    }
  }

  #is(fault: Fault): boolean {
    return this.#faults.has(fault)
  }

  async #read(request: IncomingMessage): Promise<Buffer> {
    const parts: Buffer[] = []
    let size = 0
    for await (const part of request as AsyncIterable<Buffer>) {
      size += part.length
      if (size <= 2 * MOST_BODY) parts.push(part)
    }
    if (size > (this.#is('T10') ? MOST_BODY / 2 : MOST_BODY)) throw new Refusal(413, 'too large')
    return Buffer.concat(parts)
  }

  #route(request: IncomingMessage, body: Buffer): Reply {
    const { pathname, searchParams } = new URL(request.url!, 'https://localhost')
    if (!pathname.endsWith('/')) {
      if (this.#is('T11')) return { status: 301, headers: { location: `${pathname}/` } }
      throw new Refusal(404, 'no such path')
    }
    if (this.#is('T5') && request.headers['user-agent'] === undefined) throw new Refusal(400, 'who are you')
    this.#negotiate(request.headers.accept)
    const [root, area, id, part, object, versions, end] = pathname.split('/').slice(1, -1).map(decodeURIComponent)
    const known = this.#login(request)
    if (root === 'taxii2' && area === undefined) return { value: this.#discovery(known) }
    if (!known) throw new Refusal(this.#is('T3') && area === 'collections' ? 403 : 401, 'who are you')
    if (root !== 'root' || end !== undefined) throw new Refusal(404, 'no such path')
    if (area === undefined) return { value: { title: 'Root', versions: [TAXII], max_content_length: MOST_BODY } }
    if (area === 'status' && id !== undefined && part === undefined) return { value: this.#status(id) }
    if (area !== 'collections') throw new Refusal(404, 'no such path')
    if (id === undefined) return { value: { collections: this.#rooms.map((room) => this.#describe(room)) } }
    const room = this.#rooms.find((one) => one.id === id || one.alias === id)
    if (!room) throw new Refusal(this.#is('T34') ? 410 : 404, 'no such collection')
    if (part === undefined) return this.#is('T15') && room === this.#rooms[1] ? {} : { value: this.#describe(room) }
    return this.#content(request, room, [part, object, versions], searchParams, body)
  }

  #negotiate(accept = ''): void {
    const types = accept.split(',').map((type) => type.trim().replaceAll('; ', ';').replace(/;q=.*/, ''))
    const good = ['*/*', TAXII, ...(this.#is('T13') ? [] : ['application/taxii+json'])]
    if (!types.some((type) => good.includes(type))) throw new Refusal(406, 'not acceptable')
  }

  #login({ headers, socket }: IncomingMessage): boolean {
    const { authorized, getPeerCertificate } = socket as TLSSocket
    if (authorized || (this.#is('T4') && Object.keys(getPeerCertificate.call(socket) ?? {}).length > 0)) return true
    return headers.authorization === `Basic ${Buffer.from(LOGIN.basic).toString('base64')}`
  }

  #discovery(known: boolean): object {
    const title = this.#is('T6') && !known ? {} : { title: 'Control' }
    if (!known) return title
    const fallback = this.#is('T9') ? 'https://elsewhere.example/root/' : '/root/'
    const roots = this.#is('T8') ? ['/root/', '/gone/'] : ['/root/']
    return {
      ...title,
      default: fallback,
      api_roots: roots,
      [this.#is('T40') ? 'X-Colour' : 'x_control_colour']: 'red',
      ...(this.#is('T18') ? { Description: 'x' } : { description: 'x' }),
    }
  }

  #describe({ id, read, write, alias }: Room): object {
    const named = this.#is('T33') && alias === 'closed' ? 'open' : alias
    return { id, title: 'Room', can_read: read, can_write: write, media_types: [STIX], ...(named !== undefined && { alias: named }) }
  }

  #status(id: string): object {
    const found = this.#statuses.get(id)
    if (!found) throw new Refusal(this.#is('T32') ? 400 : 404, 'no such status')
    // The first one stays pending for a while, so that whoever waits has something to wait for.
    return this.#statuses.size === 1 && found.reads++ === 0 ? pending(found.body) : found.body
  }

  #content({ method, headers }: IncomingMessage, room: Room, path: (string | undefined)[], query: Query, body: Buffer): Reply {
    const [part, id, versions] = path
    if (method === 'DELETE' && part === 'objects' && id !== undefined) return this.#remove(room, id, query)
    if (method === 'POST' && part === 'objects' && id === undefined) return this.#post(room, headers['content-type'], body)
    if (!room.read) throw new Refusal(403, 'not yours to read')
    if (part === 'manifest' && id === undefined) return this.#page(room.stored, query, 'manifest')
    if (part !== 'objects') throw new Refusal(404, 'no such path')
    if (id === undefined) return this.#page(room.stored, query, 'envelope')
    const stored = room.stored.filter((one) => one.id === id)
    if (stored.length === 0) throw new Refusal(404, 'no such object')
    if (versions === undefined)
      return this.#page(stored, this.#is('T37') && query.get('match[version]') === 'first' ? new URLSearchParams() : query, 'envelope')
    if (versions !== 'versions') throw new Refusal(404, 'no such path')
    const all = select(stored, new URLSearchParams({ ...Object.fromEntries(query), 'match[version]': 'all' }), this.#faults)
    const listed = all.map(({ version }) => version).slice(this.#is('T39') ? 1 : 0)
    return { value: listed.length > 0 ? { versions: listed } : {}, dates: all.map(({ added }) => added) }
  }

  #page(stored: readonly Stored[], asked: Query, kind: 'envelope' | 'manifest'): Reply {
    check(asked, this.#faults)
    const cursor = readCursor(asked.get('next'))
    const query = this.#is('T7') && cursor ? new URLSearchParams(cursor.query) : asked
    const all = select(stored, query, this.#faults)
    const after = asked.get('added_after')
    const from = all.filter(({ added }) => (cursor ? added > cursor.added : after === null || this.#later(added, after)))
    const skip = this.#is('T24') && cursor && query.has('match[type]') ? 1 : 0
    const size = Math.min(Number(asked.get('limit')) || this.#most, this.#most) + (this.#is('T23') ? 1 : 0)
    const page = from.slice(skip, skip + size)
    const more = from.length > skip + size
    const last = page.at(-1)
    const filters = new URLSearchParams([...query].filter(([name]) => name.startsWith('match'))).toString()
    const next = more && last ? { more, next: Buffer.from(JSON.stringify({ added: last.added, query: filters })).toString('base64url') } : {}
    const items = kind === 'envelope' ? page.map(({ object }) => object) : page.map((one) => this.#record(one))
    if (this.#is('T19') && kind === 'envelope') items.reverse()
    const extra = this.#is('T30') && !more && kind === 'envelope' ? { more: 'no' } : {}
    return { value: { ...next, ...extra, ...(items.length > 0 && { objects: items }) }, dates: page.map(({ added }) => added) }
  }

  #later(added: number, after: string): boolean {
    const at = instant(after)
    return this.#is('T22') ? added >= at : added > at
  }

  #record({ id, version, added }: Stored): object {
    return { id, version, date_added: micros(added), media_type: this.#is('T35') ? 'application/vnd.other' : STIX }
  }

  #post(room: Room, type: string | undefined, body: Buffer): Reply {
    if (!room.write) throw new Refusal(403, 'not yours to write')
    const plain = (type ?? '').replaceAll(' ', '')
    if (plain !== TAXII && (plain !== 'application/taxii+json' || this.#is('T14'))) throw new Refusal(415, 'not a type for this')
    let objects: unknown
    try {
      objects = (JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as { objects?: unknown } | null)?.objects
    } catch {
      throw new Refusal(400, 'not JSON')
    }
    if (!Array.isArray(objects) || !objects.every((one) => typeof one === 'object' && !Array.isArray(one))) throw new Refusal(422, 'not an envelope')
    const results = objects.map((object: Record<string, unknown>) => ({
      id: asText(object.id) ?? '',
      version: asText(object.modified ?? object.created) ?? '',
      good: this.#store(room, object),
    }))
    const [good, bad] = [results.filter((one) => one.good), results.filter((one) => !one.good)]
    const details = (list: typeof results) => list.map(({ id, version }) => ({ id, version }))
    const status = {
      id: randomUUID(),
      status: 'complete',
      request_timestamp: this.#is('T16') ? '2026-01-01T00:00:00.000Z' : '2026-01-01T00:00:00.000000Z',
      total_count: objects.length + (this.#is('T31') ? 1 : 0),
      success_count: good.length,
      ...(good.length > 0 && { successes: details(good) }),
      failure_count: bad.length,
      ...((bad.length > 0 || this.#is('T17')) && { failures: details(bad) }),
      pending_count: 0,
    }
    this.#statuses.set(status.id, { reads: 0, body: status })
    return { status: 202, value: pending(status) }
  }

  /** Whether the object is taken. */
  #store(room: Room, object: Record<string, unknown>): boolean {
    const { id, type, modified, created, pattern, spec_version: spec } = object
    if (typeof id !== 'string' || typeof type !== 'string' || !id.startsWith(`${type}--`) || (type === 'indicator' && typeof pattern !== 'string')) return false
    const version = asText(modified ?? created) ?? '2026-01-01T00:00:00.000000Z'
    if (room.stored.some((one) => one.id === id && one.version === version)) return !this.#is('T36')
    room.stored.push({ object, id, type, version, spec: asText(spec) ?? '2.1', added: (this.#clock += 7) })
    return true
  }

  #remove(room: Room, id: string, query: Query): Reply {
    if (!room.read && !room.write) throw new Refusal(404, 'no such collection')
    if (!room.read || !room.write) throw new Refusal(403, 'not yours')
    const stored = room.stored.filter((one) => one.id === id)
    if (stored.length === 0) throw new Refusal(404, 'no such object')
    const gone = query.has('match[version]') && !this.#is('T38') ? select(stored, query, this.#faults) : stored
    room.stored = room.stored.filter((one) => !gone.includes(one))
    return {}
  }
}

interface Reply {
  readonly status?: number
  readonly value?: object
  readonly dates?: readonly number[]
  readonly headers?: Readonly<Record<string, string>>
}

function select(stored: readonly Stored[], query: Query, faults: Faults): Stored[] {
  const list = (name: string) => query.get(`match[${name}]`)?.split(',')
  const [ids, types, specs, wanted] = [list('id'), list('type'), list('spec_version'), list('version') ?? ['last']]
  const both = faults.has('T25') && ids && types
  return stored
    .filter(({ id, type }) => (both ? ids.includes(id) || types.includes(type) : (!ids || ids.includes(id)) && (!types || types.includes(type))))
    .filter(({ spec }) => !specs || specs.includes(spec) || (faults.has('T28') && !specs.includes('2.1')))
    .filter((one) => {
      const times = stored.filter(({ id }) => id === one.id).map(({ version }) => instant(version))
      const at = instant(one.version)
      return wanted.some(
        (word) => word === 'all' || (word === 'last' ? at === Math.max(...times) : word === 'first' ? at === Math.min(...times) : at === instant(word)),
      )
    })
}

/** Refuses what is malformed. */
function check(query: Query, faults: Faults): void {
  const bad = (name: string, good: (value: string) => boolean) => {
    const values = query.getAll(name)
    if (values.length > 1 || (values[0] !== undefined && !good(values[0]))) throw new Refusal(400, `malformed ${name}`)
  }
  const list = (good: (item: string) => boolean) => (value: string) => value.split(',').every(good)
  bad('limit', (value) => /^[1-9]\d{0,14}$/.test(value) || (faults.has('T21') && value === '0'))
  bad('added_after', isInstant)
  bad('next', (value) => readCursor(value) !== undefined)
  bad(
    'match[id]',
    list((item) => item !== ''),
  )
  bad(
    'match[type]',
    list((item) => item !== '' && (!faults.has('T26') || item !== 'incident')),
  )
  bad(
    'match[spec_version]',
    list((item) => /^\d\.\d$/.test(item)),
  )
  bad(
    'match[version]',
    list((item) => ['first', 'last', 'all'].includes(item) || isInstant(item)),
  )
  bad('match[version]', (value) => {
    const words = value.split(',')
    return new Set(words).size === words.length && (faults.has('T27') || !words.includes('all') || words.length === 1)
  })
}

function readCursor(text: string | null): { added: number; query: string } | undefined {
  if (text === null) return undefined
  try {
    const { added, query } = JSON.parse(Buffer.from(text, 'base64url').toString()) as { added: number; query: string }
    return typeof added === 'number' ? { added, query } : undefined
  } catch {
    return undefined
  }
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function pending(body: Record<string, unknown>): Record<string, unknown> {
  const { successes: _successes, failures, ...rest } = body
  const count = Number(body.success_count) + Number(body.failure_count)
  return {
    ...rest,
    status: 'pending',
    success_count: 0,
    failure_count: 0,
    pending_count: count,
    ...(Array.isArray(failures) && failures.length === 0 && { failures }),
  }
}

/** Microseconds of an instant, rounded down; enough for the instants of tests. */
function instant(text: string): number {
  const [, fraction = ''] = /\.(\d+)Z$/.exec(text) ?? []
  return Date.parse(`${text.slice(0, 19)}Z`) * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6))
}

function micros(value: number): string {
  return `${new Date(Math.floor(value / 1000)).toISOString().slice(0, 23)}${String(value % 1000).padStart(3, '0')}Z`
}

function sample(n: number): Record<string, unknown> {
  const at = `2025-01-01T00:00:${String(n % 60).padStart(2, '0')}.000Z`
  const common = { spec_version: '2.1', created: at, modified: at }
  if (n % 3 === 0) return { ...common, type: 'indicator', id: `indicator--${randomUUID()}`, pattern: "[file:name = 'a']", pattern_type: 'stix', valid_from: at }
  if (n % 3 === 1) return { ...common, type: 'malware', id: `malware--${randomUUID()}`, is_family: false }
  return { type: 'ipv4-addr', id: `ipv4-addr--${randomUUID()}`, value: `192.0.2.${n}` }
}
