import { request } from 'node:http'
import { connect, isIPv6, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Destination } from './destination.ts'

/** How a connection leaves this machine. It goes to the checked address; no name is looked up again. */
export type Exit = (to: Destination, signal: AbortSignal) => Promise<Duplex>

/** Straight to the address. */
export const directly: Exit = ({ address, port, family }, signal) => connected(connect({ host: address, port, family, signal }))

/** A proxy of the operator's. */
export interface Upstream {
  readonly host: string
  readonly port: number
  /** User and password, as `user:password`. */
  readonly login?: string | undefined
}

/** Through a proxy of the operator's, which is asked for a tunnel (CONNECT) to the checked address: what it looks up itself could differ from what was checked. */
export const throughUpstream =
  ({ host, port, login }: Upstream): Exit =>
  (to, signal) =>
    new Promise((resolve, reject) => {
      const path = `${isIPv6(to.address) ? `[${to.address}]` : to.address}:${to.port}`
      const headers = { host: path, ...(login !== undefined && { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` }) }
      const asked = request({ host, port, method: 'CONNECT', path, headers, signal, agent: false })
      asked.once('connect', (answer, socket, head) => {
        if (answer.statusCode !== 200) {
          socket.destroy()
          return reject(new Error(`the upstream proxy answered ${answer.statusCode}`))
        }
        socket.on('error', () => undefined)
        if (head.length > 0) socket.unshift(head)
        return resolve(socket)
      })
      asked.once('response', (answer) => {
        answer.destroy()
        reject(new Error(`the upstream proxy answered ${answer.statusCode}`))
      })
      asked.once('error', reject)
      asked.end()
    })

function connected(socket: Socket): Promise<Socket> {
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket))
    socket.once('error', reject)
  })
}
