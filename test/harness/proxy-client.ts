import { request, type IncomingHttpHeaders } from 'node:http'
import { duplexPair, type Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { gather } from '#platform/gathered.ts'
import type { Proxy } from '#scanner/detonation/egress/proxy.ts'

export interface Got {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A connection to the proxy, as a guest has one. */
export function connectionTo(proxy: Proxy): Duplex {
  const [inside, outside] = duplexPair()
  inside.on('error', () => undefined)
  // As a real connection: the end of one side is that of the other.
  inside.once('close', () => outside.destroy())
  outside.once('close', () => inside.destroy())
  proxy.accept(outside)
  return inside
}

/** Opens a tunnel (CONNECT), and TLS inside of it where `ca` says who is believed. */
export async function tunnelTo(proxy: Proxy, authority: string, tls?: { readonly ca: string; readonly servername: string }): Promise<Duplex> {
  const connection = connectionTo(proxy)
  const asked = request({ method: 'CONNECT', path: authority, createConnection: () => connection })
  const socket = await new Promise<Duplex>((resolve, reject) => {
    asked.once('connect', (answer, open) => (answer.statusCode === 200 ? resolve(open) : reject(new Error(`CONNECT: ${answer.statusCode}`))))
    asked.once('error', reject)
    asked.end()
  })
  if (!tls) return socket
  const secure = connectTls({ socket, ...tls })
  await new Promise((resolve, reject) => secure.once('secureConnect', resolve).once('error', reject))
  return secure
}

/** One request as a browser makes it: absolute for http, through a tunnel for https. */
export async function get(
  proxy: Proxy,
  url: string,
  ca: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Got> {
  const { protocol, hostname, port, pathname, search, host } = new URL(url)
  const secure = protocol === 'https:'
  const connection = secure ? await tunnelTo(proxy, `${hostname}:${port || 443}`, { ca, servername: hostname }) : connectionTo(proxy)
  const { method = 'GET', headers = {}, body } = options
  return new Promise((resolve, reject) => {
    const asked = request({ createConnection: () => connection, method, path: secure ? pathname + search : url, headers: { host, ...headers } })
    asked.once('response', (answer) =>
      gather(answer).then((bytes) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: bytes.toString() }), reject),
    )
    asked.once('error', reject)
    asked.end(body)
  })
}
