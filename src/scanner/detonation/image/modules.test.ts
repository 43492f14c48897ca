import { describe, expect, it } from 'vitest'
import { modulesInOrder } from './modules.ts'

const module = (...needed: string[]) => Buffer.from(`\x7fELF\0license=GPL\0depends=${needed.join(',')}\0name=x\0`)

describe('the modules of a guest', () => {
  const files: Record<string, Buffer> = {
    virtio_pci: module('virtio_ring', 'virtio'),
    virtio_ring: module(),
    virtio: module('virtio_ring'),
    virtio_blk: module('virtio', 'virtio_ring'),
    plain: Buffer.from('\x7fELF\0license=GPL\0'),
    one: module('two'),
    two: module('one'),
    broken: module('absent'),
  }
  const namesFor = (...wanted: string[]) => modulesInOrder(wanted, (name) => files[name]).map(({ name }) => name)

  it('come after those that they need, each once', () => {
    expect(namesFor('virtio_pci', 'virtio_blk')).toEqual(['virtio_ring', 'virtio', 'virtio_pci', 'virtio_blk'])
  })

  it('may need none, and say nothing of it', () => {
    expect(namesFor('plain')).toEqual(['plain'])
  })

  it('that need each other do not hang the build', () => {
    expect(namesFor('one')).toEqual(['two', 'one'])
  })

  it.each(['absent', 'broken'])('that are not there are named: %s', (name) => {
    expect(() => namesFor(name)).toThrow('the kernel has no module absent')
  })
})
