import { closeSync, fstatSync, ftruncateSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadMemory } from './memory.ts'

const SIZE = 8 * 2 ** 20
const taken = (file: number) => fstatSync(file).blocks * 512

let folder: string
let saved: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vedette-memory-'))
  saved = join(folder, 'memory')
  const file = openSync(saved, 'w')
  ftruncateSync(file, SIZE)
  for (const place of [0, SIZE / 2 + 100, SIZE - 5]) writeSync(file, Buffer.from('saved'), 0, 5, place)
  closeSync(file)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('the memory of a template', () => {
  it('is what was saved, and all of it is taken, so that no page of it counts against a clone', async () => {
    const file = openSync(saved, 'r')
    expect(taken(file)).toBeLessThan(SIZE)
    closeSync(file)
    const memory = await loadMemory(saved)
    try {
      const loaded = Buffer.alloc(SIZE + 1)
      expect(readSync(memory.file, loaded, 0, SIZE + 1, 0)).toBe(SIZE)
      expect(loaded.subarray(0, SIZE).equals(readFileSync(saved))).toBe(true)
      expect(taken(memory.file)).toBe(SIZE)
    } finally {
      memory.close()
    }
  })

  it('is an error where there is none', async () => {
    await expect(loadMemory(join(folder, 'none'))).rejects.toThrow('No such file')
  })
})
