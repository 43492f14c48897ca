import type { FastifyRequest } from 'fastify'
import type { Actor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Throws CROSS_SITE when a request that changes something may have been sent by a page of another
 * site. A browser adds the cookie by itself, so a request that a session cookie signs in has to
 * prove where it comes from: `Sec-Fetch-Site: same-origin`, or where a browser sends none, an
 * `Origin` equal to the configured address. Without a cookie such proof is not asked for, but what
 * is said of another site is believed, so that no page can sign a visitor in as someone else.
 * A token is never added by a browser: exempt. A client certificate is, but the programs that show one are no browsers and say
 * nothing of a site: what is said is believed.
 */
export function requireSameOrigin(request: FastifyRequest, actor: Actor, url: URL): void {
  if (SAFE_METHODS.has(request.method)) return
  const credential = actor.kind === 'operator' || actor.kind === 'contact' ? actor.credential.kind : undefined
  if (credential === 'token') return
  const site = request.headers['sec-fetch-site']
  const origin = request.headers.origin
  const proven = site === undefined ? origin === url.origin : site === 'same-origin'
  const denied = site !== undefined || origin !== undefined || credential === 'session'
  if (!proven && denied) throw new Problem('CROSS_SITE')
}
