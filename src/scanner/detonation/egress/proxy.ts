import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Authority } from './authority.ts'
import { FOREIGN } from './exchange.ts'
import type { ExchangeRecord } from './record.ts'
import { turnAway, type Reply } from './reply.ts'
import { carryOut, type ProxyTimes, type Ways } from './requests.ts'
import { openTunnels } from './tunnel.ts'

const TIMES: ProxyTimes = { answerMs: 20_000, wholeMs: 60_000 }
const MOST_CONNECTIONS = 200
const SETTINGS = { maxHeaderSize: 64 * 1024, keepAliveTimeout: 30_000 }

export interface ProxyOptions {
  readonly ways: Ways
  readonly authority: Authority
  readonly record: ExchangeRecord
  readonly times?: ProxyTimes
}

export interface Proxy {
  /** Serves one connection of the guest. */
  accept(connection: Duplex): void
  /** Ends all connections; the record is complete then. */
  close(): Promise<void>
}

/**
 * The only way out of a guest (design, section 17.3). It looks every host up itself, checks every address that it is answered, and connects to exactly that
 * address: for each request, each hop of a redirect, each part of a page, each WebSocket. TLS ends here, with an authority of its own. All that reaches it is
 * recorded, whether it passes or not. It listens nowhere: whoever owns it hands it the connections.
 */
export function openProxy({ ways, authority, record, times = TIMES }: ProxyOptions): Proxy {
  const ended = new AbortController()
  const rules = { ways, record, times, ended: ended.signal }
  const connections = new Set<Duplex>()
  const working = new Set<Promise<void>>()
  const track = (work: Promise<void>) => {
    const done = work.catch(() => undefined).finally(() => working.delete(done))
    working.add(done)
  }
  const carry = (url: URL, request: IncomingMessage, reply: Reply, serverName?: string) => track(carryOut(rules, url, request, reply, serverName))
  const tunnels = openTunnels(authority, record, SETTINGS, carry)
  const server = createServer(SETTINGS)
  const serve = (request: IncomingMessage, reply: Reply) => {
    const url = URL.parse(request.url ?? '')
    if (url?.protocol === 'http:' || url?.protocol === 'ws:') carry(url, request, reply)
    else turnAway(record, 'http', request, reply, 'not an address of HTTP')
  }
  server.on('request', serve)
  server.on('upgrade', (request, socket, head) => serve(request, { socket, head }))
  server.on('connect', (request, socket, head) => track(tunnels.open(request, socket, head)))
  server.on('clientError', ({ code }: NodeJS.ErrnoException, socket) => {
    // Of the parser: others tell that a connection broke off.
    const exchange = code?.startsWith('HPE_') ? record.begin('tunnel', '', '', []) : undefined
    if (exchange) Object.assign(exchange, { outcome: 'refused', why: FOREIGN.proxy })
    socket.destroy()
  })
  return {
    accept(connection) {
      if (connections.size >= MOST_CONNECTIONS || ended.signal.aborted) return void connection.destroy()
      connections.add(connection)
      connection.once('close', () => connections.delete(connection))
      connection.on('error', () => undefined)
      return void server.emit('connection', connection)
    },
    async close() {
      ended.abort(new Error('the proxy has ended'))
      const closed = [...connections].map((connection) => once(connection, 'close'))
      for (const connection of connections) connection.destroy()
      tunnels.close()
      server.closeAllConnections()
      await Promise.all([...working, ...closed])
    },
  }
}
