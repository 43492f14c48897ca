import { expect, it } from 'vitest'
import { limitsOfHost, openRoom } from '#scanner/detonation/host-limits.ts'

const never = new AbortController().signal

it('a host shares its machines and its memory in the order in which they are asked for', async () => {
  const room = openRoom({ machines: 2, memoryMib: 3072 })
  const begun: string[] = []
  const take = (name: string, memoryMib: number, signal = never) =>
    room.take(memoryMib, signal).then((release) => {
      begun.push(name)
      return release
    })
  const [first, second] = await Promise.all([take('first', 1024), take('second', 1024)])
  const large = take('large', 3072)
  const small = take('small', 512)
  first()
  await new Promise(setImmediate)
  // A small one may not overtake a large one for ever.
  expect(begun).toEqual(['first', 'second'])
  second()
  const release = await large
  expect(begun).toEqual(['first', 'second', 'large'])
  release()
  await small
  expect(begun).toEqual(['first', 'second', 'large', 'small'])
})

it('gives what is larger than the host all of it, and nothing to who gave up', async () => {
  const room = openRoom({ machines: 2, memoryMib: 512 })
  const release = await room.take(3072, never)
  const giving = new AbortController()
  const gaveUp = room.take(512, giving.signal)
  const next = room.take(512, never)
  giving.abort(new Error('gave up'))
  await expect(gaveUp).rejects.toThrow('gave up')
  await expect(room.take(512, giving.signal)).rejects.toThrow('gave up')
  release()
  expect(typeof (await next)).toBe('function')
  expect(limitsOfHost().memoryMib).toBeGreaterThanOrEqual(512)
})
