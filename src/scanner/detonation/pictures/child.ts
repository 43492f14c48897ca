import { MOST_PIXELS, readPng } from '#scanner/formats/png.ts'
import { Budget, Damaged, LimitReached, LIMITS } from '#scanner/intake/limits.ts'
import { answer, requests } from '#scanner/jail/requests.ts'

/** An empty page packs a thousand to one. */
const MOST_BYTES = MOST_PIXELS * 8 + 2 ** 20
const OF_PICTURES = { ...LIMITS, objectBytes: MOST_BYTES, ratioFloor: MOST_BYTES }

/** The process that reads pictures of guests: it answers with the pixels of each, or null for what is no picture (redraw.ts). */
for (const { bytes } of requests()) answer(pixelsOf(bytes))

function pixelsOf(bytes: Buffer): object | null {
  try {
    const { width, height, rgb } = readPng(bytes, new Budget(OF_PICTURES))
    return { width, height, rgb: rgb.toString('base64') }
  } catch (error) {
    if (error instanceof Damaged || error instanceof LimitReached) return null
    throw error
  }
}
