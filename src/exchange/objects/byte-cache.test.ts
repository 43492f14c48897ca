import { describe, expect, it } from 'vitest'
import { ByteCache } from '#exchange/objects/byte-cache.ts'

describe('a cache of so many bytes', () => {
  const cacheOf = (most: number) => new ByteCache<Buffer>(most, (value) => value.length)

  it('forgets what was not used for longest, and never holds more than it may', () => {
    const cache = cacheOf(40)
    for (let n = 0; n < 4; n++) cache.set(`k${n}`, Buffer.alloc(10, n))
    expect(cache.get('k0')).toEqual(Buffer.alloc(10, 0))
    cache.set('k4', Buffer.alloc(10, 4))
    expect(['k0', 'k1', 'k2', 'k3', 'k4'].filter((key) => cache.get(key) !== undefined)).toEqual(['k0', 'k2', 'k3', 'k4'])
    expect(cache.bytes).toBe(40)
  })

  it('keeps nothing for longer than ten minutes, however often it is used, nor what it is told to forget', () => {
    let now = 0
    const cache = new ByteCache<Buffer>(
      40,
      (value) => value.length,
      () => now,
    )
    cache.set('used', Buffer.alloc(4))
    cache.set('unused', Buffer.alloc(4))
    for (now = 0; now < 600_000; now += 59_000) expect(cache.get('used')).toBeDefined()
    cache.set('new', Buffer.alloc(4))
    now = 660_000
    expect([cache.get('new') === undefined, cache.bytes]).toEqual([false, 4])
    cache.forget('new')
    expect([cache.get('new'), cache.get('used'), cache.bytes]).toEqual([undefined, undefined, 0])
  })

  it('counts what replaces something once, and does not keep what would leave no room for others', () => {
    const cache = cacheOf(40)
    for (const size of [4, 8, 2]) cache.set('same', Buffer.alloc(size))
    expect(cache.bytes).toBe(2)
    cache.set('large', Buffer.alloc(11))
    cache.set('same', Buffer.alloc(11))
    expect([cache.get('large'), cache.get('same'), cache.bytes]).toEqual([undefined, undefined, 0])
  })
})
