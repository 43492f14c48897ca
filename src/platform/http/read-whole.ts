import type { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import { Problem } from '#platform/errors.ts'
import { Gathered } from '#platform/gathered.ts'
import { tooLarge } from '#platform/http/upload.ts'

/**
 * Reads a body up to the limit of its route into one buffer, in memory that follows its length, not the number of pieces that it is sent in.
 * `done` gets PAYLOAD_TOO_LARGE as soon as it is too long, VALIDATION_FAILED for another length than was announced, and what the stream
 * fails with. What is left of a body that is too long stays unread, so that the answer can still be sent.
 */
export function readWhole(request: FastifyRequest, body: Readable, done: (error: Error | undefined, whole: Buffer) => void): void {
  const limit = request.routeOptions.bodyLimit
  const announced = Number(request.headers['content-length'])
  const gathered = new Gathered()
  const end = (error?: Error) => {
    body.off('data', take).off('end', endWell).off('error', end)
    done(error, gathered.end())
  }
  const take = (part: Buffer) => {
    gathered.add(part)
    if (gathered.length > limit) end(tooLarge(limit))
  }
  const endWell = () => {
    const isAsAnnounced = Number.isNaN(announced) || announced === gathered.length
    end(
      isAsAnnounced
        ? undefined
        : new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: '/headers/content-length', message: 'does not match the body' }] }),
    )
  }
  if (announced > limit) return done(tooLarge(limit), Buffer.alloc(0))
  body.on('data', take).on('end', endWell).on('error', end)
}
