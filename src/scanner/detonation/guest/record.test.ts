import { describe, expect, it } from 'vitest'
import type { Artefact } from '../sandbox.ts'
import { DetonationRecord, pictureSize, RECORD_LIMITS } from './record.ts'

const file = (rank: 'guest' | 'kernel' | 'host', t = 1) => ({ kind: 'file', action: 'create', path: `/tmp/${t}`, rank, t }) as const

function png(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(40)
  bytes.write('89504e470d0a1a0a0000000d49484452', 'hex')
  bytes.writeUInt32BE(width, 16)
  bytes.writeUInt32BE(height, 20)
  return bytes
}

describe('the record of a detonation', () => {
  it('keeps room for what the host and the kernel saw, however much the guest says, and counts the rest', () => {
    const record = new DetonationRecord({}, { ...RECORD_LIMITS, happenings: { host: 2, kernel: 3, guest: 4 } })
    for (let n = 0; n < 100; n++) record.tell(file('guest', n))
    for (let n = 0; n < 5; n++) record.tell(file('kernel', n))
    record.tell(file('host'))
    const all = record.end(9)
    const count = (rank: string) => all.filter((one) => one.kind === 'file' && one.rank === rank).length
    expect([count('guest'), count('kernel'), count('host')]).toEqual([4, 3, 1])
    expect(all.at(-1)).toEqual({ kind: 'dropped', of: 'file', count: 98, rank: 'host', t: 9 })
  })

  it('keeps artefacts by their hash, and reads the size of a picture from the picture', () => {
    const artefacts: Artefact[] = []
    const record = new DetonationRecord({ artefact: (one) => void artefacts.push(one) })
    const picture = { kind: 'artefact', of: 'picture', shows: 'page', number: 1, t: 1, bytes: 40 } as const
    record.take(picture, png(300, 200))
    record.take(picture, Buffer.alloc(40))
    record.take({ kind: 'artefact', of: 'core', pid: 4, t: 1, bytes: 4 }, Buffer.from('core'))
    expect(record.end(2)).toEqual([
      { kind: 'picture', of: 'page', number: 1, sha256: artefacts[0]!.sha256, size: 40, width: 300, height: 200, rank: 'guest', t: 1 },
      { kind: 'dropped', of: 'picture', count: 1, rank: 'host', t: 2 },
    ])
    expect(artefacts.map(({ bytes }) => bytes.length)).toEqual([40, 4])
  })

  it('keeps no more bytes than it may', () => {
    const record = new DetonationRecord({}, { ...RECORD_LIMITS, artefactBytes: 10 })
    for (let n = 0; n < 3; n++) record.take({ kind: 'artefact', of: 'body', t: 1, bytes: 6 }, Buffer.alloc(6))
    expect(record.end(3)).toEqual([{ kind: 'dropped', of: 'artefact: body', count: 2, rank: 'host', t: 3 }])
  })

  it('knows a picture by its header alone', () => {
    expect(pictureSize(png(1, 20_000))).toEqual({ width: 1, height: 20_000 })
    for (const wrong of [png(0, 5), png(5, 20_001), png(5, 5).subarray(0, 23), Buffer.alloc(0)]) expect(pictureSize(wrong)).toBeUndefined()
  })
})
