import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import { cpuSecondsOf, figure, memoryMiBOf, peakMiBOf } from './figure.ts'
import { childrenOf } from './harness/children.ts'
import type { Order, Served } from './harness/exchange-server.ts'
import { PlainClient } from './harness/plain-client.ts'
import { indicatorId, indicatorText } from './stix-objects.ts'

/**
 * Two clients poll while a third writes 100,000 objects in envelopes of 1,000, and then as many in one envelope (VEDETTE_BENCH_OBJECTS for other numbers of
 * thousands): a member that is not the writer, which goes on by `next`, and an analyst of the operator, which goes on by `added_after`. Real HTTP, an embedded PostgreSQL as it is by default, a server and
 * a worker in processes of their own. Of each thousand the member must see 700 objects for the community and 50 relationships whose ends come a
 * thousand later, and never 200 RED objects and 50 relationships to one of them; the analyst sees everything. Fails unless nothing is missed and nothing comes twice.
 */
const OBJECTS = Number(process.env['VEDETTE_BENCH_OBJECTS'] ?? 100_000)
const TAXII = 'application/taxii+json;version=2.1'
const SIZE = 1000
const [RED, BEFORE, NEVER] = [200, 50, 50]

// The one that made the database is not the one whose memory is measured.
const [, made] = await start([])
const [child, served] = await start([JSON.stringify(made)])
const worker = fork(new URL('harness/exchange-worker.ts', import.meta.url), [JSON.stringify(served.worker)], { execArgv: process.execArgv })
await once(worker, 'message')
const base = `/taxii2/${served.root}/collections/${served.collection}/objects/`
const headersOf = (authorization: string) => ({ authorization, accept: TAXII })

figure('memory of the server before anything was asked', memoryMiBOf([child.pid!]), 'MiB')
figure('memory of the worker before', memoryMiBOf([worker.pid!]), 'MiB')
const expected = { member: new Set<string>(), analyst: new Set<string>() }
let thousands = 0
await run('envelopes of 1,000', async () => {
  while (thousands * SIZE < OBJECTS) await post(envelopeOf(nextThousand()), SIZE)
})
figure('most memory of the server by then', peakMiBOf(child.pid!), 'MiB')
const texts: string[] = []
while (thousands * SIZE < 2 * OBJECTS) texts.push(...nextThousand())
const body = envelopeOf(texts)
figure('one envelope: size', body.length / 2 ** 20, 'MiB')
await run('one envelope', () => post(body, texts.length))
figure('most memory of the server', peakMiBOf(child.pid!), 'MiB')
figure('most memory of the worker', peakMiBOf(worker.pid!), 'MiB')
worker.send('end')
await once(worker, 'exit')
child.send('end' satisfies Order)
await once(child, 'exit')
process.exit()

async function start(args: readonly string[]): Promise<[ChildProcess, Served]> {
  const started = fork(new URL('harness/exchange-server.ts', import.meta.url), args, { execArgv: process.execArgv })
  const [message] = (await once(started, 'message')) as [Served]
  if (args.length > 0) return [started, message]
  started.send('leave' satisfies Order)
  await once(started, 'exit')
  return [started, message]
}

async function run(what: string, write: () => Promise<void>): Promise<void> {
  const ended = new AbortController()
  const before = { at: performance.now(), server: cpuSecondsOf([child.pid!]), worker: cpuSecondsOf([worker.pid!]), database: databaseSeconds() }
  const polling = [poll(served.reader, 'next', ended.signal), poll(served.staff, 'added_after', ended.signal)] as const
  const waiting = worstAnswer(ended.signal)
  await write()
  const seconds = (performance.now() - before.at) / 1000
  ended.abort()
  const [member, analyst] = await Promise.all(polling)
  compare(`${what}: the member`, member, expected.member)
  compare(`${what}: the analyst`, analyst, expected.analyst)
  figure(`${what}: until all were stored`, seconds, 's')
  figure(`${what}: server`, cpuSecondsOf([child.pid!]) - before.server, 's CPU')
  figure(`${what}: worker`, cpuSecondsOf([worker.pid!]) - before.worker, 's CPU')
  figure(`${what}: PostgreSQL`, databaseSeconds() - before.database, 's CPU')
  figure(`${what}: /healthz, 99 of 100 within`, (await waiting).usual, 'ms')
  figure(`${what}: /healthz, longest`, (await waiting).longest, 'ms')
}

function compare(who: string, seen: ReadonlyMap<string, number>, wanted: ReadonlySet<string>): void {
  const twice = [...seen.values()].filter((times) => times > 1).length
  const missed = [...wanted].filter((id) => !seen.has(id)).length
  const strange = [...seen.keys()].filter((id) => !wanted.has(id)).length
  figure(`${who}: seen`, seen.size, 'objects')
  figure(`${who}: missed`, missed, 'objects')
  figure(`${who}: twice`, twice, 'objects')
  figure(`${who}: not meant for it`, strange, 'objects')
  if (missed + twice + strange > 0) process.exitCode = 1
}

