import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { request as requestPlain, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as requestTls } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { Gathered } from '#platform/gathered.ts'
import { isLoopback, isPublic } from '#platform/http/public-address.ts'

/** What one fetch may take; unless said, what discovery documents and key sets need, which have a few kilobytes. */
interface Limits {
  /** Of the answer that is read. */
  readonly mostBytes: number
  readonly timeMs: number
}
const LIMITS: Limits = { mostBytes: 256 * 1024, timeMs: 5_000 }

/** An address that is not fetched from, whoever asks. */
export class RefusedAddress extends Error {
  override name = 'RefusedAddress'
}

export interface Outgoing {
  readonly method?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: unknown
  readonly signal?: AbortSignal | undefined
}

/** What one side of a connection by TLS shows and believes; texts in PEM. */
export interface TlsChoice {
  /** Authorities that are believed instead of the usual ones. */
  readonly ca?: string | undefined
  /** Certificate and private key that this side shows. */
  readonly cert?: string | undefined
  readonly key?: string | undefined
}

/** Finds the addresses of a host name. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>

export const resolveByDns: Resolve = (host) => lookup(host, { all: true, verbatim: true })

/**
 * Fetches from addresses that members chose, so that none of them is one inside our own network: the host's addresses are
 * looked up once, all of them have to be public unless `privateHosts` names the host, and the connection is made to the
 * address that was checked (a second look-up could answer otherwise). Only https; plain http for a named host all of whose
 * addresses are this machine itself, where nothing leaves it. Redirects are answered as they are, never followed; an answer has
 * five seconds and 256 KiB unless said. Throws RefusedAddress, and what the network throws.
 */
export function guardedFetch(
  privateHosts: readonly string[],
  resolve: Resolve = resolveByDns,
  { mostBytes, timeMs }: Limits = LIMITS,
): (address: string, outgoing?: Outgoing) => Promise<Response> {
  const request = guardedRequest(privateHosts, resolve)
  return async (address, outgoing = {}) => {
    const limit = AbortSignal.timeout(timeMs)
    const signal = outgoing.signal ? AbortSignal.any([outgoing.signal, limit]) : limit
    return read(await request(address, { ...outgoing, signal }), mostBytes)
  }
}

/**
 * The same check and connection, with an answer whose body has still to be read: how long it may take and how much of it is read is
 * for the caller to limit, by `signal` and by leaving the loop over it. `tls` is for https only.
 */
export function guardedRequest(
  privateHosts: readonly string[],
  resolve: Resolve = resolveByDns,
  tls: TlsChoice = {},
): (address: string, outgoing: Outgoing & { readonly signal: AbortSignal }) => Promise<IncomingMessage> {
  return async (address, outgoing) => {
    const url = new URL(address)
    const target = await within(outgoing.signal, targetOf(url, privateHosts, resolve))
    return send(url, target, outgoing, tls)
  }
}

async function targetOf(url: URL, privateHosts: readonly string[], resolve: Resolve): Promise<LookupAddress> {
  if (url.username !== '' || url.password !== '') throw new RefusedAddress('an address that carries a password')
  const host = bareHost(url)
  const addresses = await addressesOf(host, resolve)
  const named = privateHosts.includes(host.toLowerCase())
  const here = named && addresses.every(({ address }) => isLoopback(address))
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && here)) throw new RefusedAddress('an address without TLS')
  return onlyPermitted(addresses, (address) => named || isPublic(address))
}

/** The host of an address, as the parser of addresses understood it; an IPv6 address without its brackets. */
export const bareHost = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1')

/** All addresses of a host, looked up once; of an address itself. */
export async function addressesOf(host: string, resolve: Resolve): Promise<readonly LookupAddress[]> {
  const family = isIP(host)
  return family === 0 ? resolve(host) : [{ address: host, family }]
}

/** The address to connect to. Throws RefusedAddress unless all of them are permitted: otherwise the order of an answer would decide. */
export function onlyPermitted(addresses: readonly LookupAddress[], permits: (address: string) => boolean): LookupAddress {
  if (!addresses.every(({ address }) => permits(address))) throw new RefusedAddress('an address of a private network')
  const [first] = addresses
  if (!first) throw new RefusedAddress('a name without an address')
  return first
}

function send(
  url: URL,
  target: LookupAddress,
  { method = 'GET', headers = {}, body, signal }: Outgoing & { readonly signal: AbortSignal },
  tls: TlsChoice,
): Promise<IncomingMessage> {
  // Node asks for all addresses or for one, depending on how it connects; either way it is told the one that was checked.
  const pinned = ((_host: string, options: { all?: boolean }, done: (...answer: unknown[]) => void) =>
    options.all ? done(null, [target]) : done(null, target.address, target.family)) as unknown as LookupFunction
  const options: RequestOptions = { method, headers, signal, lookup: pinned, agent: false }
  return new Promise((resolve, reject) => {
    const outgoing = url.protocol === 'https:' ? requestTls(url, { ...options, ...tls }, resolve) : requestPlain(url, options, resolve)
    outgoing.on('error', reject)
    outgoing.end(textOf(body))
  })
}

function textOf(body: unknown): string | Buffer | undefined {
  if (body === undefined || body === null) return undefined
  if (typeof body === 'string' || Buffer.isBuffer(body)) return body
  if (body instanceof URLSearchParams) return body.toString()
  throw new TypeError('a body that is neither text nor a form')
}

async function read(answer: IncomingMessage, mostBytes: number): Promise<Response> {
  const gathered = new Gathered()
  for await (const part of answer as AsyncIterable<Buffer>) {
    // Leaving the loop destroys the connection.
    if (gathered.length + part.length > mostBytes) throw new RefusedAddress('an answer that is too long')
    gathered.add(part)
  }
  const headers = Object.entries(answer.headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as [string, string]] : []))
  const status = answer.statusCode ?? 500
  const empty = status === 204 || status === 205 || status === 304
  return new Response(empty ? null : gathered.end(), { status, headers })
}

/** Looking up a name cannot be cancelled, only be waited for no longer. */
export function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason as Error)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
