import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Detonation } from '#scanner/detonation/contract.ts'
import { openRoom } from '#scanner/detonation/host-limits.ts'
import { openEverywhere, type OpeningWatch } from '#scanner/detonation/open-everywhere.ts'
import type { Asked } from '#scanner/detonation/plan.ts'
import { NoEnvironment, type Job } from '#scanner/detonation/sandbox.ts'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { onePage } from '#test/harness/one-page.ts'
import { FAULT, POPPLER, replaySandbox, signal } from '#test/harness/replay-sandbox.ts'

const PDF = Buffer.from(onePage('one'))
const REPORT = scanBytes(PDF)
const sha256 = ({ subject }: Job) =>
  createHash('sha256')
    .update('url' in subject ? subject.url : subject.document)
    .digest('hex')
const crash = { end: 'crashed', signals: [signal('crash')], happenings: [FAULT] } satisfies Partial<Detonation>

function open(play: Parameters<typeof replaySandbox>[1], asked: Asked = {}, watch: OpeningWatch = {}, ending = new AbortController().signal, machines = 2) {
  const where = { sandbox: replaySandbox(POPPLER, play, sha256), environments: POPPLER, room: openRoom({ machines, memoryMib: 4096 }), asked }
  return openEverywhere(REPORT, PDF, where, watch, ending)
}

describe('a document opened in every environment without a server', () => {
  it('is opened once in each where nothing is seen, under no name of its own', async () => {
    const jobs: Job[] = []
    const { detonations, notTried } = await open(({ job, answer }) => {
      jobs.push(job)
      return answer()
    })
    expect(detonations.map(({ environment }) => environment.name)).toEqual(['poppler-debian12', 'poppler-debian11'])
    expect(notTried).toEqual([])
    expect(jobs.map(({ subject }) => 'name' in subject && subject.name)).toEqual(['document.pdf', 'document.pdf'])
  })

  it('is opened again where it reacts, with its sibling and with a checked heap, and then no more', async () => {
    const { detonations } = await open(({ described, answer }) => answer(described.age === 'current' ? crash : {}))
    expect(detonations.map(({ environment, options }) => [environment.age, options.checkHeap])).toEqual([
      ['current', false],
      ['older', false],
      ['current', false],
      ['older', false],
      ['current', true],
    ])
  })

  it('says where it was not opened and why, asks there once, and keeps what others showed', async () => {
    let asked = 0
    const { detonations, notTried } = await open(({ described, answer }) => {
      if (described.age === 'current') return answer(crash)
      asked++
      throw new NoEnvironment('qemu-system-x86_64 is not installed')
    })
    expect(notTried).toEqual([{ environment: 'poppler-debian11', why: 'qemu-system-x86_64 is not installed.' }])
    expect(asked).toBe(1)
    expect(detonations).toHaveLength(3)
  })

  it('takes no word of a driver that is none of a report', async () => {
    const { detonations, notTried } = await open(({ answer }) => ({ ...answer(), dwell_ms: -1 }), { environments: ['poppler-debian12'] })
    expect(detonations).toEqual([])
    expect(notTried).toEqual([expect.objectContaining({ environment: 'poppler-debian12' })])
  })

  it('begins nothing any more once it is cancelled, and keeps what was seen by then', async () => {
    const ending = new AbortController()
    const told: string[] = []
    const watch: OpeningWatch = {
      planned: (plan) => told.push(`planned ${plan.length}`),
      begun: ({ environment }) => told.push(`begun ${environment.age}`),
      ended: ({ environment }, seen) => told.push(`ended ${environment.age}: ${'why' in seen ? seen.why : seen.end}`),
    }
    const play: Parameters<typeof replaySandbox>[1] = ({ answer }) => {
      ending.abort()
      return answer(crash)
    }
    const { detonations, notTried } = await open(play, {}, watch, ending.signal, 1)
    expect(detonations).toHaveLength(1)
    expect([...new Set(notTried.map(({ why }) => why))]).toEqual(['It was cancelled before it began.'])
    expect(told.filter((line) => line.startsWith('begun'))).toEqual(['begun current'])
    expect(told).toContain('ended current: crashed')
  })
})
