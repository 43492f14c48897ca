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

/**
 * What happens to a request before a byte of its body is read: count the address, find out who asks,
 * count the credential, refuse other sites, ask the route's rule. Whoever may not learns nothing of
 * what the route would have accepted.
 */
export function admit(app: App, identify: Identify, limits: RateLimits): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    const { route } = lineOf(request)
    request.actor = ANONYMOUS
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
    if (route.access !== 'public') authorise(request.actor, route.access)
  }
}

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
