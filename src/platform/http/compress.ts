import { brotliCompress, constants, gzip } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** A shorter answer fits one packet as it is. */
const THRESHOLD_BYTES = 1024

/** Images, archives and sealed bytes gain nothing. */
const TEXT = /^(?:text\/|image\/svg\+xml|application\/(?:javascript|json|xml|[a-z0-9.-]+\+(?:json|xml)))/

type Done = (error: Error | null, encoded: Buffer) => void

/** What may be chosen, the first where a client likes both as much. Quality 4 is as quick as gzip and smaller. */
const ENCODERS: Readonly<Record<string, (bytes: Buffer, done: Done) => void>> = {
  br: (bytes, done) => brotliCompress(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }, done),
  gzip: (bytes, done) => gzip(bytes, done),
}

/**
 * Compresses text of known length for a client that takes it (RFC 9110, section 12.5.3): not what is short, not a stream (files are
 * sent as they are; those of the console lie there compressed), and never the answer of a route that holds a secret.
 */
export function compressAnswers(server: FastifyInstance): void {
  server.addHook('onSend', (request, reply, payload, done) => {
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
    const encoding = encodingFor(request, reply, bytes)
    if (encoding === undefined) return done(null, payload)
    reply.header('content-encoding', encoding).removeHeader('content-length')
    ENCODERS[encoding]!(bytes as Buffer, done)
  })
}

/** How the answer will be encoded; undefined for as it is. Says to caches what that depended on. */
function encodingFor(request: FastifyRequest, reply: FastifyReply, bytes: unknown): string | undefined {
  if (!isOpenToCompression(request, reply)) return undefined
  if (reply.statusCode === 304) reply.header('vary', 'accept-encoding')
  if (!Buffer.isBuffer(bytes) || bytes.length < THRESHOLD_BYTES || !TEXT.test(String(reply.getHeader('content-type')))) return undefined
  reply.header('vary', 'accept-encoding')
  return preferredEncoding(request.headers['accept-encoding'])
}

/** What is no line of the route table may hold anything. */
function isOpenToCompression(request: FastifyRequest, reply: FastifyReply): boolean {
  return request.routeOptions.config?.line?.secret === false && !reply.hasHeader('content-encoding')
}

/** The encoding that the header likes best; undefined for one that names none of ours, or likes none as much as no encoding at all. */
export function preferredEncoding(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const liked = new Map(header.toLowerCase().split(',').map(parseCoding))
  const quality = (coding: string) => liked.get(coding) ?? liked.get(coding === 'gzip' ? 'x-gzip' : '*') ?? liked.get('*') ?? 0
  const [best] = Object.keys(ENCODERS).sort((a, b) => quality(b) - quality(a))
  return best !== undefined && quality(best) > 0 && quality(best) >= (liked.get('identity') ?? 0) ? best : undefined
}

function parseCoding(text: string): [coding: string, quality: number] {
  const [coding = '', ...parameters] = text.split(';').map((part) => part.trim())
  const given = parameters.find((part) => part.startsWith('q='))
  const quality = given === undefined ? 1 : Number(given.slice(2))
  return [coding, quality >= 0 && quality <= 1 ? quality : 0]
}
