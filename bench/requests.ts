import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { freePort, startInstance } from '#test/harness/instance.ts'
import { cpuSecondsOf, figure } from './figure.ts'

/** Requests per CPU-second of the server process alone and with the database, beside a bare node:http server in the same run. */
const REQUESTS = 20_000
const CONCURRENCY = 16
const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY })

const instance = await startInstance('demo')
await instance.ready()
const demo = JSON.parse(readFileSync(join(instance.dataDir, 'demo.json'), 'utf8')) as { people: { role: string; token: string }[] }
const headers = { authorization: `Bearer ${demo.people[0]!.token}` }
const server = instance.pids('serve')

await measure('GET /healthz', `${instance.url}/healthz`, {}, server)
await measure('GET /api/session with a token (identity read from the database)', `${instance.url}/api/session`, headers, server)
await measure('GET /api/people with a token', `${instance.url}/api/people`, headers, server)
await instance.end()
instance.remove()
await barePeer()

async function measure(what: string, url: string, headers: Record<string, string>, pids: number[]): Promise<void> {
  await load(url, headers, REQUESTS / 10)
  const before = cpuSecondsOf(pids)
  await load(url, headers, REQUESTS)
  figure(what, REQUESTS / (cpuSecondsOf(pids) - before), 'requests per CPU-second')
}

async function load(url: string, headers: Record<string, string>, count: number): Promise<void> {
  let left = count
  const client = async () => {
    while (left-- > 0) await get(url, headers)
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, client))
}

function get(url: string, headers: Record<string, string>): Promise<void> {
  return new Promise((resolve, reject) => {
    request(url, { agent, headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url} answered ${response.statusCode}`))
      response.resume().on('end', resolve)
    })
      .on('error', reject)
      .end()
  })
}

/** The ceiling: the same answer size from node:http with nothing behind it. */
async function barePeer(): Promise<void> {
  const port = await freePort()
  const source = `require('node:http').createServer((q, r) => { r.setHeader('content-type', 'application/json'); r.end(JSON.stringify({ status: 'alive', padding: 'x'.repeat(400) })) }).listen(${port}, '127.0.0.1', () => console.log('up'))`
  const peer = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(peer.stdout, 'data')
  await measure('peer: bare node:http, 430 bytes of JSON', `http://127.0.0.1:${port}/`, {}, [peer.pid!])
  peer.kill()
}
