import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Config } from '#platform/config.ts'

/** The `__Host-` prefix makes a browser refuse the cookie unless it is Secure, of this host alone and for every path (RFC 6265bis, section 4.1.3). */
function cookieName(config: Config): string {
  return config.url.protocol === 'https:' ? '__Host-vedette' : 'vedette'
}

/** The session secret that a request carries, or undefined. */
export function readCookie(config: Config, request: FastifyRequest): string | undefined {
  return readNamedCookie(cookieName(config), request)
}

/** The value of one cookie of a request, or undefined. */
export function readNamedCookie(name: string, request: FastifyRequest): string | undefined {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const equals = pair.indexOf('=')
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim()
  }
  return undefined
}

/** Gives the session to the browser until it expires. */
export function setCookie(config: Config, reply: FastifyReply, session: { readonly secret: string; readonly seconds: number }): void {
  reply.header('set-cookie', `${cookieName(config)}=${session.secret}; Max-Age=${session.seconds}; ${attributes(config)}`)
}

export function clearCookie(config: Config, reply: FastifyReply): void {
  reply.header('set-cookie', `${cookieName(config)}=; Max-Age=0; ${attributes(config)}`)
}

function attributes(config: Config): string {
  return `Path=/; HttpOnly; SameSite=Strict${config.url.protocol === 'https:' ? '; Secure' : ''}`
}
