import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { fetchPage, type Keep } from '#exchange/remotes/fetch-page.ts'
import { RemoteFailure, type FailureKind } from '#exchange/remotes/failure.ts'
import { RemoteStatements } from '#exchange/remotes/find-statements.ts'
import type { LoginSecret } from '#exchange/remotes/login.ts'
import { RemoteClient, type ConnectionOptions } from '#exchange/remotes/remote-client.ts'
import { readBatch } from '#exchange/remotes/take-batch.ts'
import { afterLostNext, START, type Remark, type Walk } from '#exchange/remotes/walk.ts'
import { makeCertificates } from '#test/harness/certificates.ts'
import { indicator } from '#test/harness/exchange.ts'
import { RemoteTaxii } from '#test/harness/remote-taxii.ts'

const certificates = makeCertificates()
let taxii: RemoteTaxii
let trusted: { ca: string | null; privateHosts: string[] }

beforeAll(async () => {
  taxii = await RemoteTaxii.start(certificates && { ...certificates.server, ca: certificates.ca, requestCert: true, rejectUnauthorized: false })
  trusted = { ca: certificates?.ca ?? null, privateHosts: ['localhost'] }
})
afterAll(() => taxii?.close())
beforeEach(() => {
  taxii.objects.length = taxii.asked.length = 0
})
afterEach(() => {
  taxii.faults = {}
  taxii.authorization = undefined
  taxii.onPage = () => undefined
})

const client = (options: Partial<ConnectionOptions> = {}) =>
  new RemoteClient({ ...trusted, origin: taxii.origin, login: { scheme: 'none' }, now: () => new Date('2026-06-01T00:00:00Z'), signal: new AbortController().signal, ...options }) // prettier-ignore

/** A receiver with a memory of its own: what it holds of each object, and how often it got one anew. */
class Receiver {
  readonly held = new Set<string>()
  readonly remarks = new Set<Remark>()
  walk: Walk = { ...START, limit: 3 }
  received = 0
  requests = 0
  readonly keep: Keep = async (elements, _bytes, conclude) => {
    let fresh = 0
    for (const element of elements) {
      const text = element!.toString('utf8')
      if (!this.held.has(text)) fresh++
      this.held.add(text)
      this.received++
    }
    if (conclude) {
      const { step } = conclude(fresh)
      this.walk = step.walk
      for (const remark of step.remarks) this.remarks.add(remark)
    }
    return fresh
  }

  /** Polls to the end, as often as the rules of a walk say; more than `most` requests are a loop. */
  async poll(by = client(), most = 60): Promise<void> {
    for (let asked = 0; ; asked++) {
      if (asked >= most) throw new Error('asks for ever')
      try {
        this.requests++
        const { step } = await fetchPage(by, { collection: taxii.collectionUrl, walk: this.walk, filters: {} }, this.keep)
        if (step.ended) return
      } catch (error) {
        const again = error instanceof RemoteFailure && [400, 404, 410, 416].includes(error.status!) ? afterLostNext(this.walk) : undefined
        if (!again) throw error
        this.walk = again
      }
    }
  }

  expectAll(): void {
    expect([...this.held].sort()).toEqual(taxii.objects.map(({ text }) => text).sort())
  }
}

const some = (n: number) => Array.from({ length: n }, () => indicator())

async function failureOf(work: Promise<unknown>): Promise<FailureKind | undefined> {
  return work.then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof RemoteFailure) return error.kind
      throw error
    },
  )
}

describe('polling a server that keeps the standard', () => {
  it('receives every page once, and afterwards only what is new', async () => {
    taxii.add(some(10))
    const receiver = new Receiver()
    await receiver.poll()
    receiver.expectAll()
    expect([receiver.received, receiver.requests, receiver.remarks.size]).toEqual([10, 4, 0])
    await receiver.poll()
    expect([receiver.received, receiver.requests]).toEqual([10, 5])
    taxii.add(some(2))
    await receiver.poll()
    receiver.expectAll()
    expect([receiver.received, receiver.requests]).toEqual([12, 6])
    expect(taxii.pages.every(({ headers }) => headers.accept === 'application/taxii+json;version=2.1')).toBe(true)
  })

  it('sends the filters of a walk with each of its pages (T24)', async () => {
    taxii.add(some(5))
    const receiver = new Receiver()
    receiver.walk = { ...receiver.walk, after: '2025-01-01T00:00:00.000000Z' }
    await receiver.poll()
    expect(taxii.pages.map(({ url }) => [url.searchParams.get('added_after'), url.searchParams.get('next')])).toEqual([
      ['2025-01-01T00:00:00.000000Z', null],
      ['2025-01-01T00:00:00.000000Z', 'n3'],
    ])
  })

  it('begins anew at an instant that may not have been complete when it was served', async () => {
    taxii.add(some(2))
    const receiver = new Receiver()
    const justNow = taxii.objects[1]!.at / 1000
    const page = { objects: 2, fresh: 2, more: undefined, next: undefined, first: undefined, digest: 'a' }
    await receiver.poll()
    const { afterPage } = await import('#exchange/remotes/walk.ts')
    const last = receiver.walk.reached!
    expect(afterPage(START, { ...page, last, servedAt: justNow + 3_600_000 }).walk.after).toBe(last)
    expect(Date.parse(afterPage(START, { ...page, last, servedAt: justNow }).walk.after!)).toBeLessThan(justNow - 50_000)
  })
})

