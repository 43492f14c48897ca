import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { stopwatch } from '#platform/clock/clock.ts'
import { Problem } from '#platform/errors.ts'
import { ReadinessBody, allReady, type Readiness } from '#platform/http/readiness.ts'
import { route, type Route } from '#platform/http/route.ts'

const PROBE = { method: 'GET', tag: 'operation', access: 'public', anonymous: true, probe: true } as const

/** `/healthz`, which answers while the process lives, and `/readyz`, which is 503 until everything it names works. */
export function healthRoutes(app: App, ready: () => Promise<Readiness>): Route[] {
  const readiness = askSeldom(ready)
  return [
    route({
      ...PROBE,
      url: '/healthz',
      summary: 'Answers while the process lives.',
      response: z.object({ alive: z.literal(true) }),
      handle: async () => ({ alive: true as const }),
    }),
    route({
      ...PROBE,
      url: '/readyz',
      summary: 'Whether everything works that an answer needs; 503 until it does.',
      response: ReadinessBody,
      handle: async ({ reply }) => {
        const parts = await readiness().catch((cause: unknown) => {
          throw new Problem('NOT_READY', undefined, { cause })
        })
        const every = allReady(parts)
        if (!every) reply.code(503)
        return { ready: every, parts: { ...parts, clock: app.clock.disagreement() === undefined } }
      },
    }),
  ]
}

/** How long an answer is good for: a flood of questions costs nothing, and a start is still measured to a tenth of a second. */
const READY_KEPT_MS = 1_000
const OTHERWISE_KEPT_MS = 100

/** Asks again only once the last answer has become old; whoever comes while it is being asked gets that answer. */
function askSeldom(ready: () => Promise<Readiness>): () => Promise<Readiness> {
  let asking: Promise<Readiness> | undefined
  let isFresh = () => false
  const ask = async (): Promise<Readiness> => {
    let keptMs = OTHERWISE_KEPT_MS
    try {
      const parts = await ready()
      if (allReady(parts)) keptMs = READY_KEPT_MS
      return parts
    } finally {
      const age = stopwatch()
      isFresh = () => age() < keptMs
    }
  }
  return () => {
    if (!asking || !isFresh()) {
      isFresh = () => true
      asking = ask()
    }
    return asking
  }
}
