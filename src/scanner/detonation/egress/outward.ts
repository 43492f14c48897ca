import { request, type IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls, type DetailedPeerCertificate, type TLSSocket } from 'node:tls'
import type { Destination } from './destination.ts'
import type { Exchange } from './exchange.ts'
import type { Exit } from './exits.ts'

const MOST_CERTIFICATES = 10
/** Headers that concern one connection (RFC 9110, section 7.6.1); each side of the proxy has its own. */
const OF_ONE_CONNECTION = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'proxy-authorization',
  'proxy-authenticate',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** What is asked of a server. */
export interface Outward {
  readonly method: string
  /** With its port where that is not the usual one. */
  readonly host: string
  readonly path: string
  readonly headers: readonly string[]
  readonly body: Buffer
  /** Keeps the wish for a WebSocket. */
  readonly upgrade: boolean
}

/** Flat list of headers without those of one connection. */
export function withoutHops(raw: readonly string[], alsoWithout: readonly string[] = []): string[] {
  const kept: string[] = []
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at]!.toLowerCase()
    if (!OF_ONE_CONNECTION.has(name) && !alsoWithout.includes(name)) kept.push(raw[at]!, raw[at + 1]!)
  }
  return kept
}

/** A connection to the checked address, with TLS where asked for. A certificate that nobody believes is recorded, not refused: what its server sends is of interest. */
export async function openConnection(exit: Exit, to: Destination, exchange: Exchange, signal: AbortSignal): Promise<Duplex> {
  const plain = await exit(to, signal)
  exchange.address = to.address
  if (!to.tls) return plain
  const named = isIP(to.host) === 0 ? { servername: to.host } : {}
  const tls = connectTls({ socket: plain, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'], ...named })
  await new Promise<void>((resolve, reject) => {
    const stop = () => {
      tls.destroy()
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', stop, { once: true })
    tls.once('secureConnect', () => {
      signal.removeEventListener('abort', stop)
      resolve()
    })
    tls.once('error', reject)
  })
  exchange.tls = shownBy(tls)
  return tls
}

/** Sends a request over an open connection, which serves this request alone. An upgrade resolves with the socket that goes on. */
export function send(
  connection: Duplex,
  { method, host, path, headers, body, upgrade }: Outward,
  signal: AbortSignal,
): Promise<{ answer: IncomingMessage; socket?: Duplex; head?: Buffer }> {
  // The host that was checked and recorded, whatever the guest wrote there (RFC 9112, section 3.2.2).
  const framed = ['Host', host, ...withoutHops(headers, ['host', 'content-length']), ...(body.length > 0 ? ['Content-Length', String(body.length)] : [])]
  const hops = upgrade ? ['Connection', 'Upgrade', 'Upgrade', 'websocket'] : ['Connection', 'close']
  return new Promise((resolve, reject) => {
    // With a flat list Node sends the headers in their order and adds none.
    const asked = request({ createConnection: () => connection, method, path, headers: [...framed, ...hops], signal, setHost: false })
    asked.once('response', (answer) => resolve({ answer }))
    asked.once('upgrade', (answer, socket, head) => resolve({ answer, socket, head }))
    asked.once('error', reject)
    asked.end(body.length > 0 ? body : undefined)
  })
}

function shownBy(tls: TLSSocket): NonNullable<Exchange['tls']> {
  const chain: NonNullable<Exchange['tls']>['chain'] = []
  for (let shown: DetailedPeerCertificate | undefined = tls.getPeerCertificate(true); shown?.fingerprint256 && chain.length < MOST_CERTIFICATES;) {
    chain.push({
      sha256: shown.fingerprint256.replaceAll(':', '').toLowerCase(),
      subject: nameIn(shown.subject),
      issuer: nameIn(shown.issuer),
      from: shown.valid_from.slice(0, 40),
      to: shown.valid_to.slice(0, 40),
    })
    shown = shown.issuerCertificate === shown ? undefined : shown.issuerCertificate
  }
  const why = tls.authorized ? {} : { why: String(tls.authorizationError).slice(0, 200) }
  return { version: tls.getProtocol() ?? '', cipher: tls.getCipher().name, valid: tls.authorized, ...why, chain }
}

const nameIn = (subject: object | undefined): string =>
  Object.entries(subject ?? {})
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(', ')
    .slice(0, 500)