describe('polling a server that does something otherwise', () => {
  const cases: readonly [string, RemoteTaxii['faults'], { sameInstant?: boolean; remarks?: Remark[]; again?: number }][] = [
    ['takes added_after as inclusive', { inclusive: true, withoutNext: true }, { remarks: ['inclusive'], again: 1 }],
    ['takes added_after as inclusive, all at one instant', { inclusive: true, withoutNext: true }, { sameInstant: true, remarks: ['inclusive'], again: 10 }],
    ['gives no next', { withoutNext: true }, {}],
    ['gives no next, all at one instant', { withoutNext: true }, { sameInstant: true }],
    ['ignores the limit', { ignoresLimit: true }, {}],
    ['sends smaller pages than asked', { largest: 2 }, {}],
    ['sends no headers', { withoutHeaders: true }, {}],
    ['sends no headers and gives no next', { withoutHeaders: true, withoutNext: true }, {}],
    ['sends no headers and has no manifest', { withoutHeaders: true, withoutManifest: true }, { remarks: ['without-positions'], again: 10 }],
    ['ignores added_after', { ignoresAddedAfter: true }, { remarks: ['inclusive'], again: 10 }],
    ['accepts one way of naming the media type', { accepts: 'application/taxii+json' }, {}],
    ['answers with another content type', { contentType: 'application/stix+json' }, {}],
    ['answers as text', { contentType: 'text/html' }, {}],
    ['knows milliseconds only', { digits: 3 }, { remarks: ['inclusive'], again: 1 }],
    ['knows milliseconds only and gives no next', { digits: 3, withoutNext: true }, { remarks: ['inclusive'], again: 1 }],
    ['refuses a limit', { refusesLimit: true, largest: 3 }, {}],
  ]
  it.each(cases)('that %s', async (_what, faults, { sameInstant = false, remarks = [], again = 0 }) => {
    taxii.add(some(10), { sameInstant })
    taxii.faults = faults
    const receiver = new Receiver()
    const by = client()
    await receiver.poll(by)
    receiver.expectAll()
    const before = receiver.received
    await receiver.poll(by)
    expect(receiver.received - before).toBe(again)
    expect([...receiver.remarks]).toEqual(remarks)
    taxii.add(some(2))
    await receiver.poll(by)
    receiver.expectAll()
  })

  it.each([400, 404, 410, 416])('that forgets a next with %i', async (status) => {
    taxii.add(some(10))
    taxii.faults = { lostNext: { status, times: 2 } }
    const receiver = new Receiver()
    await receiver.poll()
    receiver.expectAll()
    taxii.faults = { lostNext: { status, times: 100 }, withoutHeaders: true, withoutManifest: true }
    expect(await failureOf(new Receiver().poll())).toBe(status === 404 || status === 410 ? 'not-found' : 'refused-request')
  })

  it('that says more for ever: ends after a page without progress (connectors #7604)', async () => {
    taxii.add(some(3))
    for (const endless of ['same', 'changing'] as const) {
      taxii.faults = { endless }
      const receiver = new Receiver()
      await receiver.poll(client(), 3)
      receiver.expectAll()
      expect([...receiver.remarks]).toEqual(['no-progress'])
    }
    // Control: a client that goes by `more` alone asks for ever.
    let naive = 0
    for (let more = true; more && naive < 50; naive++) {
      const page = (await client().getJson(`${taxii.collectionUrl}objects/`)) as { more?: boolean }
      more = page.more === true
    }
    expect(naive).toBe(50)
  })

  it('that has more of one instant than any page holds: goes on behind it and says so', async () => {
    taxii.add(some(8), { sameInstant: true })
    taxii.add(some(2))
    taxii.faults = { withoutNext: true, largest: 3 }
    const receiver = new Receiver()
    await receiver.poll()
    expect([receiver.held.size, [...receiver.remarks]]).toEqual([5, ['one-instant']])
  })
})

