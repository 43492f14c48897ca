import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startInstance } from '#test/harness/instance.ts'
import { connect, Refused, type Caller } from '../examples/http.ts'
import { figure } from './figure.ts'

/**
 * What the time of an answer tells a member about a package that is not open to it: pairs of requests over HTTP, one for a
 * package that exists and is closed, one for an id that never existed, in turns that swap (docs/promises.md, 1).
 */
const PAIRS = 1000

const vedette = await startInstance('demo')
try {
  await vedette.ready()
  const { url, people } = JSON.parse(readFileSync(join(vedette.dataDir, 'demo.json'), 'utf8')) as { url: string; people: { role: string; token: string }[] }
  const as = (role: string) => connect(url, people.find((person) => person.role === role)!.token)
  const member = as('vendor analyst')
  const open = new Set((await list(member)).map(({ id }) => id))
  const closed = (await list(as('operator author'))).find(({ id }) => !open.has(id))!.id
  const times = { closed: [] as number[], unknown: [] as number[] }
  for (let pair = -50; pair < PAIRS; pair++) {
    for (const which of pair % 2 === 0 ? (['closed', 'unknown'] as const) : (['unknown', 'closed'] as const)) {
      const ms = await refusalMs(member, `/api/packages/${which === 'closed' ? closed : randomUUID()}`)
      if (pair >= 0) times[which].push(ms)
    }
  }
  figure(`a closed package, median answer over ${PAIRS}`, median(times.closed), 'ms')
  figure(`an id that never existed, median answer over ${PAIRS}`, median(times.unknown), 'ms')
  figure('difference of the medians', Math.abs(median(times.closed) - median(times.unknown)), 'ms')
} finally {
  await vedette.end()
  vedette.remove()
}

async function list(caller: Caller): Promise<readonly { id: string }[]> {
  return (await caller.get<{ items: { id: string }[] }>('/api/packages')).items
}

async function refusalMs(caller: Caller, path: string): Promise<number> {
  const start = performance.now()
  const refused = await caller.get(path).catch((error: unknown) => error)
  if (!(refused instanceof Refused) || refused.code !== 'NOT_FOUND') throw new Error(`${path} was not refused`)
  return performance.now() - start
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
