import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { Problem } from '#platform/errors.ts'
import { lineOf } from '#platform/http/admit.ts'
import { parseStrictJson } from '#platform/http/strict-json.ts'

/**
 * The body of a request, parsed strictly. Throws UNSUPPORTED_MEDIA_TYPE when it says to be anything
 * but UTF-8 as it is (a compressed body could be a bomb), and what parseStrictJson throws.
 */
export function parseBody(request: FastifyRequest, bytes: Buffer): unknown {
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') throw new Problem('UNSUPPORTED_MEDIA_TYPE', 'Send the body uncompressed.')
  const charset = /charset\s*=\s*"?([^";\s]*)/i.exec(request.headers['content-type'] ?? '')?.[1]
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) throw new Problem('UNSUPPORTED_MEDIA_TYPE', 'JSON is read as UTF-8 and nothing else.')
  if (bytes.length === 0 && lineOf(request).route.body === undefined) return undefined
  if (request.headers['idempotency-key'] !== undefined) request.bodyDigest = createHash('sha256').update(bytes).digest()
  return parseStrictJson(bytes)
}
