import { describe, expect, it } from 'vitest'
import type { DetonationReport } from './detonations.ts'
import { leftFiles } from './left-files.ts'

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(64)) as [string, string, string, string]
const report: Pick<DetonationReport, 'happenings' | 'network'> = {
  happenings: [
    { kind: 'file', action: 'create', path: '/tmp/x', sha256: a, t: 1, rank: 'host' },
    { kind: 'file', action: 'write', path: '/tmp/y', sha256: a, t: 2, rank: 'guest' },
    { kind: 'page', action: 'download', detail: 'x.iso', sha256: b, t: 3, rank: 'guest' },
    { kind: 'picture', of: 'page', number: 1, sha256: d, size: 1, width: 1, height: 1, t: 1, rank: 'guest' },
  ],
}

describe('the files that a run left', () => {
  it('are each named once, as they were called first, and pictures are none of them', () => {
    expect(leftFiles(report, undefined).map(({ name, from, kept }) => [name, from, kept])).toEqual([
      ['/tmp/x', 'dropped', undefined],
      ['x.iso', 'downloaded', undefined],
    ])
  })

  it('are offered as far as they were kept, with what no happening speaks of', () => {
    const kept = [
      { sha256: a, size: 7, picture: false },
      { sha256: c, size: 9, picture: false },
      { sha256: d, size: 1, picture: true },
    ]
    expect(leftFiles(report, kept).map(({ sha256, from, size, kept: is }) => [sha256[0], from, size, is])).toEqual([
      ['a', 'dropped', 7, true],
      ['b', 'downloaded', undefined, false],
      ['c', 'other', 9, true],
    ])
  })
})
