import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Exchange } from './exchange.ts'
import type { ExchangeRecord, PassingBody } from './record.ts'

/** A connection that has left HTTP, and what was already read of it. */
export interface Upgraded {
  readonly socket: Duplex
  readonly head: Buffer
}

/** Where an answer to the guest goes. */
export type Reply = ServerResponse | Upgraded

export const isUpgrade = (reply: Reply): reply is Upgraded => 'head' in reply

/** Tells the guest that its request was not carried out. */
export function refuse(reply: Reply, why: string): void {
  const body = Buffer.from(`${why}\n`)
  if (isUpgrade(reply)) {
    reply.socket.end(`HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body.toString()}`)
    return
  }
  if (reply.headersSent || reply.destroyed) return void reply.destroy()
  reply.writeHead(403, { 'content-type': 'text/plain; charset=utf-8', 'content-length': body.length })
  reply.end(body)
}

/** Refuses what is no request that could be carried out. It is recorded as all that reaches the proxy is. */
export function turnAway(record: ExchangeRecord, kind: Exchange['kind'], { method, url, rawHeaders }: IncomingMessage, reply: Reply, why: string): void {
  const exchange = record.begin(kind, method ?? '', url ?? '', rawHeaders)
  if (exchange) Object.assign(exchange, { outcome: 'refused', why })
  refuse(reply, why)
}

/** Passes an answer on, as far as it may; what is cut off breaks off, so that it is not taken for complete. */
export async function copy(from: IncomingMessage, to: ServerResponse, passing: PassingBody): Promise<void> {
  for await (const part of from as AsyncIterable<Buffer>) {
    const passes = passing.add(part)
    if (passes.length < part.length) return void to.destroy()
    if (to.destroyed) return
    if (!to.write(passes)) await drained(to)
  }
  to.end()
}

/** Passes bytes both ways until one side ends, or says more than may pass. */
export function joinSockets(inside: Upgraded, outside: Upgraded, inward: PassingBody, outward: PassingBody): Promise<void> {
  for (const [from, to, passing] of [
    [outside, inside, inward],
    [inside, outside, outward],
  ] as const) {
    const forward = (part: Buffer) => {
      const passes = passing.add(part)
      if (passes.length > 0 && !to.socket.write(passes)) from.socket.pause()
      if (passes.length < part.length) to.socket.destroy()
    }
    if (from.head.length > 0) forward(from.head)
    from.socket.on('data', forward)
    to.socket.on('drain', () => from.socket.resume())
  }
  return new Promise((resolve) => {
    for (const [side, other] of [
      [inside.socket, outside.socket],
      [outside.socket, inside.socket],
    ] as const) {
      side.on('error', () => undefined)
      side.once('end', () => other.end())
      side.once('close', () => {
        other.destroy()
        resolve()
      })
    }
  })
}

function drained(to: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      to.off('drain', done)
      to.off('close', done)
      resolve()
    }
    to.on('drain', done)
    to.on('close', done)
  })
}
