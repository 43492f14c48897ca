import { describe, expect, it } from 'vitest'
import { bySeverity, happeningWords, processTree } from './detonations.ts'

const start = (pid: number, parent: number, image: string) => ({ kind: 'process-start', pid, parent, image, t: 0, rank: 'kernel' }) as const

describe('what environments showed, on the page', () => {
  it('is a tree of processes, however a guest numbers them', () => {
    expect(processTree([start(2, 1, 'pdftoppm'), start(3, 2, 'sh'), start(4, 3, 'id')])).toEqual([
      { pid: 2, image: 'pdftoppm', children: [{ pid: 3, image: 'sh', children: [{ pid: 4, image: 'id', children: [] }] }] },
    ])
    expect(processTree([start(2, 2, 'own parent')])).toEqual([{ pid: 2, image: 'own parent', children: [] }])
    expect(processTree([start(2, 3, 'a'), start(3, 2, 'b')])).toEqual([])
  })

  it('tells the gravest signals first, and each happening in one line', () => {
    expect(bySeverity([{ weight: 'odd' }, { weight: 'effect' }, { weight: 'crash' }] as const).map(({ weight }) => weight)).toEqual(['effect', 'crash', 'odd'])
    expect(happeningWords({ kind: 'connect', protocol: 'tcp', to: '10.0.0.1', port: 445, t: 1, rank: 'host' })).toBe('Connection to 10.0.0.1:445 (tcp)')
  })
})
