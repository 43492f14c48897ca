import { test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { Budget } from '#scanner/intake/limits.ts'
import { prcModel, u3dModel } from '#test/harness/documents/pdf.ts'
import { damagedOf, reads, readsEveryFlip, readsEveryPrefix } from '#test/harness/hostile-pdf.ts'
import { isPrc, readPrc } from './prc.ts'
import { isU3d, readU3d, U3D_BONE_WEIGHTS } from './u3d.ts'

describe('a U3D model', () => {
  const read = (bytes: Buffer) => readU3d(bytes, new Budget())
  const model = u3dModel({ positions: 5, minimum: 3, extra: [U3D_BONE_WEIGHTS] })

  it('shows the counts of its mesh, inside the modifier chain', () => {
    expect(isU3d(model)).toBe(true)
    expect(read(model)).toMatchObject({ meshes: [{ faces: 1, positions: 5, shadings: 1, minimumResolution: 3, maximumResolution: 3 }] })
    expect(read(model).blocks.get(U3D_BONE_WEIGHTS)).toBe(1)
    expect(read(model).damage).toBeUndefined()
  })

  it('has no resolution where the shadings do not fit', () => {
    const [mesh] = read(u3dModel({ positions: 5, minimum: 3, shadings: 0x10000000 })).meshes
    expect(mesh).toMatchObject({ shadings: 0x10000000, shadingRoom: 20 })
    expect(mesh).not.toHaveProperty('minimumResolution')
  })

  it('is read at every prefix and with every changed bit', () => {
    readsEveryPrefix(model, read)
    readsEveryFlip(model, read)
  })

  test.prop([damagedOf(model)], { numRuns: 200 })('is read whatever bytes are changed', (bytes) => reads(bytes, read))
})

describe('a PRC model', () => {
  const read = (bytes: Buffer) => (isPrc(bytes) ? readPrc(bytes, new Budget()) : undefined)
  const model = prcModel(50)

  it('shows the first section that stands outside', () => {
    expect(read(model)).toEqual({ structures: 1 })
    expect(read(prcModel(5000))).toEqual({ structures: 1, outside: { offset: 71, place: 5000 } })
    expect(read(model.subarray(0, 60))).toMatchObject({ outside: { offset: 47 } })
  })

  it('is read at every prefix and with every changed bit', () => {
    readsEveryPrefix(model, read)
    readsEveryFlip(model, read)
  })
})