describe('a server that cannot be used', () => {
  it('is told apart by what is the matter', async () => {
    taxii.add(some(1))
    const poll = (by = client()) => failureOf(new Receiver().poll(by))
    for (const [status, kind] of [
      [401, 'not-accepted'],
      [403, 'forbidden'],
      [404, 'not-found'],
      [429, 'busy'],
      [503, 'busy'],
      [500, 'unavailable'],
      [405, 'refused-request'],
    ] as const) {
      // prettier-ignore
      taxii.faults = { answers: [{ status }] }
      expect([status, await poll()]).toEqual([status, kind])
    }
    taxii.faults = { accepts: 'text/plain' }
    expect(await poll()).toBe('refused-request')
    taxii.faults = { body: '<html></html>' }
    expect(await poll()).toBe('not-taxii')
    taxii.faults = { breaksOff: 40 }
    expect(await poll()).toBe('unreachable')
    taxii.faults = { silent: true }
    expect(await poll(client({ silentMs: 200 }))).toBe('too-slow')
    expect(await poll(client({ privateHosts: [] }))).toBe('address-refused')
    const closed = await RemoteTaxii.start()
    await closed.close()
    expect(await failureOf(client().getJson(closed.root))).toBe('unreachable')
  })

  it('says when to come back, in seconds or by an instant', async () => {
    for (const [retryAfter, waitMs] of [
      ['120', 120_000],
      ['Mon, 01 Jun 2026 00:01:00 GMT', 60_000],
      ['never', undefined],
    ] as const) {
      // prettier-ignore
      taxii.faults = { answers: [{ status: 429, retryAfter }] }
      const failure: unknown = await client()
        .getJson(taxii.root)
        .catch((error: unknown) => error)
      expect(failure).toMatchObject({ kind: 'busy', waitMs })
    }
  })

  it('is left in the middle of a body that goes on too long, and when the work is cancelled', async () => {
    taxii.faults = { endlessBody: true }
    let kept = 0
    const asked = { collection: taxii.collectionUrl, walk: START, filters: {} }
    const read = fetchPage(client(), asked, async (elements) => (kept += elements.length))
    expect(await failureOf(read)).toBe('too-long')
    expect(kept).toBeLessThan(110)
    taxii.faults = { body: `{"objects":[${'1,'.repeat(1_500_000)}1]}` }
    expect(await failureOf(fetchPage(client(), { collection: taxii.collectionUrl, walk: START, filters: {} }, async () => 0))).toBe('too-long')
    const stop = new AbortController()
    taxii.faults = { silent: true }
    const cancelled = client({ signal: stop.signal }).getJson(taxii.root)
    setImmediate(() => stop.abort(new Error('cancelled')))
    await expect(cancelled).rejects.toThrow('cancelled')
  })
})

describe('markings that a server defines', () => {
  const batchOf = (...objects: readonly object[]) => readBatch(objects.map((object) => Buffer.from(JSON.stringify(object))))
  const definition = (properties: object) => {
    const common = { type: 'marking-definition', spec_version: '2.1', created: '2026-01-01T00:00:00Z' }
    return { ...common, id: `marking-definition--${randomUUID()}`, ...properties }
  }

  it('are asked for once when an object names one that comes in another page, and are statements or nothing', async () => {
    const statement = () => definition({ definition_type: 'statement', definition: { statement: 'Copyright' } })
    const [later, here] = [statement(), statement()]
    const other = definition({ extensions: { [`extension-definition--${randomUUID()}`]: { extension_type: 'property-extension', x: 1 } } })
    taxii.add([later, other])
    const statements = new RemoteStatements(client(), taxii.collectionUrl)
    const marked = (...refs: string[]) => indicator({ object_marking_refs: refs })
    const found = await statements.of(batchOf(here, marked(later.id, here.id), marked(other.id, `marking-definition--${randomUUID()}`)))
    expect([...found].toSorted()).toEqual([later.id, here.id].toSorted())
    expect([...(await statements.of(batchOf(marked(later.id), marked(other.id))))]).toHaveLength(2)
    expect(taxii.pages).toHaveLength(1)
  })

  it('count as unknown where the server has no answer to the question', async () => {
    taxii.faults = { answers: [{ status: 400 }] }
    const found = await new RemoteStatements(client(), taxii.collectionUrl).of(
      batchOf(indicator({ object_marking_refs: [`marking-definition--${randomUUID()}`] })),
    )
    expect([found.size, taxii.asked.length]).toEqual([0, 1])
  })

  it('are asked for no further once a run has asked for very many, however many come by themselves', async () => {
    const here = Array.from({ length: 1_001 }, () => definition({ definition_type: 'statement', definition: { statement: 'Copyright' } }))
    const refs = Array.from({ length: 1_500 }, () => `marking-definition--${randomUUID()}`)
    const statements = new RemoteStatements(client(), taxii.collectionUrl)
    for (const named of [refs.slice(0, 600), refs.slice(400)]) await statements.of(batchOf(...here, indicator({ object_marking_refs: named })))
    expect(taxii.pages.flatMap(({ url }) => url.searchParams.get('match[id]')!.split(','))).toEqual(refs.slice(0, 1_000))
  })

  it('are asked for again, with what names them, where the question was lost on its way', async () => {
    const batch = batchOf(indicator({ object_marking_refs: [`marking-definition--${randomUUID()}`] }))
    taxii.faults = { silent: true }
    expect(await failureOf(new RemoteStatements(client({ silentMs: 100 }), taxii.collectionUrl).of(batch))).toBe('too-slow')
  })
})

