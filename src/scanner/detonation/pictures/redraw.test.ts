import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { readPng } from '#scanner/formats/png.ts'
import { Budget } from '#scanner/intake/limits.ts'
import { pngOf } from '#test/harness/documents/pictures.ts'
import { openRedrawer } from './redraw.ts'
import { writePng } from './write-png.ts'

const MISBEHAVING = fileURLToPath(new URL('../../../../test/harness/misbehaving-reader.ts', import.meta.url))
const redrawer = openRedrawer()
afterAll(() => redrawer.close())

it('nothing of the bytes of a picture is left in what is shown, and its pixels are', async () => {
  const hostile = Buffer.concat([
    pngOf(2, 8, 2, [9, 8, 7, 6, 5, 4], { filter: 4, more: [['tEXt', Buffer.from('Comment\0canary')]] }),
    Buffer.from('<script>canary</script>PK'),
  ])
  const shown = (await redrawer.redraw(hostile))!
  expect(readPng(shown, new Budget())).toEqual(readPng(hostile, new Budget()))
  // Control: it was in there.
  expect([hostile.includes('canary'), shown.includes('canary')]).toEqual([true, false])
  expect(shown).toEqual(writePng(2, 2, readPng(hostile, new Budget()).rgb))
})

it('what is no picture is not shown, and the next picture is', async () => {
  expect(await redrawer.redraw(Buffer.from('<svg onload="alert(1)"/>'))).toBeUndefined()
  expect(await redrawer.redraw(readFileSync(import.meta.filename))).toBeUndefined()
  expect(await redrawer.redraw(pngOf(0, 8, 1, [0]))).toEqual(writePng(1, 1, Buffer.alloc(3)))
})

it('an empty page of a screen is drawn, however well it packs', async () => {
  const white = writePng(1280, 4000, Buffer.alloc(1280 * 4000 * 3, 255))
  expect((await redrawer.redraw(white))?.equals(white)).toBe(true)
})

it('a reading process that was taken over shows nothing, and is ended', async () => {
  const taken = openRedrawer(MISBEHAVING)
  for (const order of ['lie', 'end']) expect(await taken.redraw(Buffer.from(order))).toBeUndefined()
  taken.close()
})