/** The next thousand; notes who must see them. */
function nextThousand(): string[] {
  const first = thousands++ * SIZE
  const texts: string[] = []
  for (let n = first; n < first + SIZE; n++) {
    const at = n - first
    if (at < RED) texts.push(indicatorText(n).replace(TLP_MARKINGS.GREEN, TLP_MARKINGS.RED))
    else if (at < RED + NEVER) texts.push(relationship(n, first + RED + NEVER + BEFORE, first))
    else if (at < RED + NEVER + BEFORE) texts.push(relationship(n, first + RED + NEVER + BEFORE, first + SIZE + at + BEFORE))
    else texts.push(indicatorText(n))
    const id = at >= RED && at < RED + NEVER + BEFORE ? relationshipId(n) : indicatorId(n)
    expected.analyst.add(id)
    // What waits for the next thousand is shown with it.
    if (at >= RED + NEVER + BEFORE) expected.member.add(id)
    if (at >= RED + NEVER && at < RED + NEVER + BEFORE && first > 0) expected.member.add(relationshipId(n - SIZE))
  }
  return texts
}

function relationshipId(n: number): string {
  return indicatorId(n).replace('indicator', 'relationship')
}

function relationship(n: number, from: number, to: number): string {
  const common = { type: 'relationship', spec_version: '2.1', id: relationshipId(n), created: '2026-01-01T00:00:00.000Z', modified: '2026-01-01T00:00:00.000Z' }
  const ends = { relationship_type: 'related-to', source_ref: indicatorId(from), target_ref: indicatorId(to) }
  return JSON.stringify({ ...common, ...ends, object_marking_refs: [TLP_MARKINGS.GREEN] })
}

function envelopeOf(texts: readonly string[]): Buffer {
  return Buffer.from(`{"objects":[${texts.join(',')}]}`)
}

interface Status {
  readonly id: string
  readonly success_count: number
  readonly pending_count: number
}

/** Until all of it is stored. */
async function post(body: Buffer, count: number): Promise<void> {
  const headers = { ...headersOf(served.writer), 'content-type': TAXII }
  const answer = await fetch(`${served.url}${base}`, { method: 'POST', headers, body })
  if (answer.status !== 202) throw new Error(`posting answered ${answer.status}: ${await answer.text()}`)
  let status = (await answer.json()) as Status
  const url = `${served.url}/taxii2/${served.root}/status/${status.id}/`
  while (status.pending_count > 0) {
    await new Promise((resolve) => setTimeout(resolve, 1000))
    status = (await (await fetch(url, { headers: headersOf(served.writer) })).json()) as Status
  }
  if (status.success_count !== count) throw new Error(`${status.success_count} of ${count} were stored`)
}

/** Everything that a client is shown until it is told to end and there is no more: how often each came. */
async function poll(authorization: string, by: 'next' | 'added_after', ended: AbortSignal): Promise<Map<string, number>> {
  const client = new PlainClient(served.url)
  const seen = new Map<string, number>()
  let [after, next] = ['', '']
  for (;;) {
    const isLast = ended.aborted
    const { status, head, body } = await client.get(`${base}?limit=1000${after}${next}`, headersOf(authorization))
    if (status !== 200) throw new Error(`polling answered ${status}: ${body.toString()}`)
    const page = JSON.parse(body.toString()) as { next?: string; objects?: { id: string }[] }
    for (const { id } of page.objects ?? []) seen.set(id, (seen.get(id) ?? 0) + 1)
    const last = /x-taxii-date-added-last: (\S+)/i.exec(head)?.[1]
    if (page.next !== undefined && by === 'next') next = `&next=${page.next}`
    else if (last !== undefined) [after, next] = [`&added_after=${last}`, '']
    if (last === undefined && isLast) return close(client, seen)
    if (last === undefined) await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function close<T>(client: PlainClient, value: T): T {
  client.close()
  return value
}

/** How long answers to a request that needs nothing take meanwhile, in milliseconds; one every 20. */
async function worstAnswer(ended: AbortSignal): Promise<{ usual: number; longest: number }> {
  const client = new PlainClient(served.url)
  const times: number[] = []
  while (!ended.aborted) {
    const began = performance.now()
    await client.get('/healthz')
    times.push(performance.now() - began)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  times.sort((a, b) => a - b)
  return close(client, { usual: times[Math.floor(times.length * 0.99)]!, longest: times.at(-1)! })
}

function databaseSeconds(): number {
  return cpuSecondsOf([served.postmaster, ...childrenOf(served.postmaster)])
}
