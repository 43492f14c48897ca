import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testFloor, type TestFloor } from '#test/harness/http.ts'

let floor: TestFloor
let server: FastifyInstance
const root = mkdtempSync(join(tmpdir(), 'vedette-console-'))
const dir = join(root, 'console')

beforeAll(async () => {
  mkdirSync(join(dir, 'assets'), { recursive: true })
  writeFileSync(join(root, 'outside.txt'), 'canary')
  writeFileSync(join(dir, 'index.html'), '<!doctype html><title>Console</title>')
  writeFileSync(join(dir, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  writeFileSync(join(dir, '.hidden'), 'canary')
  writeFileSync(join(dir, 'assets', 'main-abc123.js'), 'export const a = 1\n'.repeat(200))
  writeFileSync(join(dir, 'assets', 'main-abc123.js.br'), brotliCompressSync('export const a = 1\n'.repeat(200)))
  symlinkSync(join(root, 'outside.txt'), join(dir, 'assets', 'link.txt'))
  floor = await testFloor()
  server = await floor.serve([], { consoleDir: dir })
})
afterAll(async () => {
  await floor[Symbol.asyncDispose]()
  rmSync(root, { recursive: true, force: true })
})

const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
const get = (url: string, headers: Record<string, string> = HTML) => server.inject({ url, headers })

describe('the console', () => {
  it.each(['/', '/people', '/inbox/0193b0c8', '/log?from=3', '/index.html'])('is one page for every path that a browser opens: %s', async (url) => {
    const reply = await get(url)
    expect([reply.statusCode, reply.headers['content-type'], reply.headers['cache-control']]).toEqual([200, 'text/html; charset=utf-8', 'no-cache'])
    expect(reply.headers['content-security-policy']).toContain("script-src 'self'")
  })

  it.each([256, 1000, 6000])('is the page for a path of %i characters as well', async (length) => {
    expect((await get(`/${'a'.repeat(length)}`)).statusCode).toBe(200)
    expect((await get(`/${'a'.repeat(200)}${'/b'.repeat(length / 2)}`)).statusCode).toBe(200)
  })

  it('has assets that are kept for good, and compressed', async () => {
    const reply = await get('/assets/main-abc123.js', { 'accept-encoding': 'br' })
    expect([reply.statusCode, reply.headers['cache-control'], reply.headers['content-encoding']]).toEqual([200, 'public, max-age=31536000, immutable', 'br'])
    expect([reply.headers['content-type'], reply.headers.vary]).toEqual([expect.stringContaining('javascript'), 'accept-encoding'])
    expect(brotliDecompressSync(reply.rawPayload).toString()).toContain('export const a = 1')
    for (const encoding of ['gzip', 'br;q=0', 'identity']) {
      const plain = await get('/assets/main-abc123.js', { 'accept-encoding': encoding })
      expect([plain.headers['content-encoding'], plain.body.slice(0, 6)], encoding).toEqual([undefined, 'export'])
    }
    const icon = await get('/favicon.svg')
    expect([icon.headers['cache-control'], icon.headers['content-type']]).toEqual(['no-cache', 'image/svg+xml'])
  })

  it('is not what an interface, a missing asset or a program gets for an unknown path', async () => {
    for (const url of ['/api/nothing', '/taxii2/nothing', '/metrics/x', '/.well-known/x', '/assets/gone.js', '/assets']) {
      const reply = await get(url)
      if (url !== '/assets') expect([reply.statusCode, reply.json().code], url).toEqual([404, 'NOT_FOUND'])
    }
    expect((await get('/people', { accept: 'application/json' })).json().code).toBe('NOT_FOUND')
  })

  it.each([
    '/../outside.txt',
    '/%2e%2e/outside.txt',
    '/..%2foutside.txt',
    '/assets/..%2f..%2foutside.txt',
    '/assets%2f..%2f..%2foutside.txt',
    '/.hidden',
    '/%2ehidden',
    '/assets/%00',
    '/..\\outside.txt',
  ])('gives nothing from outside its folder and no hidden file: %s', async (url) => {
    const reply = await get(url)
    expect(reply.body).not.toContain('canary')
    expect(reply.statusCode).toBeLessThan(500)
  })

  it('offers no other method', async () => {
    const reply = await server.inject({ method: 'POST', url: '/people', payload: {} })
    expect(reply.statusCode).toBe(404)
  })

  it('logs nothing of what browsers ordinarily ask, not even that it listens', async () => {
    const lines: string[] = []
    const sink = new Writable({ write: (line, _encoding, done) => done(void lines.push(String(line))) })
    const log = pino({ level: 'info' }, sink)
    const own = await floor.serve([], { consoleDir: dir, app: { ...floor.app, log } })
    const url = await own.listen({ host: '127.0.0.1', port: 0 })
    for (const path of ['/', '/people', '/favicon.svg', '/assets/main-abc123.js']) {
      const reply = await fetch(url + path, { headers: HTML })
      expect([reply.status, (await reply.text()).length > 0], path).toEqual([200, true])
    }
    expect((await fetch(`${url}/`, { headers: HTML, method: 'HEAD' })).status).toBe(200)
    expect(lines).toEqual([])
    log.info('control')
    expect(lines).toHaveLength(1)
  })

  it.each(['bytes=99999999-', 'bytes=5-1', 'bytes=0-3', 'lines=1', 'bytes='])('gives the whole file to whoever asks for a part: %s', async (range) => {
    const reply = await get('/favicon.svg', { ...HTML, range })
    expect([reply.statusCode, reply.headers['accept-ranges'], reply.body]).toEqual([200, undefined, '<svg xmlns="http://www.w3.org/2000/svg"/>'])
  })

  it.each([
    ['if-match', '"x"'],
    ['if-unmodified-since', 'Thu, 01 Jan 1970 00:00:00 GMT'],
  ])('refuses a precondition that is not met: %s', async (name, value) => {
    for (const url of ['/', '/favicon.svg']) {
      const reply = await get(url, { ...HTML, [name]: value })
      expect([reply.statusCode, reply.headers['content-type'], reply.json().code]).toEqual([412, 'application/problem+json', 'PRECONDITION_FAILED'])
    }
  })

  it('answers a check of a file that did not change with 304', async () => {
    const first = await get('/favicon.svg')
    const again = await get('/favicon.svg', { ...HTML, 'if-none-match': String(first.headers.etag) })
    expect(again.statusCode).toBe(304)
  })
})
