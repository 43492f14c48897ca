import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CheckReport, POINTS, type PointId } from '#exchange/conformance/contract.ts'
import type { CheckOptions } from '#exchange/conformance/session.ts'
import { broken, check, makeCertificates } from '#test/harness/check-server.ts'
import { LOGIN, startTaxiiServer, type Fault, type TaxiiControl } from '#test/harness/taxii-server.ts'

const made = makeCertificates()
afterAll(() => made?.remove())

async function judge(
  faults: readonly Fault[],
  more: Partial<CheckOptions> & { readonly meanwhile?: (server: TaxiiControl, step: string) => void } = {},
  page = 20,
): Promise<{ report: CheckReport; left: number }> {
  const { pem } = made!
  const server = await startTaxiiServer({ cert: pem('server.pem'), key: pem('server.key'), clients: pem('client.pem'), faults, page })
  try {
    const [cert, key, ca] = ['client.pem', 'client.key', 'server.pem'].map((name) => pem(name).toString())
    const progress = (step: string) => more.meanwhile?.(server, step)
    const report = await check(server.url, { basic: LOGIN.basic, cert, key, ca, progress, ...more })
    return { report, left: server.left() }
  } finally {
    await server.close()
  }
}

/** Faults that are looked for in one run, so that a few runs do. */
const GROUPS: readonly (readonly PointId[])[] = [
  ['T1', 'T2', 'T5', 'T9'],
  ['T3', 'T10', 'T16', 'T24'],
  ['T4', 'T11', 'T17', 'T25'],
  ['T6', 'T12', 'T18', 'T26'],
  ['T7', 'T14', 'T21', 'T31'],
  ['T8', 'T15', 'T22', 'T32'],
  ['T13', 'T23', 'T33', 'T38'],
  ['T19', 'T27', 'T29', 'T34'],
  ['T20', 'T28', 'T36', 'T40'],
  ['T30', 'T35', 'T37', 'T39'],
]
/** The probe that notices the fault of each point. */
const NOTICED: Readonly<Record<PointId, string>> = {
  T1: 'TLS 1.1 is refused (RFC 8996)',
  T2: 'HTTP Basic is offered',
  T3: 'no login is refused with 401, 404 on a collection',
  T4: 'a certificate that nobody trusts lets nobody in',
  T5: 'a request without User-Agent gets the same answer',
  T6: 'what strangers are shown keeps its required properties',
  T7: 'next does not replace the filters beside it',
  T8: 'each API root answers with 200',
  T9: 'default is one of api_roots',
  T10: 'a body below max_content_length is not 413',
  T11: 'a path without its last slash is served or refused, not redirected',
  T12: 'Content-Type of errors',
  T13: 'Accept: application/taxii+json',
  T14: 'Content-Type: application/taxii+json',
  T15: 'success carries its body: collection',
  T16: 'timestamps of status',
  T17: 'no list is empty',
  T18: 'property names of discovery',
  T19: 'objects are sorted by date added',
  T20: 'x-taxii-date-added-first is there',
  T21: '400 for limit=0',
  T22: 'added_after is strictly after',
  T23: 'limit=1 is honoured',
  T24: 'next goes on with the same filters',
  T25: 'fields are ANDed (objects)',
  T26: 'types of STIX 2.1 can be asked for',
  T27: 'all stands alone, and nothing is named twice',
  T28: 'nothing outside the spec versions that are listed',
  T29: 'http_status equals the status line',
  T30: 'types of envelope',
  T31: 'counts add up',
  T32: 'an unknown status is 404',
  T33: 'an alias is unique',
  T34: 'an unknown collection is 404 (or 403): objects',
  T35: 'media_type of a record is one of the collection',
  T36: 'an exact duplicate is no error',
  T37: 'match[version]=first on one object',
  T38: 'a deleted version is gone, and the others are not',
  T39: 'every version is listed, each once',
  T40: 'names of custom properties',
}

/** Points whose fault breaks no more than a SHOULD. */
const SHOULDS: readonly PointId[] = ['T2', 'T5', 'T11']

