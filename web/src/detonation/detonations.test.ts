import { describe, expect, it } from 'vitest'
import { bySeverity, matrixOf, processTree, signalsOfRuns, type JoinedView, type ProcessNode, type RunView } from './detonations.ts'
import { happeningWords } from './happening-words.ts'
import { optionWords, runWords, viewerName, viewerWords } from './words.ts'

const start = (pid: number, parent: number, image: string) => ({ kind: 'process-start', pid, parent, image, t: 0, rank: 'kernel' }) as const
const run = (name: string, more: Partial<RunView> & { macros?: boolean } = {}): RunView => ({
  id: `${name} ${more.run ?? 1} ${more.macros ?? false}`,
  environment: {
    name,
    viewer: 'libreoffice',
    version: '4:7.4.7-1+deb12u8',
    os: 'Debian 12',
    line: 'libreoffice',
    age: name.endsWith('12') ? 'current' : 'older',
    driver: 'qemu',
  },
  options: { macros: more.macros ?? false, egress: 'none', checkHeap: false },
  run: 1,
  state: 'ended',
  waitsFor: null,
  failure: null,
  end: 'idle',
  whyEnded: null,
  dwellMs: null,
  happenings: 0,
  startedAt: null,
  endedAt: null,
  ...more,
})

describe('what environments showed, on the page', () => {
  it('is a tree of processes, however a guest numbers them', () => {
    const shape = (nodes: readonly ProcessNode[]): unknown[] => nodes.map(({ pid, children }) => [pid, shape(children)])
    expect(shape(processTree([start(2, 1, 'pdftoppm'), start(3, 2, 'sh'), start(4, 3, 'id')]))).toEqual([[2, [[3, [[4, []]]]]]])
    expect(shape(processTree([start(2, 2, 'own parent')]))).toEqual([[2, []]])
    expect(processTree([start(2, 3, 'a'), start(3, 2, 'b')])).toEqual([])
    const deep = processTree([...Array(5000)].map((_, n) => start(n + 1, n, 'a')))
    expect(shape(deep).flat(Infinity)).toHaveLength(31)
  })

  it('tells the gravest signals first, and each happening in one line', () => {
    expect(bySeverity([{ weight: 'odd' }, { weight: 'effect' }, { weight: 'crash' }] as const).map(({ weight }) => weight)).toEqual(['effect', 'crash', 'odd'])
    expect(happeningWords({ kind: 'connect', protocol: 'tcp', to: '10.0.0.1', port: 445, t: 1, rank: 'host' })).toBe('To 10.0.0.1:445 (tcp)')
    expect(happeningWords({ kind: 'unreported', method: 'GET', url: 'http://a.example/', t: 1, rank: 'host' })).toContain('the browser did not tell')
  })

  it('is a matrix of the ways in which it was opened, in both versions', () => {
    const runs = [run('lo-debian12', { macros: true }), run('lo-debian11', { macros: true }), run('lo-debian12'), run('lo-debian12', { run: 2 })]
    const [group, ...others] = matrixOf(runs, { viewer: ({ environment }) => viewerName(environment), how: optionWords })
    expect(others).toEqual([])
    expect(group!.viewer).toBe('LibreOffice')
    expect(group!.rows.map(({ how, current, older }) => [how, current.length, older.length])).toEqual([
      ['macros on', 1, 1],
      ['macros off', 1, 0],
      ['macros off, once more', 1, 0],
    ])
    expect(viewerWords(runs[0]!.environment)).toBe('LibreOffice 7.4.7')
  })

  it('gives each run its own signals, though runs without a result are not counted', () => {
    const runs = [run('lo-debian12', { macros: true, end: null, state: 'failed' }), run('lo-debian12'), run('lo-debian12', { run: 2 })]
    const signal = { id: 'spray', weight: 'odd', rank: 'guest', attack: [], why: 'why', shown_by: [] } as const
    const joined = { seen: { behaviour: [{ environment: 'lo-debian12', run: 1, by: 'document', signal }] } } as unknown as JoinedView
    expect([...signalsOfRuns(runs, joined).keys()]).toEqual([runs[2]!.id])
    expect(signalsOfRuns(runs, undefined).size).toBe(0)
  })

  it('says what a run waits for, and never that a document is clean', () => {
    expect(runWords({ state: 'queued', end: null, waitsFor: 'memory' })).toBe('Waits for memory')
    expect(runWords({ state: 'ended', end: null, waitsFor: null })).toBe('Held back')
    expect(runWords({ state: 'failed', end: null, waitsFor: null })).toBe('Not opened')
  })
})
