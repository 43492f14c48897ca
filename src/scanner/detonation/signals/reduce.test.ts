import fc from 'fast-check'
import { expect, it } from 'vitest'
import { reduceDocument } from './reduce.ts'

const document = Buffer.from(`${'filler '.repeat(300)}BAD${' more'.repeat(200)}WORSE${'.'.repeat(500)}`)
const bad = async (candidate: Uint8Array) => /BAD[^]*WORSE/.test(Buffer.from(candidate).toString('latin1'))

it('leaves what the crash needs, and nothing else', async () => {
  expect(Buffer.from((await reduceDocument(document, bad, 2000)).document).toString()).toBe('BADWORSE')
})

it('opens no more candidates than it may, and what it gives does the same', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 200 }), async (most) => {
      let asked = 0
      const { document: left, runs } = await reduceDocument(document, (candidate) => bad(candidate).finally(() => void asked++), most)
      expect(runs).toBe(asked)
      expect(asked).toBeLessThanOrEqual(most)
      expect(await bad(left)).toBe(true)
    }),
  )
})

it('changes nothing where everything is needed, and where nothing repeats', async () => {
  expect(Buffer.from((await reduceDocument(Buffer.from('abc'), async () => false, 100)).document).toString()).toBe('abc')
  expect((await reduceDocument(Buffer.alloc(0), async () => true, 100)).runs).toBe(0)
})
