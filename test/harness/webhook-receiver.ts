import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

export interface TakenDelivery {
  readonly path: string
  readonly body: string
  readonly headers: IncomingHttpHeaders
}

/** A real receiver on a free port of this machine. */
export interface WebhookReceiver {
  readonly url: string
  readonly taken: TakenDelivery[]
  /** What it answers from now on; `location` for a redirect. */
  answer: { status: number; location?: string; body?: string }
  close(): Promise<void>
}

/** With a certificate it speaks TLS. */
export async function startReceiver(tls?: { readonly key: string; readonly cert: string }): Promise<WebhookReceiver> {
  const taken: TakenDelivery[] = []
  const state: Pick<WebhookReceiver, 'answer'> = { answer: { status: 204 } }
  const receive = (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      taken.push({ path: request.url ?? '', body: Buffer.concat(chunks).toString('utf8'), headers: request.headers })
      const { status, location, body } = state.answer
      response.writeHead(status, location === undefined ? {} : { location }).end(body)
    })
  }
  const server = tls ? createTlsServer(tls, receive) : createServer(receive)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections()
      server.close(() => resolve())
    })
  return Object.assign(state, { url: `${tls ? 'https' : 'http'}://localhost:${port}/receive`, taken, close })
}
