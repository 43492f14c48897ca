import type { FastifyRequest } from 'fastify'
import type { App } from '#platform/app.ts'
import { ANONYMOUS, type Actor } from '#platform/auth/actor.ts'
import { authorise } from '#platform/auth/rule.ts'
import { Problem } from '#platform/errors.ts'
import { refuseNul } from '#platform/http/input.ts'
import type { RateLimits } from '#platform/http/rate-limit.ts'
import type { RouteLine } from '#platform/http/route-table.ts'
import { requireSameOrigin } from '#platform/http/same-origin.ts'

type Identify = (request: FastifyRequest) => Promise<Actor>

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * Finds out again who asks and whether they still may: a body takes as long as its sender wants, and what was revoked
     * meanwhile must not act any more. Throws NOT_SIGNED_IN and FORBIDDEN.
     */
    stillMay: () => Promise<void>
  }
}

/**
 * What happens to a request before a byte of its body is read: count the address, find out who asks,
 * count the credential, refuse other sites, ask the route's rule. Whoever may not learns nothing of
 * what the route would have accepted.
 */
export function admit(app: App, identify: Identify, limits: RateLimits): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    const { route } = lineOf(request)
    request.actor = ANONYMOUS
    request.stillMay = ALWAYS
    refuseNul(request)
    if (route.probe) return
    await limits.byAddress(request)
    if (route.access === 'public' && route.method !== 'GET') await limits.byStranger(request)
    if (route.anonymous) return
    try {
      request.actor = await identifyFor(route.access, identify, request)
    } finally {
      await limits.byCredential(request)
    }
    requireSameOrigin(request, request.actor, app.config.url)
    if (route.access === 'public') return
    const { access } = route
    authorise(request.actor, access)
    request.stillMay = async () => {
      request.actor = await identify(request)
      authorise(request.actor, access)
    }
  }
}

/** What a request is asked again when its route is open to everybody: nothing. */
const ALWAYS = async (): Promise<void> => undefined

export function lineOf(request: FastifyRequest): RouteLine {
  const { line } = request.routeOptions.config
  if (!line) throw new Error('the route has no line in the table')
  return line
}

/** A credential that has ended must not keep its holder from signing in again: a public route sees nobody instead. */
async function identifyFor(access: RouteLine['route']['access'], identify: Identify, request: FastifyRequest): Promise<Actor> {
  try {
    return await identify(request)
  } catch (error) {
    if (access === 'public' && error instanceof Problem && error.code === 'NOT_SIGNED_IN') return ANONYMOUS
    throw error
  }
}
