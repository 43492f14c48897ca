import type { IncomingMessage } from 'node:http'
import { pause } from '#platform/clock/clock.ts'
import { RefusedAddress } from '#platform/http/guarded-fetch.ts'
import { destinationOf, type DestinationRules } from './destination.ts'
import { headersOf, type Exchange } from './exchange.ts'
import type { Exit } from './exits.ts'
import { openConnection, send, withoutHops } from './outward.ts'
import type { ExchangeRecord } from './record.ts'
import { copy, isUpgrade, joinSockets, refuse, type Reply } from './reply.ts'

/** An answer that is made here. */
export interface MadeAnswer {
  readonly status: number
  /** Flat list of names and values. */
  readonly headers: readonly string[]
  readonly body: Buffer
}

export interface Asked {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** What becomes of requests: nothing passes, all are answered here, or they leave by an exit. */
export type Ways =
  | { readonly kind: 'none' }
  | { readonly kind: 'simulated'; readonly answer: (asked: Asked) => MadeAnswer }
  | { readonly kind: 'exit'; readonly exit: Exit; readonly rules: DestinationRules }

export interface ProxyTimes {
  /** Until a server answers. */
  readonly answerMs: number
  /** Until its answer is complete. */
  readonly wholeMs: number
}

/** What one request needs. */
export interface RequestRules {
  readonly ways: Ways
  readonly record: ExchangeRecord
  readonly times: ProxyTimes
  /** Fires when the proxy ends. */
  readonly ended: AbortSignal
}

const NOTHING_PASSES = 'nothing passes: egress is off for this submission'

/** Carries one request out, or refuses it, and records what became of it. Never rejects. */
export async function carryOut(rules: RequestRules, url: URL, request: IncomingMessage, reply: Reply, serverName?: string): Promise<void> {
  const exchange = rules.record.begin(isUpgrade(reply) ? 'websocket' : 'http', request.method ?? '', url.href, request.rawHeaders)
  if (!exchange) return refuse(reply, 'too many requests')
  if (serverName !== undefined && serverName !== url.hostname) exchange.server_name = serverName.slice(0, 255)
  try {
    const body = isUpgrade(reply) ? Buffer.alloc(0) : await bodyOf(rules.record, request, exchange)
    if (rules.ways.kind === 'none') throw new RefusedAddress(NOTHING_PASSES)
    if (rules.ways.kind === 'exit') await pass(rules, rules.ways, { url, request, body }, exchange, reply)
    else await simulate(rules.record, rules.ways.answer({ method: request.method ?? '', url, headers: request.headers }), exchange, reply)
  } catch (error) {
    exchange.outcome = error instanceof RefusedAddress ? 'refused' : 'failed'
    exchange.why ??= reasonOf(error)
    refuse(reply, exchange.why)
  }
}

async function bodyOf(record: ExchangeRecord, request: IncomingMessage, exchange: Exchange): Promise<Buffer> {
  const passing = record.body()
  const parts: Buffer[] = []
  for await (const part of request as AsyncIterable<Buffer>) {
    if (passing.add(part).length < part.length) throw new RefusedAddress('a request that is too long')
    parts.push(part)
  }
  if (parts.length > 0) exchange.request.body = await passing.end(request.headers['content-type'], request.headers['content-encoding'])
  return Buffer.concat(parts)
}

async function simulate(record: ExchangeRecord, made: MadeAnswer, exchange: Exchange, reply: Reply): Promise<void> {
  exchange.outcome = 'simulated'
  if (isUpgrade(reply)) return refuse(reply, 'there is no WebSocket here')
  const passing = record.body()
  passing.add(made.body)
  reply.writeHead(made.status, [...made.headers, 'Content-Length', String(made.body.length)])
  reply.end(made.body)
  exchange.response = { status: made.status, reason: '', headers: headersOf(made.headers), body: await passing.end(undefined, undefined) }
}

interface Carried {
  readonly url: URL
  readonly request: IncomingMessage
  readonly body: Buffer
}

async function pass(
  { record, times, ended }: RequestRules,
  { exit, rules }: Extract<Ways, { kind: 'exit' }>,
  { url, request, body }: Carried,
  exchange: Exchange,
  reply: Reply,
): Promise<void> {
  const whole = AbortSignal.any([ended, AbortSignal.timeout(times.wholeMs)])
  const answered = new AbortController()
  const soon = AbortSignal.any([whole, unless(answered.signal, times.answerMs)])
  const began = record.now()
  const to = await destinationOf(url, rules, soon)
  const checked = record.now()
  exchange.took_ms.resolve = rounded(checked - began)
  const connection = await openConnection(exit, to, exchange, soon)
  connection.on('error', () => undefined)
  const stop = () => connection.destroy()
  whole.addEventListener('abort', stop, { once: true })
  try {
    const connected = record.now()
    exchange.took_ms.connect = rounded(connected - checked)
    const outward = { method: request.method ?? 'GET', host: url.host, path: pathOf(url), headers: request.rawHeaders, body, upgrade: isUpgrade(reply) }
    const sent = await send(connection, outward, soon)
    answered.abort()
    exchange.took_ms.wait = rounded(record.now() - connected)
    await relay(record, sent, exchange, reply)
  } finally {
    answered.abort()
    whole.removeEventListener('abort', stop)
    connection.destroy()
  }
}

/** Fires when that time is over, unless it was done before: what streams for long was answered in time. */
function unless(done: AbortSignal, ms: number): AbortSignal {
  const over = new AbortController()
  void pause(ms, done).then(() => done.aborted || over.abort(new DOMException('no answer in time', 'TimeoutError')))
  return over.signal
}

/** Passes the answer on while it comes. What breaks off half-way was answered nevertheless, and says why it is short. */
async function relay(record: ExchangeRecord, sent: Awaited<ReturnType<typeof send>>, exchange: Exchange, reply: Reply): Promise<void> {
  const { statusCode: status = 0, statusMessage: reason = '', rawHeaders, headers } = sent.answer
  exchange.outcome = 'answered'
  exchange.response = { status, reason: reason.slice(0, 200), headers: headersOf(rawHeaders) }
  const passing = record.body()
  const from = record.now()
  try {
    if (sent.socket && isUpgrade(reply)) {
      reply.socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines(withoutHops(rawHeaders))}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`)
      const told = record.body()
      await joinSockets(reply, { socket: sent.socket, head: sent.head ?? Buffer.alloc(0) }, passing, told)
      exchange.request.body = await told.end(undefined, undefined)
    } else if (isUpgrade(reply) || sent.socket) refuse(reply, `the server answered ${status}`)
    else {
      reply.writeHead(status, reason, withoutHops(rawHeaders))
      await copy(sent.answer, reply, passing)
    }
  } catch (error) {
    exchange.why = reasonOf(error)
    refuse(reply, exchange.why)
  }
  exchange.took_ms.receive = rounded(record.now() - from)
  exchange.response.body = await passing.end(headers['content-type'], headers['content-encoding'])
  if (exchange.response.body.cut || exchange.request.body?.cut) exchange.why = 'more than is passed on'
}

/** As it was asked for: `search` of an address that ends with its question mark is empty. */
const pathOf = (url: URL) => url.href.slice(url.origin.length).split('#')[0]!

const rounded = (ms: number) => Math.round(ms * 10) / 10

function lines(flat: readonly string[]): string {
  let text = ''
  for (let at = 0; at + 1 < flat.length; at += 2) text += `${flat[at]}: ${flat[at + 1]}\r\n`
  return text
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'it failed'
  if (error.name === 'AbortError' && error.cause instanceof Error) return reasonOf(error.cause)
  if (error.name === 'TimeoutError') return 'no complete answer in time'
  return error.message.slice(0, 300)
}
