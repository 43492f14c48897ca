import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { Problem } from '#platform/errors.ts'
import { ReadinessBody, allReady, type Readiness } from '#platform/http/readiness.ts'
import { route, type Route } from '#platform/http/route.ts'

const PROBE = { method: 'GET', tag: 'operation', access: 'public', anonymous: true, probe: true } as const

/** `/healthz`, which answers while the process lives, and `/readyz`, which is 503 until everything it names works. */
export function healthRoutes(app: App, ready: () => Promise<Readiness>): Route[] {
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
        const parts = await ready().catch((cause: unknown) => {
          throw new Problem('NOT_READY', undefined, { cause })
        })
        const every = allReady(parts)
        if (!every) reply.code(503)
        return { ready: every, parts: { ...parts, clock: app.clock.disagreement() === undefined } }
      },
    }),
  ]
}
