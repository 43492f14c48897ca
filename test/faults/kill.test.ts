import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pause } from '#platform/clock/clock.ts'
import { signInByLink, type Browserless } from '#test/harness/sign-in.ts'
import { indicator } from '#test/harness/exchange.ts'
import { startInstance, type Instance } from '#test/harness/instance.ts'

const KILLS = 10
/** Objects of an envelope that is taken in in thirteen pieces. */
const ENVELOPE = 12_200
const TAXII = 'application/taxii+json;version=2.1'

/** Promise 11: what was acknowledged is kept, whatever dies at whatever moment. */
describe('when processes are killed at random moments under writes', () => {
  let instance: Instance
  let operator: Browserless
  /** A member whose contacts one officer may invite alone. */
  let organisation: string

  beforeAll(async () => {
    instance = await startInstance('demo')
    await instance.ready()
    const demo = JSON.parse(readFileSync(join(instance.dataDir, 'demo.json'), 'utf8')) as { people: { role: string; signInUrl: string }[] }
    operator = await signInByLink(instance.url, demo.people.find(({ role }) => role === 'operator author')!.signInUrl)
    const members = (await (await operator.get('/api/organisations')).json()) as { items: { id: string; state: string }[] }
    organisation = members.items.find(({ state }) => state === 'active')!.id
  }, 180_000)
  afterAll(async () => {
    await instance.end()
    instance.remove()
  })

  it('keeps every acknowledged write, half applies none, and the audit log verifies', { timeout: 300_000 }, async () => {
    const acknowledged: string[] = []
    const stopWriting = new AbortController()
    const writers = [1, 2, 3].map((writer) => write(operator, organisation, `Writer ${writer}`, acknowledged, stopWriting.signal))

    const parts = ['serve', 'worker', 'postgres'] as const
    for (let kill = 0; kill < KILLS; kill++) {
      await pause(300 + Math.random() * 1500)
      const part = parts[kill % parts.length]!
      const before = acknowledged.length
      for (const pid of instance.pids(part)) process.kill(part === 'postgres' ? -pid : pid, 'SIGKILL')
      await until(() => acknowledged.length > before + 3, `writes go on after ${part} was killed`)
    }
    stopWriting.abort()
    await Promise.all(writers)
    await instance.ready()

    const people = await everybody(operator)
    console.log(`${KILLS} kills, ${acknowledged.length} writes acknowledged, ${people.size - 4} people stored`)
    expect(acknowledged.length).toBeGreaterThan(KILLS * 3)
    expect(acknowledged.filter((name) => !people.has(name))).toEqual([])
    // A person without the roles of the same transaction would be half an invitation.
    expect([...people].filter(([name, roles]) => name.startsWith('Writer') && roles !== 'analyst')).toEqual([])
    expect(verify(instance)).toMatchObject({ status: 0, ok: true })
  })

  it('takes in a large envelope once and whole, and whoever polls meanwhile misses nothing of it', { timeout: 240_000 }, async () => {
    const { people, taxii } = JSON.parse(readFileSync(join(instance.dataDir, 'demo.json'), 'utf8')) as Demonstration
    const headersOf = (wanted: string) => ({ authorization: `Bearer ${people.find(({ role }) => role === wanted)!.token}`, accept: TAXII })
    const root = taxii.apiRoot.replace(/\/$/, '')
    const { collections } = (await (await fetch(`${root}/collections/`, { headers: headersOf('vendor analyst') })).json()) as {
      collections: { id: string; can_write: boolean }[]
    }
    const objects = `${root}/collections/${collections.find(({ can_write: writes }) => writes)!.id}/objects/`
    const texts = Array.from({ length: ENVELOPE }, () => JSON.stringify(indicator()))
    const headers = { ...headersOf('vendor analyst'), 'content-type': TAXII }
    const posted = await fetch(objects, { method: 'POST', headers, body: `{"objects":[${texts.join(',')}]}` })
    expect(posted.status).toBe(202)
    const { id } = (await posted.json()) as { id: string }
    const progress = async () => (await again(() => fetch(`${root}/status/${id}/`, { headers: headersOf('vendor analyst') }))) as Progress

    const stopPolling = new AbortController()
    const polled = poll(objects, headersOf('responder'), stopPolling.signal)
    for (const [n, part] of (['postgres', 'worker', 'serve'] as const).entries()) {
      let status = await progress()
      for (const wanted = Math.max(status.success_count, n * 1000) + 1; status.success_count < wanted && status.pending_count > 0;) status = await progress()
      expect(status.pending_count, `before ${part} is killed`).toBeGreaterThan(0)
      for (const pid of instance.pids(part)) process.kill(part === 'postgres' ? -pid : pid, 'SIGKILL')
    }
    let status = await progress()
    for (; status.pending_count > 0; status = await progress()) await pause(200)
    expect(status).toMatchObject({ status: 'complete', total_count: ENVELOPE, success_count: ENVELOPE, failure_count: 0 })
    await instance.ready()
    stopPolling.abort()
    const ids = texts.map((text) => (JSON.parse(text) as { id: string }).id).toSorted()
    const own = new Set(ids)
    const sorted = (all: readonly string[]) => all.filter((one) => own.has(one)).toSorted()
    // Each once for whoever polled all the time, and for whoever comes now.
    expect(sorted(await polled)).toEqual(ids)
    expect(sorted(await poll(objects, headersOf('responder 2'), AbortSignal.abort()))).toEqual(ids)
    expect(verify(instance)).toMatchObject({ status: 0, ok: true })
  })

  it('keeps everything when the starting process itself is killed and started again', { timeout: 120_000 }, async () => {
    const before = await everybody(operator)
    await instance.end('SIGKILL')
    await instance.restart()
    expect(await everybody(operator)).toEqual(before)
    expect(verify(instance)).toMatchObject({ status: 0, ok: true })
  })

  it('ends within 10 s when asked, and the log verifies while stopped', { timeout: 60_000 }, async () => {
    const started = performance.now()
    expect(await instance.end('SIGINT')).toBe(0)
    expect(performance.now() - started).toBeLessThan(10_000)
    for (const part of ['serve', 'worker', 'postgres'] as const) expect(instance.pids(part)).toEqual([])
    expect(verify(instance)).toMatchObject({ status: 0, ok: true })
  })
})

