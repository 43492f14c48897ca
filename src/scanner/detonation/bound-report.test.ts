import { expect, it } from 'vitest'
import { boundReport } from '#scanner/detonation/bound-report.ts'
import { Detonation, type Happening } from '#scanner/detonation/contract.ts'
import { POPPLER, seen, signal } from '#test/harness/replay-sandbox.ts'

const line: Happening = { kind: 'viewer', state: 'opened', t: 1, rank: 'guest' }
const report = (count: number) =>
  seen(
    '0'.repeat(64),
    POPPLER[0],
    { macros: false, egress: 'none', checkHeap: false },
    {
      happenings: Array.from({ length: count }, () => line),
      signals: [{ ...signal('odd'), shown_by: [0, count - 1] }],
    },
  )

it('a report within limits stays as it is, and a larger one says what was dropped', () => {
  const small = report(10)
  expect(boundReport(small, 0)).toBe(small)
  const cut = boundReport(report(100), 3, JSON.stringify(line).length * 10)
  expect(Detonation.parse(cut)).toEqual(cut)
  expect(cut.happenings.slice(-2)).toEqual([
    { kind: 'dropped', of: 'happenings', count: 90, t: 1.2, rank: 'host' },
    { kind: 'dropped', of: 'artefacts', count: 3, t: 1.2, rank: 'host' },
  ])
  expect(cut.happenings).toHaveLength(12)
  expect(cut.signals[0]!.shown_by).toEqual([0])
  expect(Detonation.safeParse(boundReport(report(20_000), 1)).success).toBe(true)
})
