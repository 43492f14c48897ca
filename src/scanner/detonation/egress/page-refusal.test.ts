import { describe, expect, it } from 'vitest'
import type { Exchange } from './exchange.ts'
import { pageRefusal } from './page-refusal.ts'

const asked = (url: string, more: Partial<Exchange> = {}): Exchange => ({
  t: 1,
  method: 'GET',
  url,
  kind: 'http',
  outcome: 'answered',
  request: { headers: [] },
  response: { status: 200, reason: 'OK', headers: [] },
  took_ms: {},
  ...more,
})
const moved = (location: string): Partial<Exchange> => ({ response: { status: 302, reason: 'Found', headers: [['Location', location]] } })
const { response: _none, ...refused } = asked('http://inside.example/', { outcome: 'refused', why: '127.0.0.1: not an address of the public internet' })

describe('a page that was asked for', () => {
  it('was had where an answer came, whatever it says', () => {
    expect(pageRefusal('http://site.example', [asked('http://site.example/')])).toBeUndefined()
    expect(pageRefusal('http://site.example/#part', [asked('http://site.example/', { response: { status: 500, reason: '', headers: [] } })])).toBeUndefined()
    expect(pageRefusal('http://site.example/', [asked('http://site.example/', { outcome: 'simulated' })])).toBeUndefined()
  })

  it('was not where the proxy refused it or nobody answered, there or where it led to', () => {
    expect(pageRefusal('http://inside.example/', [refused])).toBe('127.0.0.1: not an address of the public internet')
    expect(pageRefusal('http://site.example/a', [asked('http://site.example/a', moved('//inside.example')), refused])).toContain('127.0.0.1')
    expect(pageRefusal('http://site.example/', [asked('http://site.example/', { outcome: 'failed' })])).toBe('failed')
    expect(pageRefusal('http://site.example/', [asked('http://other.example/')])).toBe('it was never asked for')
  })

  it('was had where the browser asked once more', () => {
    expect(pageRefusal('http://site.example/', [asked('http://site.example/', { outcome: 'failed' }), asked('http://site.example/')])).toBeUndefined()
  })

  it('that leads in a circle comes to an end', () => {
    expect(pageRefusal('http://site.example/', [asked('http://site.example/', moved('/'))])).toBeUndefined()
  })
})
