import { describe, expect, it } from 'vitest'
import type { Exchange } from '#scanner/detonation/egress/exchange.ts'
import type { Happening, HappeningOf } from '#scanner/detonation/contract.ts'
import { reportOfPage } from '#scanner/detonation/page/page-report.ts'
import { pageText } from '#cli/page-text.ts'

const told = (action: HappeningOf<'page'>['action'], detail: string, more: object = {}): Happening => ({
  kind: 'page',
  action,
  detail,
  rank: 'guest',
  t: 1,
  ...more,
})
const exchange = (url: string, more: Partial<Exchange> = {}): Exchange => ({
  t: 1,
  method: 'GET',
  url,
  kind: 'http',
  outcome: 'answered',
  request: { headers: [] },
  response: { status: 200, reason: 'OK', headers: [], body: { size: 512 } },
  took_ms: {},
  ...more,
})

describe('what a person reads of a page', () => {
  it('is the way to it, what it asked for as a tree, and what it did', () => {
    const [first, second, script] = ['http://a.example/', 'https://b.example/', 'https://b.example/script.js']
    const happenings = [
      told('request', `GET ${first}`, { url: first, method: 'GET', as: 'Document', id: '1' }),
      told('redirect', 'HTTP', { from: first, url: second, cause: 'http', status: 302 }),
      told('request', `GET ${second}`, { url: second, method: 'GET', as: 'Document', id: '2' }),
      told('navigate', 'text/html', { url: second }),
      told('request', `GET ${script}`, { url: script, method: 'GET', as: 'Script', id: '3', from: second }),
      told('scheme', 'ms-msdt:/id PCWDiagnostic', { url: 'ms-msdt:/id PCWDiagnostic', cause: 'script' }),
      told('clipboard', 'powershell -c exit'),
      told('title', 'A shop'),
      told('heap', '', { bytes: 3 * 2 ** 20 }),
    ]
    const text = pageText(
      reportOfPage(first, happenings, [
        exchange(first),
        exchange(second),
        exchange(script, { outcome: 'refused', why: 'an inside address', response: undefined }),
      ]),
    )
    expect(text.split('\n')).toEqual([
      '  page          A shop',
      '  ended at      https://b.example/',
      '  redirect      http 302  http://a.example/ -> https://b.example/',
      '  launches      ms-msdt:/id PCWDiagnostic (script)',
      '  clipboard     powershell -c exit',
      '  request       GET http://a.example/ (Document): 200, 512 bytes',
      '                GET https://b.example/ (Document): 200, 512 bytes',
      '                  GET https://b.example/script.js (Script): refused, an inside address',
      '  screens       0',
      '  scripts held  at most 3 MiB',
      '',
    ])
  })

  it('shows no control characters of the page, and no end of lines', () => {
    const text = pageText(
      reportOfPage(
        'http://a.example/',
        Array.from({ length: 60 }, (_, n) => told('console', `\u001b[31m${n}${'x'.repeat(4000)}`)),
        [],
      ),
    )
    expect(text).not.toContain('\u001b')
    expect(text).toContain('and 20 more')
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThan(700)
  })
})
