import { describe, expect, it } from 'vitest'
import type { Exchange } from './exchange.ts'
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

  it('is not what the browser asks its maker for, with or without a request', () => {
    expect(unreported(exchange('http', 'http://update.googleapis.com/service/update2/json?a=b'), exchange('tunnel', 'update.googleapis.com:443'))).toEqual([])
    expect(unreported(exchange('tunnel', 'update.googleapis.com:8443'), exchange('tunnel', 'update.googleapis.com.quiet.example:443'))).toHaveLength(2)
  })
})
