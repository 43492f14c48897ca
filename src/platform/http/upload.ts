import { create, parse } from 'content-disposition'
import type { FastifyRequest } from 'fastify'
import { Problem } from '#platform/errors.ts'

/** A body taken as bytes, in the order they arrive: read it once, to its end. */
export interface Upload {
  /** Fails with PAYLOAD_TOO_LARGE before it gives out more than the route accepts, and at its end with NOT_SIGNED_IN or FORBIDDEN for who may not send it any more. */
  readonly bytes: AsyncIterable<Uint8Array>
  /** File name that the sender gave in `Content-Disposition` (RFC 6266): data to show, never a path. Names are no part of an address, because addresses are logged. */
  readonly name: string | undefined
}

const LONGEST_NAME = 255
/** What makes a name look like another one, or breaks its line: controls, line separators, and what turns the direction of text. */
const MISLEADING = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u

/** The body of a route that `consumes` bytes. Throws UNSUPPORTED_MEDIA_TYPE without a body, VALIDATION_FAILED for a file name that is not one. */
export function uploadOf(request: FastifyRequest): Upload {
  if (request.body === undefined || request.body === null) throw unsupported(request)
  return { bytes: limited(request.body as AsyncIterable<Uint8Array>, request), name: nameOf(request.headers['content-disposition']) }
}

/**
 * Whether the route takes bodies as bytes. Throws UNSUPPORTED_MEDIA_TYPE for another media type than it names and for a
 * compressed body (it could be a bomb), and PAYLOAD_TOO_LARGE at once for one that says it is too long.
 */
export function takesBytes(request: FastifyRequest): boolean {
  const { consumes } = routeOf(request)
  if (consumes === undefined) return false
  // Not parsed as JSON either: such a route reads bytes and nothing else.
  if (!isOneOf(consumes, request.headers['content-type'] ?? '')) throw unsupported(request)
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') throw new Problem('UNSUPPORTED_MEDIA_TYPE', 'Send the body uncompressed.')
  if (Number(request.headers['content-length'] ?? 0) > request.routeOptions.bodyLimit) throw tooLarge(request.routeOptions.bodyLimit)
  return true
}

/** Parameters count where the route names some: those it names, as it names them or not at all, and that the text is UTF-8. */
function isOneOf(consumes: readonly string[], type: string): boolean {
  const [name, ...given] = partsOf(type)
  return consumes.some((accepted) => {
    const [own, ...named] = partsOf(accepted)
    return own === name && (named.length === 0 || given.every((part) => named.includes(part) || part === 'charset=utf-8'))
  })
}

function partsOf(type: string): string[] {
  return type
    .toLowerCase()
    .split(';')
    .map((part) => part.replaceAll(/["\s]/g, ''))
    .filter((part, n) => n === 0 || part !== '')
}

/** UNSUPPORTED_MEDIA_TYPE that says what the route takes. */
export function unsupported(request: FastifyRequest): Problem {
  const { consumes = ['application/json'] } = routeOf(request)
  return new Problem('UNSUPPORTED_MEDIA_TYPE', `Send the body as ${consumes.join(' or ')}.`)
}

/** The header that hands a file to a browser as something to save, whatever its name is (RFC 6266). */
export function attachmentHeader(name: string): string {
  return create(name)
}

/** Nothing at an address that no route has. */
function routeOf(request: FastifyRequest): { readonly consumes?: readonly string[] | undefined } {
  return request.routeOptions.config.line?.route ?? {}
}

async function* limited(bytes: AsyncIterable<Uint8Array>, request: FastifyRequest): AsyncGenerator<Uint8Array, void, undefined> {
  const limit = request.routeOptions.bodyLimit
  let size = 0
  for await (const chunk of bytes) {
    size += chunk.length
    if (size > limit) throw tooLarge(limit)
    yield chunk
  }
  await request.stillMay()
}

export function tooLarge(limit: number): Problem {
  return new Problem('PAYLOAD_TOO_LARGE', `At most ${limit} bytes are accepted here.`)
}

function nameOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const given = parse(header).parameters['filename']
  if (given === undefined) return undefined
  // Browsers of old sent whole paths; what follows the last separator is the name.
  const name = given.slice(Math.max(given.lastIndexOf('/'), given.lastIndexOf('\\')) + 1).trim()
  const fits = name !== '' && name.length <= LONGEST_NAME && name.isWellFormed() && !MISLEADING.test(name)
  if (fits) return name
  const message = `a file name of 1 to ${LONGEST_NAME} characters on one line, without controls of any kind`
  throw new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: '/headers/content-disposition', message }] })
}
