import rateLimit, { normalizeIP } from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { App } from '#platform/app.ts'
import { personOf } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'

/** Requests of one address are cut off here before anyone is looked up, as a multiple of what one credential may send. */
const ADDRESS_FACTOR = 10

/** What nobody has to be signed in for and yet changes something costs more than a page: one address may send this part of what one credential may. */
const STRANGER_PART = 20

/** Addresses and credentials that are counted at once; the least recently seen are forgotten. */
const COUNTED = 50_000

export interface RateLimits {
  /** Counts the address: so many people may share one that only a flood is refused. */
  byAddress(request: FastifyRequest): Promise<void>
  /** Counts the address among those that change something without being signed in. */
  byStranger(request: FastifyRequest): Promise<void>
  /** Counts the session or token, or the address of whoever has neither. */
  byCredential(request: FastifyRequest): Promise<void>
}

/**
 * Limits per minute, counted in this process: several servers behind one balancer allow that many
 * times more. All throw RATE_LIMITED; the answer says in `retry-after` how many seconds to wait.
 */
export async function createRateLimits(app: App, server: FastifyInstance): Promise<RateLimits> {
  await server.register(rateLimit, { global: false, cache: COUNTED })
  const max = app.config.rateLimitPerMinute
  const limiter = (most: number, key: (request: FastifyRequest) => string) => {
    const count = server.createRateLimit({ max: most, timeWindow: 60_000, keyGenerator: key })
    return async (request: FastifyRequest) => {
      const state = await count(request)
      if (!state.isAllowed && state.isExceeded) throw new RateLimited(state.ttlInSeconds)
    }
  }
  return {
    byAddress: limiter(max * ADDRESS_FACTOR, addressOf),
    byStranger: limiter(Math.ceil(max / STRANGER_PART), addressOf),
    byCredential: limiter(max, credentialOf),
  }
}

/** RATE_LIMITED with the seconds after which the next request is accepted. */
export class RateLimited extends Problem {
  readonly retryAfterSeconds: number

  constructor(retryAfterSeconds: number, detail = `Wait ${retryAfterSeconds} seconds, then send it again.`) {
    super('RATE_LIMITED', detail)
    this.retryAfterSeconds = retryAfterSeconds
  }
}

function credentialOf(request: FastifyRequest): string {
  const { actor } = request
  return personOf(actor) !== undefined && 'credential' in actor ? `${actor.credential.kind}:${actor.credential.id}` : addressOf(request)
}

/** The address; of IPv6 the network of 64 bits, because one subscriber holds all of it. */
function addressOf(request: FastifyRequest): string {
  return `address:${normalizeIP(request.ip)}`
}