interface Demonstration {
  readonly people: readonly { readonly role: string; readonly token: string }[]
  readonly taxii: { readonly apiRoot: string }
}

interface Progress {
  readonly status: string
  readonly success_count: number
  readonly pending_count: number
}

/** Asks until there is an answer: what is asked of was just killed. */
async function again(ask: () => Promise<Response>): Promise<unknown> {
  for (let tries = 0; tries < 600; tries++) {
    const answer = await ask().catch(() => undefined)
    const body = answer?.status === 200 ? await answer.json().catch(() => undefined) : undefined
    if (body !== undefined) return body
    await pause(100)
  }
  throw new Error('no answer within 60 s')
}

/** Ids of everything that is added, page by page, until the signal fires and there is no more. */
async function poll(objects: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<string[]> {
  const ids: string[] = []
  for (let after: string | undefined; ;) {
    const ended = signal.aborted
    const page = (await again(async () => {
      const answer = await fetch(`${objects}?limit=500${after === undefined ? '' : `&added_after=${after}`}`, { headers })
      const last = answer.headers.get('x-taxii-date-added-last')
      return Response.json({ last, body: await answer.json() }, { status: answer.status })
    })) as { last: string | null; body: { objects?: { id: string }[] } }
    ids.push(...(page.body.objects ?? []).map(({ id }) => id))
    after = page.last ?? after
    if (page.last === null && ended) return ids
    if (page.last === null) await pause(100)
  }
}

async function write(client: Browserless, organisation: string, writer: string, acknowledged: string[], signal: AbortSignal): Promise<void> {
  for (let n = 0; !signal.aborted; n++) {
    const name = `${writer}, ${n}`
    const answer = await client.post('/api/people', { name, organisation, roles: ['analyst'] }).catch(() => undefined)
    if (answer?.status === 201) acknowledged.push(name)
    else await pause(100)
  }
}

/** Names and roles of all people that the operator's people list shows, page by page. */
async function everybody(client: Browserless): Promise<Map<string, string>> {
  const people = new Map<string, string>()
  for (let cursor: string | null = ''; cursor !== null;) {
    const answer = await client.get(`/api/people?limit=200${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`)
    const page = (await answer.json()) as { items: { name: string; roles: string[] }[]; next: string | null }
    for (const { name, roles } of page.items) people.set(name, roles.join())
    cursor = page.next
  }
  return people
}

function verify(instance: Instance): { status: number | null; ok: boolean } {
  const run = spawnSync('bin/vedette', ['log', 'verify', '--json'], { env: instance.env, encoding: 'utf8' })
  const report = JSON.parse(run.stdout || '{"ok":false}') as { ok: boolean }
  return { status: run.status, ok: report.ok }
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (holds()) return
    await pause(100)
  }
  throw new Error(`not within 60 s: ${what}`)
}
