import type { FastifyReply } from 'fastify'

/** Only the console's own files run or style anything; Mantine sets styles through the object model, which needs no `unsafe-inline`. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

/** Nothing a browser could offer a page is used but passkeys. */
const PERMISSIONS_POLICY = [
  'camera=()',
  'display-capture=()',
  'geolocation=()',
  'hid=()',
  'microphone=()',
  'payment=()',
  'publickey-credentials-create=(self)',
  'publickey-credentials-get=(self)',
  'serial=()',
  'usb=()',
].join(', ')

/** The headers of every answer, whatever its status (OWASP ASVS 5.0, V3.4). Strict transport security only where the address people use is https. */
export function securityHeaders(https: boolean): Readonly<Record<string, string>> {
  return {
    'cache-control': 'no-store',
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': PERMISSIONS_POLICY,
    'referrer-policy': 'no-referrer',
    ...(https ? { 'strict-transport-security': 'max-age=31536000' } : {}),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  }
}

const HEADERS = { https: securityHeaders(true), http: securityHeaders(false) }

export function setSecurityHeaders(reply: FastifyReply, https: boolean): void {
  reply.headers(https ? HEADERS.https : HEADERS.http)
  reply.header('x-request-id', reply.request.id)
}
