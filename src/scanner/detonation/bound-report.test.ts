import { expect, it } from 'vitest'
import { boundReport } from '#scanner/detonation/bound-report.ts'
import { Detonation, type Happening } from '#scanner/detonation/contract.ts'
import type { Exchange } from '#scanner/detonation/egress/exchange.ts'
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

it('no guest takes the room of what the host and the kernel saw', () => {
  const fault: Happening = { kind: 'fault', pid: 7, image: '/usr/bin/pdftoppm', signal: 'SIGSEGV', t: 2, rank: 'kernel' }
  const connect: Happening = { kind: 'connect', protocol: 'tcp', to: 'site.example', t: 3, rank: 'host' }
  const told = report(100)
  const flooded = { ...told, happenings: [...told.happenings, fault, connect], signals: [{ ...signal('crash'), shown_by: [0, 50, 100] }] }
  const cut = boundReport(
    flooded,
    0,
    [fault, connect].reduce((sum, one) => sum + JSON.stringify(one).length, JSON.stringify(line).length * 5),
  )
  expect(cut.happenings).toEqual([line, line, line, line, line, fault, connect, { kind: 'dropped', of: 'happenings', count: 95, t: 1.2, rank: 'host' }])
  expect(cut.signals[0]!.shown_by).toEqual([0, 5])
})

it('what reached the proxy is bounded, too', () => {
  const exchange: Exchange = { t: 1, method: 'GET', url: 'http://site.example/', kind: 'http', outcome: 'refused', request: { headers: [] }, took_ms: {} }
  const many = { ...report(1), network: Array.from({ length: 100 }, () => exchange) }
  const cut = boundReport(many, 0, JSON.stringify(exchange).length * 40)
  expect([cut.network?.length, cut.happenings.at(-1)]).toEqual([40, { kind: 'dropped', of: 'requests', count: 60, t: 1.2, rank: 'host' }])
})
