import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { figure, memoryMiBOf } from './figure.ts'
import type { Order, Served } from './harness/exchange-server.ts'
import { PlainClient, type PlainAnswer } from './harness/plain-client.ts'

/**
 * What reading a collection costs: CPU of the server and of all connections of PostgreSQL per request, HTTP without TLS and compression, a token and the filter of
 * rights on every request; 10 thousand and 100 thousand objects (a million with VEDETTE_BENCH_OBJECTS=1000000) of the generator of the exchange design, 22.5. The client
 * is a process of its own and never sleeps: to wake one costs the server more on a virtual machine than the request does. Peers cannot be had from Debian or npm and were not run here;
 * the exchange design, 22.1, states of OpenTAXII 0.10 at a million: page of 100 39 to 48 ms CPU, of 1,000 482 ms, nothing new 6 to 47 ms, match[id] 5.1 ms, manifest 36 ms, a walk 1,050 objects per CPU-second.
 */
const MOST = Number(process.env['VEDETTE_BENCH_OBJECTS'] ?? 100_000)
const TAXII = 'application/taxii+json;version=2.1'
const CONNECTIONS = 4

let [child, served] = await start()
const base = `/taxii2/${served.root}/collections/${served.collection}`
const headers = { authorization: served.reader, accept: TAXII }
const busy = () => void setImmediate(busy)
busy()

for (const size of [10_000, 100_000, 1_000_000].filter((count) => count <= MOST)) {
  child.send({ store: size } satisfies Order)
  await once(child, 'message')
  // What is measured is a server that has stored none of it itself.
  child.send('leave' satisfies Order)
  await once(child, 'exit')
  ;[child, served] = await start([JSON.stringify(served), String(size)])
  await measure(`${size.toLocaleString('en')} objects`)
}
child.send('end' satisfies Order)
await once(child, 'exit')
process.exit(0)

async function start(args: readonly string[] = []): Promise<[ChildProcess, Served]> {
  const started = fork(new URL('harness/exchange-server.ts', import.meta.url), args, { execArgv: process.execArgv })
  const [told] = (await once(started, 'message')) as [Served]
  return [started, told]
}

async function measure(at: string): Promise<void> {
  const walked = await walk(at)
  // Opened only now: the server ends connections on which nothing is asked for a minute.
  const clients = Array.from({ length: CONNECTIONS }, () => new PlainClient(served.url))
  const [first, middle, last] = [walked[0]!, walked[Math.floor(walked.length / 2)]!, walked.at(-1)!]
  const [{ id }] = (JSON.parse((await get(clients[0]!, 'objects/?limit=1')).body.toString()) as { objects: [{ id: string }] }).objects
  let n = 0
  // Another first position each time, so that none of these pages is kept.
  const shifted = () => `objects/?limit=100&added_after=${first.replace(/\d{3}Z$/, `${String(n++ % 1000).padStart(3, '0')}Z`)}`
  await cost(clients, `${at}: page of 100, kept`, 2000, () => 'objects/?limit=100')
  await cost(clients, `${at}: page of 100, made`, 400, shifted)
  await cost(clients, `${at}: page of 100 in the middle`, 1000, () => `objects/?limit=100&added_after=${middle}`)
  await cost(clients, `${at}: page of 1,000, kept`, 400, () => 'objects/?limit=1000')
  await cost(clients, `${at}: nothing new`, 2000, () => `objects/?added_after=${last}`)
  await cost(clients, `${at}: match[id]`, 1000, () => `objects/?match%5Bid%5D=${id}`)
  await cost(clients, `${at}: manifest, 100`, 600, () => 'manifest/?limit=100')
  for (const client of clients) client.close()
  figure(`${at}: memory of the server`, memoryMiBOf([child.pid!]), 'MiB')
}

/** Reads everything page by page, as one client does; the last position of each page. */
async function walk(at: string): Promise<string[]> {
  const client = new PlainClient(served.url)
  const [before, began] = [cpu(), performance.now()]
  const positions: string[] = []
  for (let next = ''; ;) {
    const answer = await get(client, `objects/?limit=1000${next}`)
    positions.push(/x-taxii-date-added-last: (\S+)/i.exec(answer.head)![1]!)
    const more = /^\{"more":true,"next":"([^"]+)"/.exec(answer.body.toString('latin1', 0, 400))?.[1]
    if (more === undefined) break
    next = `&next=${more}`
  }
  client.close()
  figure(`${at}: walk in pages of 1,000`, (performance.now() - began) / 1000, 's')
  figure(`${at}: walk in pages of 1,000`, (positions.length * 1e6) / (cpu() - before), 'objects per CPU-second')
  return positions
}

async function cost(clients: readonly PlainClient[], what: string, count: number, path: () => string): Promise<void> {
  await load(clients, Math.ceil(count / 5), path)
  const before = cpu()
  await load(clients, count, path)
  figure(what, (cpu() - before) / count, 'ms CPU per request')
}

async function load(clients: readonly PlainClient[], count: number, path: () => string): Promise<void> {
  let left = count
  const work = async (client: PlainClient) => {
    while (left-- > 0) await get(client, path())
  }
  await Promise.all(clients.map(work))
}

async function get(client: PlainClient, path: string): Promise<PlainAnswer> {
  const answer = await client.get(`${base}/${path}`, headers)
  if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${answer.body.toString()}`)
  return answer
}

/** Milliseconds of processor time that the server and PostgreSQL have used. */
function cpu(): number {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === served.postmaster)
  return [String(child.pid), ...children].reduce((sum, pid) => sum + cpuMsOf(pid), 0)
}

function cpuMsOf(pid: string): number {
  const tasks = readdirSync(`/proc/${pid}/task`)
  return tasks.reduce((sum, task) => sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]) / 1e6, 0)
}

function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return undefined
  }
}
