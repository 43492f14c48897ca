import { afterAll, describe, expect, it } from 'vitest'
import { CheckReport, POINTS, type PointId } from '#exchange/conformance/contract.ts'
import type { CheckOptions } from '#exchange/conformance/session.ts'
import { broken, check, makeCertificates } from '#test/harness/check-server.ts'
import { LOGIN, startTaxiiServer, type Fault } from '#test/harness/taxii-server.ts'

const made = makeCertificates()
afterAll(() => made?.remove())

async function judge(fault: Fault, more: Partial<CheckOptions> = {}): Promise<{ report: CheckReport; left: number }> {
  const { pem } = made!
  const server = await startTaxiiServer({ cert: pem('server.pem'), key: pem('server.key'), clients: pem('client.pem'), fault })
  try {
    const [cert, key, ca] = ['client.pem', 'client.key', 'server.pem'].map((name) => pem(name).toString())
    const report = await check(server.url, { basic: LOGIN.basic, cert, key, ca, ...more })
    return { report, left: server.left() }
  } finally {
    await server.close()
  }
}

describe.skipIf(!made)(`a check of a TAXII server${made ? '' : ' (skipped: apt-get install openssl)'}`, () => {
  it('passes every point of a server that does everything right, and leaves it as it was found', async () => {
    const { report, left } = await judge(undefined)
    expect(broken(report)).toEqual({})
    expect(report.points.map(({ point, verdict }) => [point, verdict])).toEqual(POINTS.map(([point]) => [point, 'pass']))
    expect([left, report.left_behind, report.whole]).toEqual([0, [], true])
    expect(CheckReport.parse(report)).toEqual(report)
    const gaps = new Set(report.resolutions.map(({ gap }) => gap))
    expect(['C1', 'C2', 'C4', 'C6', 'C8', 'C9', 'C10', 'C11'].filter((gap) => !gaps.has(gap))).toEqual([])
  })

  // What asks the most is left out where another point's fault is looked for; above, a good server passes it.
  const COSTLY: readonly PointId[] = ['T13', 'T21', 'T26']
  it.each(POINTS.map(([point]) => point))('%s: a fault there fails or warns there and nowhere else', async (point) => {
    const only = COSTLY.includes(point) ? undefined : POINTS.map(([id]) => id).filter((id) => !COSTLY.includes(id))
    const { report } = await judge(point, { only })
    expect(Object.keys(broken(report)), JSON.stringify(broken(report), null, 1)).toEqual([point])
  })

  it('posts nothing where it may not, and judges only what it is asked', async () => {
    const { report } = await judge('T36', { readOnly: true, only: ['T21', 'T36'] })
    expect(report.points.map(({ point, verdict }) => [point, verdict])).toEqual([
      ['T21', 'pass'],
      ['T36', 'not-applicable'],
    ])
    expect(report.points[1]!.reasons).toEqual(['nothing is posted (--read-only)'])
    expect(report.write_collection).toBeUndefined()
  })

  it('compares as far as it walked where a collection is larger', async () => {
    const { report } = await judge(undefined, { mostObjects: 10, only: ['T19', 'T22', 'T23', 'T24', 'T25', 'T27', 'T35'] })
    expect(broken(report)).toEqual({})
    const few = await judge('T25', { mostObjects: 10, only: ['T19', 'T22', 'T23', 'T24', 'T25', 'T27', 'T35'] })
    expect(Object.keys(broken(few.report))).toEqual(['T25'])
  })

  it('takes away what it made when it is ended', async () => {
    const stop = new AbortController()
    const { report, left } = await judge(undefined, { stop: stop.signal, progress: (what) => what.startsWith('paging') && stop.abort() })
    expect([report.whole, left, report.left_behind]).toEqual([false, 0, []])
  })
})
