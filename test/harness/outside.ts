import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { SecureContext } from 'node:tls'
import { refuseInside } from '#scanner/detonation/egress/addresses.ts'
import { makeAuthority } from '#scanner/detonation/egress/authority.ts'

/** Stands for an address of the public internet; the rest of the loopback stays what it is: an address inside. */
export const PUBLIC = '127.0.0.9'
export const INSIDE = '127.0.0.1'

const usual = refuseInside([])
/** The usual rule, with one address of the loopback as the outside network. */
export const whyRefused = (address: string): string | undefined => (address === PUBLIC ? undefined : usual(address))

export interface Outside {
  readonly port: number
  readonly tlsPort: number
  /** Requests that reached a server inside, at the same ports: none may. */
  readonly inside: string[]
  onUpgrade(listener: (socket: Duplex) => void): void
  close(): Promise<void>
}

/** Servers outside, with http and https, and traps inside at the same ports. */
export async function openOutside(serve: RequestListener): Promise<Outside> {
  const authority = await makeAuthority(new Date())
  const inside: string[] = []
  const trap: RequestListener = (request, response) => {
    inside.push(`${request.headers.host} ${request.url}`)
    response.end('a secret from inside')
  }
  const shown = {
    SNICallback: async (name: string, done: (error: null, context: SecureContext) => void) => done(null, await authority.contextFor(name)),
  }
  const servers: Server[] = []
  const sockets = new Set<Duplex>()
  const listen = async (server: Server, host: string, port: number) => {
    servers.push(server)
    server.on('connection', (socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    })
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve))
    return (server.address() as AddressInfo).port
  }
  const plain = createServer(serve)
  const port = await listen(plain, PUBLIC, 0)
  const tlsPort = await listen(createTlsServer(shown, serve), PUBLIC, 0)
  await listen(createServer(trap), INSIDE, port)
  await listen(createTlsServer(shown, trap), INSIDE, tlsPort)
  return {
    port,
    tlsPort,
    inside,
    onUpgrade: (listener) => void plain.on('upgrade', (_, socket) => listener(socket)),
    async close() {
      await Promise.all(
        servers.map((server) => {
          for (const socket of sockets) socket.destroy()
          return new Promise((resolve) => server.close(resolve))
        }),
      )
    },
  }
}