describe('credentials', () => {
  const basic: LoginSecret = { scheme: 'basic', user: 'us', password: 'pässword' }
  it('are sent as the scheme has it', async () => {
    taxii.authorization = `Basic ${Buffer.from('us:pässword').toString('base64')}`
    expect(await client({ login: basic }).getJson(taxii.root)).toMatchObject({ title: 'Root' })
    expect(await failureOf(client().getJson(taxii.root))).toBe('not-accepted')
    taxii.authorization = 'Bearer abc.def'
    expect(await client({ login: { scheme: 'bearer', token: 'abc.def' } }).getJson(taxii.root)).toMatchObject({ title: 'Root' })
  })

  it.runIf(certificates)('can be a certificate; a server is believed by the authority that was named, and by no other', async () => {
    taxii.authorization = 'certificate'
    const login: LoginSecret = { scheme: 'certificate', certificate: certificates!.client.cert, key: certificates!.client.key }
    expect(await client({ login }).getJson(taxii.root)).toMatchObject({ title: 'Root' })
    expect(await failureOf(client().getJson(taxii.root))).toBe('not-accepted')
    expect(await failureOf(client({ login, ca: null }).getJson(taxii.root))).toBe('not-trusted')
    expect(await failureOf(client({ login: { ...login, key: certificates!.server.key } }).getJson(taxii.root))).toBe('own-certificate')
  })

  it('go to no other origin by a redirect; one on the same origin keeps them', async () => {
    const other = await RemoteTaxii.start(certificates && { ...certificates.server, ca: certificates.ca })
    try {
      taxii.authorization = other.authorization = `Basic ${Buffer.from('us:pässword').toString('base64')}`
      taxii.faults = { answers: [{ status: 307, location: '/root/' }] }
      expect(await client({ login: basic }).getJson(`${taxii.origin}/moved/`)).toMatchObject({ title: 'Root' })
      taxii.faults = { answers: [{ status: 307, location: other.root }] }
      const failure = await failureOf(client({ login: basic }).getJson(taxii.root))
      expect(['not-accepted', 'not-trusted']).toContain(failure)
      expect(other.asked.filter(({ headers }) => headers.authorization !== undefined)).toEqual([])
    } finally {
      await other.close()
    }
  })

  it('a redirect goes nowhere that is not connected to, not to plain http, and not for ever', async () => {
    const to = (location: string, times = 1) => {
      taxii.faults = { answers: Array.from({ length: times }, () => ({ status: 302, location })) }
      return failureOf(client({ login: basic }).getJson(taxii.root))
    }
    expect(await to('https://127.0.0.1/')).toBe('address-refused')
    expect(await to('https://169.254.169.254/latest/')).toBe('address-refused')
    if (certificates) expect(await to('http://localhost/')).toBe('redirected')
    expect(await to('/again/', 10)).toBe('redirected')
    taxii.faults = { answers: [{ status: 307, location: '/root/' }] }
    expect(await failureOf(client({ login: basic }).postEnvelope(`${taxii.collectionUrl}objects/`, Buffer.from('{"objects":[]}')))).toBe('redirected')
  })
})