describe.skipIf(!made)(`a check of a TAXII server${made ? '' : ' (skipped: apt-get install openssl)'}`, () => {
  it('passes every point of a server that does everything right, and leaves it as it was found', async () => {
    const { report, left } = await judge([])
    expect(broken(report)).toEqual({})
    expect(report.points.map(({ point, verdict }) => [point, verdict])).toEqual(POINTS.map(([point]) => [point, 'pass']))
    expect([left, report.left_behind, report.whole]).toEqual([0, [], true])
    expect(CheckReport.parse(report)).toEqual(report)
    const gaps = new Set(report.resolutions.map(({ gap }) => gap))
    expect(['C1', 'C2', 'C4', 'C6', 'C8', 'C9', 'C10', 'C11'].filter((gap) => !gaps.has(gap))).toEqual([])
  })

  describe.each(GROUPS)('of one with faults at %s, %s, %s and %s', (...group) => {
    const faults = group
    let report: CheckReport
    beforeAll(async () => {
      report = (await judge(faults)).report
    })
    it.each(faults)('%s: says so, by the probe that is about it', (point) => {
      const probe = report.points.find((one) => one.point === point)!.probes.find((one) => one.probe === NOTICED[point])
      expect(probe?.verdict).toBe(SHOULDS.includes(point) ? 'warn' : 'fail')
      expect(probe?.failed).toBeGreaterThan(0)
    })
    it('finds fault with nothing else', () => {
      expect(Object.keys(broken(report)), JSON.stringify(broken(report), null, 1)).toEqual(
        POINTS.map(([point]) => point).filter((point) => faults.includes(point)),
      )
    })
  })

  it('posts nothing where it may not, and judges only what it is asked', async () => {
    const { report } = await judge(['T36'], { readOnly: true, only: ['T21', 'T36'] })
    expect(report.points.map(({ point, verdict }) => [point, verdict])).toEqual([
      ['T21', 'pass'],
      ['T36', 'not-applicable'],
    ])
    expect(report.points[1]!.reasons).toEqual(['nothing is posted (--read-only)'])
    expect(report.write_collection).toBeUndefined()
  })

  it('compares as far as it walked where a collection is larger', async () => {
    const only: PointId[] = ['T19', 'T20', 'T22', 'T23', 'T24', 'T25', 'T27', 'T28', 'T35', 'T36', 'T37', 'T39']
    const { report } = await judge([], { mostObjects: 12, only }, 4)
    expect(broken(report)).toEqual({})
    expect(report.points.find(({ point }) => point === 'T27')!.reasons).toEqual([
      'the collection was not walked to its end: versions are compared object by object',
    ])
    const faulty = await judge(['T19', 'T25', 'T39'], { mostObjects: 12, only }, 4)
    expect(Object.keys(broken(faulty.report))).toEqual(['T19', 'T25', 'T39'])
  })

  it('reads a collection anew to which others write meanwhile', async () => {
    const only: PointId[] = ['T22', 'T23', 'T24', 'T25', 'T27', 'T28', 'T35']
    let times = 0
    const once = (server: TaxiiControl, step: string) => void (step.startsWith('filters') && times++ === 0 && server.add())
    expect(broken((await judge([], { only, meanwhile: once })).report)).toEqual({})
    expect(times).toBe(2)
    // The control: without anything between, the same fault of the server is found.
    expect(Object.keys(broken((await judge(['T25'], { only, meanwhile: once })).report))).toEqual(['T25'])
    const always = (server: TaxiiControl, step: string) => void (step.startsWith('filters') && server.add())
    const { report } = await judge([], { only, meanwhile: always })
    expect(broken(report)).toEqual({})
    expect(report.points.find(({ point }) => point === 'T25')!.reasons).toEqual([
      'the collection changed each time that it was read; --collection can name a quieter one',
    ])
  })

  it('takes away what it made when it is ended', async () => {
    const stop = new AbortController()
    const { report, left } = await judge([], { stop: stop.signal, progress: (what) => what.startsWith('paging') && stop.abort() })
    expect([report.whole, left, report.left_behind]).toEqual([false, 0, []])
  })
})
