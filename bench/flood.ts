import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { pause, stopwatch } from '#platform/clock/clock.ts'
import { startInstance } from '#test/harness/instance.ts'
import { figure } from './figure.ts'

/** What somebody who is signed in waits while one address floods what nobody has to sign in for; limits as they are by default, then as good as none. */
const REQUESTS = 2_500
const SOCKETS = 400
const SAMPLES_IDLE = 60

interface Flood {
  readonly what: string
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: object
}

const FLOODS: readonly Flood[] = [
  { what: 'POST /api/auth/link/inspect', method: 'POST', path: '/api/auth/link/inspect', body: { token: 'vdl_'.padEnd(47, 'a') } },
  { what: 'POST /api/auth/passkey/options', method: 'POST', path: '/api/auth/passkey/options' },
  { what: 'GET /readyz', method: 'GET', path: '/readyz' },
]

for (const [limits, rate] of [
  ['limits as they are', '1200'],
  ['no limits', '1000000'],
] as const) {
  const instance = await startInstance('demo', { VEDETTE_RATE_LIMIT: rate })
  try {
    await instance.ready()
    const demo = JSON.parse(readFileSync(join(instance.dataDir, 'demo.json'), 'utf8')) as { people: { token: string }[] }
    const signedIn = new Agent({ keepAlive: true, maxSockets: 1 })
    const look = () => send(signedIn, `${instance.url}/api/session`, { method: 'GET' }, { authorization: `Bearer ${demo.people[0]!.token}` })
    await sample(look, (taken) => taken < SAMPLES_IDLE)
    report(`${limits}: nobody floods`, await sample(look, (taken) => taken < SAMPLES_IDLE))
    for (const flood of FLOODS) {
      const statuses = new Map<number, number>()
      let flooding = true
      const elapsed = stopwatch()
      const flooded = sendMany(instance.url, flood, statuses).finally(() => (flooding = false))
      const samples = await sample(look, () => flooding)
      await flooded
      report(`${limits}: ${flood.what}`, samples)
      console.error(`${limits}: ${flood.what}: ${[...statuses].map(([status, count]) => `${count} x ${status}`).join(', ')} in ${Math.round(elapsed())} ms`)
    }
  } finally {
    await instance.end()
    instance.remove()
  }
}

async function sendMany(url: string, flood: Flood, statuses: Map<number, number>): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS })
  let left = REQUESTS
  const socket = async () => {
    while (left-- > 0) {
      const { status } = await send(agent, url + flood.path, flood)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: SOCKETS }, socket))
  agent.destroy()
}

async function sample(look: () => Promise<{ status: number; ms: number }>, more: (taken: number) => boolean): Promise<number[]> {
  const taken: number[] = []
  while (more(taken.length)) {
    const { status, ms } = await look()
    if (status !== 200) throw new Error(`somebody who is signed in got ${status}`)
    taken.push(ms)
    await pause(10)
  }
  return taken.sort((a, b) => a - b)
}

function report(what: string, sorted: readonly number[]): void {
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!
  figure(`${what}: signed in, median`, at(0.5), 'ms')
  figure(`${what}: signed in, p99 of ${sorted.length}`, at(0.99), 'ms')
}

function send(
  agent: Agent,
  url: string,
  { method, body }: Pick<Flood, 'method' | 'body'>,
  headers: Record<string, string> = {},
): Promise<{ status: number; ms: number }> {
  const elapsed = stopwatch()
  const payload = body === undefined ? undefined : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    request(url, { agent, method, headers: { ...headers, ...(payload === undefined ? {} : { 'content-type': 'application/json' }) } }, (response) => {
      response.resume().on('end', () => resolve({ status: response.statusCode!, ms: elapsed() }))
    })
      .on('error', reject)
      .end(payload)
  })
}
