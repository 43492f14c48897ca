import type { Body, Exchange } from './exchange.ts'

/** A record in the form of HAR 1.2 (W3C draft, "HTTP Archive"), for the tools that read it; `started` is when the document was handed over. */
export function harOf(exchanges: readonly Exchange[], started: Date, version: string): object {
  return { log: { version: '1.2', creator: { name: 'Vedette', version }, entries: exchanges.filter(isOfHttp).map((exchange) => entryOf(exchange, started)) } }
}

const isOfHttp = ({ kind }: Exchange) => kind === 'http' || kind === 'websocket'

function entryOf({ t, method, url, address, outcome, why, request, response, tls, took_ms: took }: Exchange, started: Date): object {
  const parts = [took.resolve, took.connect, took.wait, took.receive]
  return {
    startedDateTime: new Date(started.getTime() + t * 1000).toISOString(),
    time: parts.reduce<number>((sum, one) => sum + (one ?? 0), 0),
    request: {
      method,
      url,
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: named(request.headers),
      queryString: queryOf(url),
      headersSize: -1,
      bodySize: request.body?.size ?? 0,
      ...(request.body && { postData: { mimeType: request.body.type ?? '', text: '', _sha256: request.body.sha256 } }),
    },
    response: {
      status: response?.status ?? 0,
      statusText: response?.reason ?? '',
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: named(response?.headers ?? []),
      content: contentOf(response?.body),
      redirectURL: response?.headers.find(([name]) => name.toLowerCase() === 'location')?.[1] ?? '',
      headersSize: -1,
      bodySize: response?.body?.size ?? -1,
    },
    cache: {},
    timings: { blocked: -1, dns: took.resolve ?? -1, connect: took.connect ?? -1, ssl: -1, send: 0, wait: took.wait ?? 0, receive: took.receive ?? 0 },
    ...(address !== undefined && { serverIPAddress: address }),
    _outcome: outcome,
    ...(why !== undefined && { _why: why }),
    ...(tls && { _tls: tls }),
  }
}

const named = (headers: readonly (readonly [string, string])[]) => headers.map(([name, value]) => ({ name, value }))

function queryOf(url: string) {
  return [...(URL.parse(url)?.searchParams ?? [])].map(([name, value]) => ({ name, value }))
}

const contentOf = (body: Body | undefined) => ({
  size: body?.size ?? 0,
  mimeType: body?.type ?? '',
  ...(body?.sha256 !== undefined && { _sha256: body.sha256 }),
  ...(body?.cut && { comment: 'cut off at the limit' }),
})
