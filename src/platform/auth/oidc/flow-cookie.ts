import type { FastifyReply, FastifyRequest } from 'fastify'
import { readNamedCookie } from '#platform/auth/cookie.ts'
import { OIDC_FLOW_LIFE_MS } from '#platform/auth/session.ts'
import type { Config } from '#platform/config.ts'

/**
 * The cookie that binds a way to the provider and back to one browser. `Lax`, because the way back is a navigation from another
 * site, which a `Strict` cookie does not take part in; it opens nothing without the state of the same flow.
 */
function cookieName(config: Config): string {
  return config.url.protocol === 'https:' ? '__Host-vedette-oidc' : 'vedette-oidc'
}

export function readFlowCookie(config: Config, request: FastifyRequest): string | undefined {
  return readNamedCookie(cookieName(config), request)
}

export function setFlowCookie(config: Config, reply: FastifyReply, secret: string): void {
  reply.header('set-cookie', `${cookieName(config)}=${secret}; Max-Age=${OIDC_FLOW_LIFE_MS / 1000}; ${attributes(config)}`)
}

export function clearFlowCookie(config: Config, reply: FastifyReply): void {
  reply.header('set-cookie', `${cookieName(config)}=; Max-Age=0; ${attributes(config)}`)
}

function attributes(config: Config): string {
  return `Path=/; HttpOnly; SameSite=Lax${config.url.protocol === 'https:' ? '; Secure' : ''}`
}
