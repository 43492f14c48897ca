import { createServer, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { TLSSocket, type SecureContext } from 'node:tls'
import { bareHost } from '#platform/http/guarded-fetch.ts'
import type { Authority } from './authority.ts'
import { FOREIGN } from './exchange.ts'
import type { ExchangeRecord } from './record.ts'
import { refuse, turnAway, type Reply } from './reply.ts'

const TLS_HANDSHAKE = 0x16
/** Of one guest; each with TLS has a certificate made for it. */
const MOST_TUNNELS = 4_000

/** A connection that the guest asked for (CONNECT), and what is known of it. */
interface Tunnel {
  /** Such as `https://host:8443`. */
  readonly origin: string
  used: boolean
  serverName: string | undefined
}

export interface Tunnels {
  /** Serves one CONNECT: it leads to this proxy, whose requests are checked one by one. */
  open(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>
  close(): void
}

type Carry = (url: URL, request: IncomingMessage, reply: Reply, serverName?: string) => void

/**
 * Tunnels never reach outside: TLS ends here under the host's name, and only requests of HTTP inside of it go on. A tunnel that is used for anything else is
 * recorded and closed.
 */
export function openTunnels(authority: Authority, record: ExchangeRecord, settings: object, carry: Carry): Tunnels {
  const tunnels = new WeakMap<Duplex, Tunnel>()
  const inner = createServer(settings)
  let opened = 0
  inner.on('clientError', (_, socket) => socket.destroy())
  const serve = (request: IncomingMessage, reply: Reply, socket: Duplex) => {
    const tunnel = tunnels.get(socket)
    if (!tunnel) return refuse(reply, 'no tunnel')
    tunnel.used = true
    // An absolute address inside a tunnel could name another host than the tunnel was opened to.
    const url = URL.parse(request.url ?? '', tunnel.origin)
    return url?.origin === tunnel.origin
      ? carry(url, request, reply, tunnel.serverName)
      : turnAway(record, 'http', request, reply, 'not an address of this tunnel')
  }
  inner.on('request', (request, response) => serve(request, response, request.socket))
  inner.on('upgrade', (request, socket, head) => serve(request, { socket, head }, socket))
  return {
    async open(request, socket, head) {
      const host = hostOf(request.url ?? '')
      if (!host) return turnAway(record, 'tunnel', request, { socket, head }, 'not a host and a port')
      if (++opened > MOST_TUNNELS) return turnAway(record, 'tunnel', request, { socket, head }, 'too many tunnels')
      socket.on('error', () => undefined)
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      const first = await firstBytes(socket, head)
      const tls = first?.[0] === TLS_HANDSHAKE
      const tunnel: Tunnel = { origin: new URL(`${tls ? 'https' : 'http'}://${host.url.hostname}:${host.port}`).origin, used: false, serverName: undefined }
      const unused = unusedTunnel(record, tunnel, request)
      const foreign = whyForeign(first)
      if (foreign !== undefined) {
        unused(foreign)
        return void socket.destroy()
      }
      socket.once('close', () => unused('no request was made'))
      const clear = tls ? posingAs(await authority.contextFor(bareHost(host.url)), socket, tunnel) : socket
      clear.on('error', (error: Error) => {
        unused(`the guest broke off: ${error.message.slice(0, 200)}`)
        socket.destroy()
      })
      tunnels.set(clear, tunnel)
      return void inner.emit('connection', clear)
    },
    close: () => inner.closeAllConnections(),
  }
}

/** The host of `host:port`, as the parser of addresses understands it. */
function hostOf(authority: string): { url: URL; port: string } | undefined {
  const port = /:(\d{1,5})$/.exec(authority)?.[1]
  const url = URL.parse(`http://${authority}/`)
  const plain = url && url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === ''
  return plain && port !== undefined ? { url, port } : undefined
}

/** Waits for the first bytes, and leaves them to be read again; undefined where none come. */
function firstBytes(socket: Duplex, head: Buffer): Promise<Buffer | undefined> {
  if (head.length > 0) socket.unshift(head)
  return new Promise((resolve) => {
    const end = (first: Buffer | undefined) => {
      socket.off('readable', read)
      socket.off('close', gone)
      resolve(first)
    }
    const gone = () => end(undefined)
    const read = () => {
      const first = socket.read() as Buffer | null
      if (first === null) return
      socket.unshift(first)
      end(first)
    }
    socket.on('readable', read)
    socket.on('close', gone)
    socket.once('end', gone)
  })
}

function whyForeign(first: Buffer | undefined): string | undefined {
  if (first === undefined) return 'nothing was said'
  return first[0] === TLS_HANDSHAKE || /^[A-Z]{3,20} /.test(first.toString('latin1', 0, 24)) ? undefined : FOREIGN.tunnel
}

/** Records a tunnel through which no request came, once. */
const unusedTunnel = (record: ExchangeRecord, tunnel: Tunnel, request: IncomingMessage) => (why: string) => {
  if (tunnel.used) return
  tunnel.used = true
  const exchange = record.begin('tunnel', 'CONNECT', request.url ?? '', request.rawHeaders)
  if (exchange) Object.assign(exchange, { outcome: 'refused', why })
}

const posingAs = (secureContext: SecureContext, socket: Duplex, tunnel: Tunnel) =>
  new TLSSocket(socket, {
    isServer: true,
    secureContext,
    ALPNProtocols: ['http/1.1'],
    SNICallback: (name, done) => {
      tunnel.serverName = name
      done(null, secureContext)
    },
  })
