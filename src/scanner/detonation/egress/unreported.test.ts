import { describe, expect, it } from 'vitest'
import type { Exchange } from './exchange.ts'
import { reportedIn } from './happenings.ts'
import { unreportedIn } from './unreported.ts'

const exchange = (kind: Exchange['kind'], url: string): Exchange => ({
  t: 1,
  method: kind === 'tunnel' ? 'CONNECT' : 'GET',
  url,
  kind,
  outcome: 'refused',
  request: { headers: [] },
  took_ms: {},
})
const unreported = (...exchanges: Exchange[]) => unreportedIn(exchanges, [{ method: 'GET', url: 'https://told.example/' }]).map(({ url }) => url)

describe('traffic that the browser did not report', () => {
  it('is a request or a tunnel to a host that it did not speak of', () => {
    expect(unreported(exchange('http', 'https://quiet.example/a'), exchange('tunnel', 'quiet.example:443'))).toEqual([
      'https://quiet.example/a',
      'quiet.example:443',
    ])
    expect(unreported(exchange('http', 'https://told.example/'), exchange('tunnel', 'told.example:443'))).toEqual([])
  })

  it('is told as a connection that was not used unless something was said in it', () => {
    const tunnel = (why: string) => unreportedIn([{ ...exchange('tunnel', 'quiet.example:443'), why }], [])
    expect(tunnel('no request was made')).toMatchObject([{ unused: true }])
    expect(tunnel('neither HTTP nor TLS was spoken')).toEqual([{ t: 1, method: 'CONNECT', url: 'quiet.example:443' }])
  })

  it('is no question for the name of a host that it spoke of, nor a WebSocket that it told of', () => {
    expect(unreported({ ...exchange('name', 'told.example'), method: 'A' })).toEqual([])
    expect(unreported({ ...exchange('name', 'quiet.example'), method: 'A' })).toEqual(['quiet.example'])
    const told = reportedIn([{ kind: 'page', action: 'websocket', detail: '', url: 'wss://told.example/socket', t: 1, rank: 'guest' }])
    expect(unreportedIn([exchange('websocket', 'wss://told.example/socket')], told)).toEqual([])
  })

  it('is not what the browser asks its maker for, with or without a request', () => {
    expect(unreported(exchange('http', 'http://update.googleapis.com/service/update2/json?a=b'), exchange('tunnel', 'update.googleapis.com:443'))).toEqual([])
    expect(unreported(exchange('tunnel', 'update.googleapis.com:8443'), exchange('tunnel', 'update.googleapis.com.quiet.example:443'))).toHaveLength(2)
  })
})
