import { isIP } from 'node:net'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { reasonOf } from '#exchange/conformance/client.ts'
import type { Listener } from '#exchange/conformance/tls-hello.ts'

/** What a whole handshake showed. */
export interface Handshake {
  readonly protocol?: string | undefined
  readonly suite?: string
  /** Why the certificate is not trusted. */
  readonly distrust?: string
  /** Bytes of early data that the session tickets of the server allow; undefined where it gave none. */
  readonly earlyData?: number
  /** Why there is no connection. */
  readonly failure?: string
}

/**
 * Shakes hands, trusted or not, and reports what came of it. With `tickets` it asks for something, so that servers which send
 * session tickets late do so, and waits for them a moment.
 */
export function shakeHands(listener: Listener, options: ConnectionOptions, tickets = false): Promise<Handshake> {
  return new Promise((resolve) => {
    let earlyData: number | undefined
    let socket: TLSSocket
    const end = (failure?: string) => {
      resolve(failure === undefined ? { ...seen(socket), ...(earlyData !== undefined && { earlyData }) } : { failure })
      socket.destroy()
    }
    const servername = isIP(listener.host) === 0 ? listener.host : ''
    try {
      socket = connect({ host: listener.host, port: listener.port, servername, rejectUnauthorized: false, ...options })
    } catch (error) {
      return resolve({ failure: reasonOf(error) })
    }
    socket.setTimeout(tickets ? Math.min(1000, listener.timeoutMs) : listener.timeoutMs, () =>
      tickets && socket.getProtocol() ? end() : end('no answer in time'),
    )
    socket.on('error', (error) => end(reasonOf(error)))
    socket.on('close', () => end(tickets && earlyData !== undefined ? undefined : 'the connection was cut'))
    socket.on('session', (session) => (earlyData = Math.max(earlyData ?? 0, maxEarlyData(session))))
    socket.on('secureConnect', () => {
      if (tickets) socket.write(`GET /taxii2/ HTTP/1.1\r\nHost: ${listener.host}\r\nConnection: close\r\n\r\n`)
      else end()
    })
    // The answer comes after the tickets; its content does not matter here.
    socket.on('data', () => (tickets ? end() : undefined))
    return undefined
  })
}

function seen(socket: TLSSocket): Handshake {
  const distrust = socket.authorized ? undefined : String((socket.authorizationError as Error | string | null) ?? 'not trusted')
  return { protocol: socket.getProtocol() ?? undefined, suite: socket.getCipher()?.name ?? '', ...(distrust !== undefined && { distrust }) }
}

/**
 * Field [15] of OpenSSL's encoding of a session (`ssl/ssl_asn1.c`), `max_early_data`, which is left out when it is 0. Node may write a
 * head of its own before it: the session is the sequence that reaches to the end.
 */
function maxEarlyData(session: Buffer): number {
  let start = 0
  while (start < session.length && (session[start] !== 0x30 || element(session, start)?.to !== session.length)) start++
  const outer = element(session, start)
  if (!outer) return 0
  for (let at = outer.from; at < outer.to;) {
    const field = element(session, at)
    if (!field) return 0
    const number = field.tag === 0xaf ? element(session, field.from) : undefined
    if (number) return Number(BigInt(`0x${session.subarray(number.from, number.to).toString('hex') || '0'}`))
    at = field.to
  }
  return 0
}

/** The element of a DER encoding that begins there. */
function element(bytes: Buffer, at: number): { tag: number; from: number; to: number } | undefined {
  const [tag, first] = [bytes[at], bytes[at + 1]]
  if (tag === undefined || first === undefined) return undefined
  const size = first < 0x80 ? 0 : first & 0x7f
  if (size > 4 || at + 2 + size > bytes.length) return undefined
  const from = at + 2 + size
  const length = size === 0 ? first : bytes.readUIntBE(at + 2, size)
  return from + length > bytes.length ? undefined : { tag, from, to: from + length }
}
