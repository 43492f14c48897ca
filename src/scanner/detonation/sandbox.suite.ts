import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stopwatch } from '#platform/clock/clock.ts'
import { Environment, type Happening } from './contract.ts'
import { runFaults } from './run-faults.ts'
import { NoEnvironment, type Artefact, type Job, type Sandbox } from './sandbox.ts'

/** What a driver is asked with: each makes the guest behave in one way. */
export interface Subjects {
  /** Is opened, shown and closed. */
  readonly ordinary: Job['subject']
  /** Another that is. */
  readonly another: Job['subject']
  /** Does not come to an end by itself. */
  readonly endless: Job['subject']
  /** Its guest lies: ranks it may not give, other people's paths, what is no message. */
  readonly hostile?: Job['subject']
  /** Its guest says nothing any more. */
  readonly silent?: Job['subject']
  /** Its guest says more than anybody can keep. */
  readonly flooding?: Job['subject']
}

/** One driver, open. */
export interface Opened {
  readonly sandbox: Sandbox
  /** An environment of it that opens all subjects. */
  readonly environment: string
  /** What runs of it have left behind by now: processes, files, tasks of a farm. Empty when nothing is. */
  leftovers(): Promise<readonly string[]>
  close(): Promise<void>
}

export interface SuiteOptions {
  readonly subjects: Subjects
  /** The longest that a run of this driver, with its bounds, may take. */
  readonly withinMs: number
  /** How long after an abort a run may take to end. */
  readonly abortedWithinMs: number
  readonly options?: Job['options']
  /** The longest that the endless subject is open, where the driver's own bound is longer than a test should take. */
  readonly endlessMs?: number
}

const MOST_HAPPENINGS = 20_000

/**
 * What every driver of the port promises (sandbox.ts), asked of it: a run ends within its bounds with one truthful end state, an abort ends it and leaves
 * nothing behind, what a guest says is data of bounded size and of the lowest rank, and nothing but a missing environment is an error.
 */
