import { startInstance } from '#test/harness/instance.ts'
import { cpuSecondsOf, figure } from './figure.ts'

/** What the public pages of a programme cost over HTTP, one request after another, and beside them the answer of a route that reads nothing. */
const REQUESTS = 300
const PAGES = ['/programme', '/programme/criteria', '/programme/faq', '/programme/members', '/membership/0193b0c8-1111-4222-8333-444455556666']

const vedette = await startInstance('demo')
try {
  await vedette.ready()
  for (const path of [...PAGES, '/healthz']) {
    await ask(path, 30)
    const before = cpuSecondsOf(vedette.pids('serve'))
    const times = await ask(path, REQUESTS)
    const name = path === '/healthz' ? 'peer: /healthz' : path.replace(/[0-9a-f-]{36}/, 'UNKNOWN')
    figure(`${name}, median`, times.toSorted((a, b) => a - b)[Math.floor(REQUESTS / 2)]!, 'ms')
    figure(`${name}, CPU of the server`, ((cpuSecondsOf(vedette.pids('serve')) - before) * 1000) / REQUESTS, 'ms per request')
  }
} finally {
  await vedette.end()
  vedette.remove()
}

async function ask(path: string, count: number): Promise<number[]> {
  const times: number[] = []
  for (let n = 0; n < count; n++) {
    const start = performance.now()
    await (await fetch(vedette.url + path)).arrayBuffer()
    times.push(performance.now() - start)
  }
  return times
}
