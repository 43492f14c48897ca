import { fc, test } from '@fast-check/vitest'
import { expect } from 'vitest'
import { frame, frameHeader, Frames } from './frames.ts'

test.prop([fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 12 }), fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 })])(
  'messages come out as they went in, however the pipe cuts them',
  (messages, cuts) => {
    const all = Buffer.concat(messages.map((message) => frame(Buffer.from(message))))
    const frames = new Frames(60)
    const received: Buffer[] = []
    for (let at = 0, n = 0; at < all.length; n++) {
      const end = at + cuts[n % cuts.length]!
      received.push(...frames.take(all.subarray(at, end)))
      at = end
    }
    expect(received.map((message) => [...message])).toEqual(messages.map((message) => [...message]))
  },
)

test('one that announces more than allowed is refused before it is there', () => {
  expect(() => new Frames(10).take(frameHeader(11))).toThrow(RangeError)
  expect(new Frames(10).take(frame(Buffer.alloc(10)))).toHaveLength(1)
})