export function describeSandbox(name: string, open: () => Promise<Opened>, { subjects, withinMs, abortedWithinMs, options, endlessMs }: SuiteOptions): void {
  describe(`a sandbox: ${name}`, { timeout: withinMs + 30_000 }, () => {
    let opened: Opened
    beforeAll(async () => {
      opened = await open()
    }, 120_000)
    afterAll(() => opened.close())

    const jobFor = (subject: Job['subject']): Job => ({
      environment: opened.environment,
      subject,
      options: options ?? { macros: true, egress: 'none', checkHeap: false },
      ...(subject === subjects.endless && endlessMs !== undefined && { capMs: endlessMs }),
    })
    const run = async (subject: Job['subject']) => {
      const job = jobFor(subject)
      const told: Happening[] = []
      const artefacts: Artefact[] = []
      const elapsed = stopwatch()
      const seen = await opened.sandbox.detonate(job, { happening: (one) => told.push(one), artefact: (one) => artefacts.push(one) })
      expect(elapsed()).toBeLessThan(withinMs)
      expect(runFaults(seen, job)).toEqual([])
      expect(seen.happenings.length).toBeLessThanOrEqual(MOST_HAPPENINGS)
      return { seen, told, artefacts }
    }
    const nothingIsLeft = () => expect.poll(() => opened.leftovers(), { timeout: 10_000 }).toEqual([])

    it('says what it can open documents in', async () => {
      const environments = await opened.sandbox.environments()
      expect(environments.map((one) => Environment.safeParse(one).error)).toEqual(environments.map(() => undefined))
      expect(environments.map((one) => one.name)).toContain(opened.environment)
      expect(new Set(environments.map((one) => one.name)).size).toBe(environments.length)
    })

    it('opens a document, tells what happens, and ends with it seen', async () => {
      const { seen, told } = await run(subjects.ordinary)
      expect(['rendered', 'idle']).toContain(seen.end)
      expect(seen.happenings.length).toBeGreaterThan(0)
      expect(told.length).toBeGreaterThan(0)
      for (const one of told) expect(seen.happenings).toContainEqual(one)
      await nothingIsLeft()
    })

    it('ends at once when it is told to, and leaves nothing behind', async () => {
      const job = jobFor(subjects.endless)
      const abort = new AbortController()
      const running = opened.sandbox.detonate(job, { happening: () => abort.abort() }, abort.signal)
      AbortSignal.timeout(Math.round(withinMs / 4)).addEventListener('abort', () => abort.abort())
      const elapsed = await new Promise<() => number>((resolve) => abort.signal.addEventListener('abort', () => resolve(stopwatch()), { once: true }))
      const seen = await running
      expect(elapsed()).toBeLessThan(abortedWithinMs)
      expect(runFaults(seen, job)).toEqual([])
      expect(seen.end).toBe('killed')
      expect(seen.why_ended).toMatch(/cancelled|given up/)
      await nothingIsLeft()
    })

    it('does not begin what was given up before', async () => {
      const job = jobFor(subjects.ordinary)
      const seen = await opened.sandbox.detonate(job, undefined, AbortSignal.abort())
      expect(runFaults(seen, job)).toEqual([])
      expect(seen.end).toBe('killed')
      // Nobody opened it, however long it took to say so.
      expect(seen.happenings.filter(({ kind }) => kind === 'viewer' || kind === 'process-start' || kind === 'picture')).toEqual([])
      await nothingIsLeft()
    })

    it('rejects with nothing but a missing environment', async () => {
      const job = { ...jobFor(subjects.ordinary), environment: 'no-such-environment' }
      await expect(opened.sandbox.detonate(job)).rejects.toBeInstanceOf(NoEnvironment)
      await nothingIsLeft()
    })

    it('opens two at once without mixing what they show', async () => {
      const [one, other] = await Promise.all([run(subjects.ordinary), run(subjects.another)])
      expect(one.seen.sha256).not.toBe(other.seen.sha256)
      expect([one.seen.end, other.seen.end].every((end) => end === 'rendered' || end === 'idle')).toBe(true)
      await nothingIsLeft()
    })

    describeHostile(subjects, run, nothingIsLeft)

    it('opens nothing any more once it is closed', async () => {
      const again = await open()
      await again.sandbox.close()
      await expect(again.sandbox.detonate(jobFor(subjects.ordinary))).rejects.toBeInstanceOf(NoEnvironment)
      await again.close()
    })
  })
}

type Run = (subject: Job['subject']) => Promise<{ seen: Awaited<ReturnType<Sandbox['detonate']>>; told: Happening[]; artefacts: Artefact[] }>

function describeHostile({ endless, hostile, silent, flooding }: Subjects, run: Run, nothingIsLeft: () => Promise<unknown>): void {
  it.skipIf(!hostile)('takes what a guest says as data of the lowest rank', async () => {
    const { seen } = await run(hostile!)
    // What it said of itself is not believed above what the host saw: a lie ends the run or stays a guest's word.
    for (const { kind, rank } of seen.happenings) if (!['silence', 'dropped', 'connect', 'viewer'].includes(kind)) expect(rank).toBe('guest')
    await nothingIsLeft()
  })

  // Each of them waits for a bound of time: side by side they take as long as the longest.
  it('ends what does not end by itself, is heard no more, or says more than anybody can keep, and says so', async () => {
    await Promise.all([
      run(endless).then(({ seen }) => expect(['hung', 'killed']).toContain(seen.end)),
      silent && run(silent).then(({ seen }) => expect(seen.end).toBe('agent-silenced')),
      flooding && run(flooding).then(expectBounded),
    ])
    await nothingIsLeft()
  })
}

function expectBounded({ seen, artefacts }: Awaited<ReturnType<Run>>): void {
  const dropped = seen.happenings.some(({ kind }) => kind === 'dropped')
  expect(dropped || seen.end === 'agent-silenced' || seen.end === 'killed').toBe(true)
  expect(artefacts.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThanOrEqual(256 * 2 ** 20)
}
