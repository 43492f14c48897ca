import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { extentsOf, type Extent } from './extents.ts'

const SIZE = 4 * 2 ** 20

/** The extents of a sparse file with one byte at each of these places. */
async function extentsWith(places: readonly number[], size = SIZE): Promise<Extent[]> {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-extents-'))
  const file = openSync(join(folder, 'sparse'), 'w+')
  try {
    ftruncateSync(file, size)
    for (const place of places) writeSync(file, Buffer.of(1), 0, 1, place)
    return await extentsOf(file)
  } finally {
    closeSync(file)
    rmSync(folder, { recursive: true, force: true })
  }
}

describe('where a file holds something', () => {
  it('holds every byte that was written, in order, and the holes between are left out', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(SIZE - 1), { maxLength: 12 }), async (places) => {
        const extents = await extentsWith(places)
        for (const place of places) expect(extents.filter(({ from, to }) => from <= place && place < to)).toHaveLength(1)
        expect(extents.every(({ from, to }, index) => from < to && from >= (extents[index - 1]?.to ?? 0))).toBe(true)
        expect(extents.reduce((sum, { from, to }) => sum + to - from, 0)).toBeLessThanOrEqual(places.length * 2 ** 16)
      }),
      { numRuns: 20 },
    )
  })

  it('is nowhere in a file of holes or of nothing, and of no file is an error', async () => {
    expect(await extentsWith([])).toEqual([])
    expect(await extentsWith([], 0)).toEqual([])
    await expect(extentsOf(9999)).rejects.toThrow('No such file')
  })
})
