import { inflateSync } from 'node:zlib'
import { parentPort, workerData } from 'node:worker_threads'
import { PNG } from 'pngjs'
import { inspectPng } from '#program/membership/directory/logo/inspect-png.ts'
import { shrink } from '#program/membership/directory/logo/shrink.ts'
import type { CleanLogo } from '#program/membership/directory/logo/clean-logo.ts'

/** Longest side of a logo as it is kept. */
const SIDE = 512

// The rule means windows of browsers.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
parentPort!.postMessage(clean(Buffer.from(workerData as Uint8Array)))

/** Unpacks a picture, but never to more than its header promised; makes a new one of its pixels alone. */
function clean(bytes: Buffer): CleanLogo | { readonly refused: string } {
  const inspected = inspectPng(bytes)
  if ('refused' in inspected) return inspected
  const { samples, unpackedBytes } = inspected.png
  try {
    // Asked before the decoder unpacks it without a bound of its own (interlaced pictures).
    if (inflateSync(samples, { maxOutputLength: unpackedBytes }).length !== unpackedBytes) return { refused: 'The picture ends in the middle.' }
    const decoded = PNG.sync.read(bytes)
    const { width, height, data } = shrink(decoded, SIDE)
    const fresh = new PNG({ width, height })
    fresh.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    return { png: PNG.sync.write(fresh, { colorType: 6, deflateLevel: 9 }), width, height }
  } catch {
    return { refused: 'The picture holds other pixels than its header says, or is damaged.' }
  }
}
