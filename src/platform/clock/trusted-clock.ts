import type { Database } from '#platform/db/database.ts'
import { system } from '#platform/auth/actor.ts'
import type { Log } from '#platform/log.ts'
import { repeat, type Clock } from '#platform/clock/clock.ts'
import { disagreementText } from '#platform/clock/disagreement.ts'
import { advance, judge, standsStill, type DisagreementKind, type Judgement, type Readings } from '#platform/clock/judge.ts'
import { thisMachine, type Machine } from '#platform/clock/machine.ts'
import { databaseInstant, lockAnchor, readMemory, saveJudgement } from '#platform/clock/store.ts'
import type { Tx } from '#platform/db/database.ts'

const SAMPLE_EVERY_MS = 5_000
const CLOCK = system('clock')

export interface RunningClock {
  readonly clock: Clock
  /** Takes one sample now, such as right after a confirmation; otherwise one is taken every 5 s. */
  sample(): Promise<void>
  stop(): Promise<void>
}

interface ClockOptions {
  readonly db: Database
  readonly log: Log
  readonly machine?: Machine
  readonly everyMs?: number
}

/**
 * Starts the trusted instant of this process (docs/promises.md, clock rule 6). The first sample is taken before this
 * returns and throws what the database throws; a later one that fails is logged, and once none has succeeded for
 * 60 s the instant stands still. What `now()` gave since the last sample is not yet durable: at most 5 s.
 */
export async function startClock({ db, log, machine = thisMachine(), everyMs = SAMPLE_EVERY_MS }: ClockOptions): Promise<RunningClock> {
  const trusted = new TrustedClock(db, log, machine)
  await trusted.sample()
  const sampleOrLog = () => trusted.sample().catch((error: unknown) => log.error({ err: error }, 'the clocks could not be compared'))
  let due = false
  const end = repeat(everyMs, async () => {
    if (due) await sampleOrLog()
    due = true
  })
  return {
    clock: trusted,
    sample: () => trusted.sample(),
    stop: async () => {
      await end()
      await sampleOrLog()
    },
  }
}

class TrustedClock implements Clock {
  readonly #db: Database
  readonly #log: Log
  readonly #machine: Machine
  #last: Judgement | undefined
  #sampledAtMs = 0
  /** The trusted instant as last given out. */
  #heldMs: number | undefined
  #reported: DisagreementKind | undefined

  constructor(db: Database, log: Log, machine: Machine) {
    this.#db = db
    this.#log = log
    this.#machine = machine
  }

  now(): Date {
    this.#heldMs = advance(this.#last!, this.#heldMs!, this.#machine.wallMs(), this.#machine.monotonicMs() - this.#sampledAtMs)
    return new Date(this.#heldMs)
  }

  disagreement(): string | undefined {
    const last = this.#last!
    const elapsedMs = this.#machine.monotonicMs() - this.#sampledAtMs
    const wallMs = this.#machine.wallMs()
    const kind = standsStill(last, wallMs, elapsedMs)
    return kind && this.#text(kind, last, wallMs, elapsedMs)
  }

  /** Reads all clocks, decides, and stores what was decided, in one transaction that the boot's row serialises. */
  async sample(): Promise<void> {
    const { judged, sampledAtMs } = await this.#db.transaction(CLOCK, async (tx) => {
      await lockAnchor(tx, this.#machine.bootId)
      const memory = await readMemory(tx, this.#machine.bootId)
      const { readings, sampledAtMs } = await this.#read(tx)
      const judged = judge(readings, memory, this.#heldMs)
      await saveJudgement(tx, this.#machine.bootId, judged, judged.disagreement && this.#text(judged.disagreement, judged, readings.wallMs, 0))
      return { judged, sampledAtMs }
    })
    this.#last = judged
    this.#sampledAtMs = sampledAtMs
    this.#heldMs = Math.max(this.#heldMs ?? judged.trustedMs, judged.trustedMs)
    this.#report(judged)
  }

  async #read(tx: Tx): Promise<{ readings: Readings; sampledAtMs: number }> {
    const askedAtMs = this.#machine.monotonicMs()
    const database = await databaseInstant(tx)
    const sampledAtMs = this.#machine.monotonicMs()
    const wallMs = this.#machine.wallMs()
    return { readings: { wallMs, uptimeMs: this.#machine.uptimeMs(), databaseMs: database.getTime() + (sampledAtMs - askedAtMs) / 2 }, sampledAtMs }
  }

  #text(kind: DisagreementKind, last: Judgement, wallMs: number, elapsedMs: number): string {
    return disagreementText(kind, last, {
      wallMs,
      databaseMs: last.readings.databaseMs + elapsedMs,
      lineMs: last.lineMs === undefined ? undefined : last.lineMs + elapsedMs,
      trustedMs: this.#heldMs ?? last.trustedMs,
    })
  }

  #report(judged: Judgement): void {
    if (judged.disagreement === this.#reported) return
    if (judged.disagreement) this.#log.error({ clock: judged.disagreement }, this.#text(judged.disagreement, judged, judged.readings.wallMs, 0))
    else this.#log.info('the clocks agree again; the trusted time advances')
    this.#reported = judged.disagreement
  }
}
