import { readEnvelope, type Sliced } from '#exchange/stix/envelope.ts'
import { PIECE } from '#exchange/taxii/store-piece.ts'

/** One object as it was posted: the bytes, and what they say or why they say nothing that can be kept. */
export type PostedObject = Sliced

/** More than this are no objects: the shortest one that is valid takes 73 bytes, and the longest body 10 MiB. */
const MOST_POSTED = 150_000

/**
 * The objects of an envelope that was posted (section 3.7). In one that is stored piece by piece definitions of markings come first, so that what is
 * marked with a statement that comes along is stored with it or after it. Throws what readEnvelope of `exchange/stix` throws.
 */
export function readPosted(body: Buffer): readonly PostedObject[] {
  const { objects } = readEnvelope(body, MOST_POSTED)
  const markings = objects.length > PIECE ? objects.filter(isMarking) : []
  return markings.length === 0 ? objects : [...markings, ...objects.filter((one) => !isMarking(one))]
}

function isMarking({ value }: PostedObject): boolean {
  return typeof value === 'object' && value !== null && (value as { type?: unknown }).type === 'marking-definition'
}
