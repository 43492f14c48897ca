import { Problem } from '#platform/errors.ts'
import { parseStrictJson } from '#platform/http/strict-json.ts'
import { sliceObjects } from '#exchange/stix/slice.ts'

/** One object as it was posted: what it says, and the text that says it. */
export interface PostedObject {
  readonly raw: unknown
  readonly text: string
}

/** More than this are no objects: the shortest one that is valid takes 73 bytes, and the longest body 10 MiB. */
const MOST_POSTED = 150_000

/** The objects of an envelope (section 3.7). Throws what parseStrictJson throws for what is no JSON, UNPROCESSABLE for what is no envelope or an empty one. */
export function readEnvelope(body: Buffer): readonly PostedObject[] {
  const envelope = parseStrictJson(body)
  const objects = typeof envelope === 'object' && envelope !== null && !Array.isArray(envelope) ? (envelope as { objects?: unknown }).objects : undefined
  if (!Array.isArray(objects) || objects.length === 0) throw unprocessable('an envelope with at least one object')
  if (objects.length > MOST_POSTED) throw unprocessable(`at most ${MOST_POSTED} objects`)
  const texts = sliceObjects(body.toString('utf8'))
  return objects.map((raw: unknown, n) => ({ raw, text: texts[n]! }))
}

function unprocessable(message: string): Problem {
  return new Problem('UNPROCESSABLE', undefined, { fields: [{ field: '/body/objects', message }] })
}
