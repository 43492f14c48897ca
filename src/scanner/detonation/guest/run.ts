import { createHash, randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { pause, stopwatch } from '#platform/clock/clock.ts'
import type { DetonationOptions, EndState, Happening, HappeningOf } from '../contract.ts'
import { printable } from '#scanner/formats/bytes.ts'
import type { Job, Watcher } from '../sandbox.ts'
import { hear, tell } from './channel.ts'
import { nextStep, type DwellBounds, type Seen } from './dwell.ts'
import { endStateOf, type Ending } from './end-state.ts'
import { DetonationRecord, type RecordLimits } from './record.ts'
import { readTrace, type TraceSource } from './trace-stream.ts'

/** A guest whose viewer is warm and waits for its document. */
export interface Guest {
  readonly control: Duplex
  readonly events: Duplex
  readonly trace?: { readonly stream: Duplex; readonly source: TraceSource } | undefined
  /** What its agent is told besides, when the document is opened. */
  readonly told?: Readonly<Record<string, unknown>> | undefined
  /** Resolves when its machine has ended, with what ended it. */
  readonly ended: Promise<string>
}

export interface RunLimits {
  readonly dwell: DwellBounds
  readonly record: RecordLimits
  /** What is read of a guest's messages with their bytes, and of its trace. */
  readonly eventBytes: number
  readonly traceBytes: number
}

/** What one guest showed of one document. */
export interface RunResult {
  readonly end: EndState
  readonly why_ended: string
  readonly dwell_ms: number
  readonly happenings: Happening[]
}

/** What `machine.ended` says of a QEMU that was ended from outside: by a signal, or by a code that stands for one. */
const BY_SIGNAL = /^SIG|^code (12[89]|1[3-9]\d|2\d\d)$/

/**
 * Opens one document in one guest, and goes on until the dwell says that it is over, the guest is lost, a limit is reached or `signal` fires. Never rejects;
 * ending the guest's machine is the caller's.
 */
export async function runGuest(guest: Guest, job: Job, at: Date, limits: RunLimits, watcher?: Watcher, signal?: AbortSignal): Promise<RunResult> {
  const run = new Run(guest, limits, watcher)
  run.open(job, at)
  const abandon = () => run.end('it was given up before its end')
  if (signal?.aborted) abandon()
  signal?.addEventListener('abort', abandon, { once: true })
  try {
    return await run.result
  } finally {
    signal?.removeEventListener('abort', abandon)
  }
}

type Changing<T> = { -readonly [key in keyof T]: T[key] }

class Run {
  readonly #guest: Guest
  readonly #limits: RunLimits
  readonly #record: DetonationRecord
  readonly #elapsed = stopwatch()
  readonly #result = Promise.withResolvers<RunResult>()
  readonly #ending: Changing<Ending> = { pictures: 0 }
  #seen: Changing<Seen> = { state: 'busy', stateAt: 0, lastAt: 0, heardAt: 0, traceEnded: false }
  #waiting = new AbortController()
  #stops: (() => void)[] = []
  #over = false

  constructor(guest: Guest, limits: RunLimits, watcher?: Watcher) {
    this.#guest = guest
    this.#limits = limits
    this.#record = new DetonationRecord(watcher, limits.record)
  }

  get result(): Promise<RunResult> {
    return this.#result.promise
  }

  open({ subject, options, passwords = [] }: Job, at: Date): void {
    const { control, trace, ended, told } = this.#guest
    const seed = randomBytes(32)
    const start = {
      ...told,
      ...(passwords.length > 0 && { passwords }),
      clock: at.getTime() / 1000,
      seed: seed.toString('hex'),
      most_seconds: this.#limits.dwell.capMs / 1000,
      options: options satisfies DetonationOptions,
    }
    this.#hear()
    if (trace) {
      this.#seen.tracedAt = 0
      this.#follow(trace, createHash('sha256').update('mark').update(seed).digest('hex').slice(0, 16))
    }
    if ('url' in subject) tell(control, { kind: 'page', url: subject.url, ...start })
    else tell(control, { kind: 'open', name: subject.name, ...start }, subject.document)
    void ended.then((why) => this.#machineEnded(why))
    this.#step()
  }

  /** Ends the run from outside. */
  end(why: string): void {
    this.#ending.ended ??= why
    this.#finish()
  }

  #hear(): void {
    const stop = hear(
      this.#guest.events,
      {
        message: (message) => {
          this.#alive()
          if (message.kind === 'happening') this.#happened(message.happening)
          if (message.kind === 'done') {
            this.#ending.said = message.end
            this.#seen.doneAt ??= this.#elapsed()
          }
          this.#step()
        },
        artefact: (artefact, bytes) => {
          this.#alive()
          this.#record.take(artefact, bytes)
        },
        garbled: (why) => this.#lose('agent', why),
      },
      this.#limits.eventBytes,
    )
    this.#stops.push(stop)
  }

  #follow({ stream, source }: NonNullable<Guest['trace']>, token: string): void {
    const listener = {
      happening: (happening: Happening) => this.#happened(happening),
      alive: () => {
        this.#seen.tracedAt = this.#elapsed()
      },
      closed: () => {
        this.#seen.traceEnded = true
        this.#step()
      },
      flooded: (why: string) => this.end(why),
    }
    const reading = readTrace(stream, source, token, listener, this.#limits.traceBytes)
    this.#stops.push(() => reading.stop())
  }

  #alive(): void {
    this.#seen.heardAt = this.#elapsed()
  }

  #happened(happening: Happening): void {
    this.#record.tell(happening)
    const now = this.#elapsed()
    if (happening.kind === 'viewer') {
      this.#seen.state = happening.state === 'idle' ? 'idle' : 'busy'
      this.#seen.stateAt = now
      this.#seen.pending = happening.state === 'pending' ? (happening.detail ?? 'something') : undefined
    } else this.#seen.lastAt = now
    if (happening.kind === 'fault') this.#ending.fault ??= happening satisfies HappeningOf<'fault'>
  }

  #machineEnded(why: string): void {
    if (this.#over) return
    if (BY_SIGNAL.test(why)) return this.end(`the machine was ended from outside (${why})`)
    this.#lose('agent', `the machine stopped (${why})`)
  }

  #lose(of: 'agent' | 'trace', why: string): void {
    if (this.#over) return
    this.#ending.silence ??= { of, why }
    this.#tellHost({ kind: 'silence', of, detail: why.slice(0, 300) })
    this.#finish()
  }

  #tellHost(silence: Pick<HappeningOf<'silence'>, 'kind' | 'of' | 'detail'>): void {
    this.#record.tell({ ...silence, rank: 'host', t: this.#elapsed() / 1000 })
  }

  #step(): void {
    if (this.#over) return
    this.#waiting.abort()
    const step = nextStep(this.#seen, this.#elapsed(), this.#limits.dwell)
    if (step.kind === 'end') return this.#finish()
    if (step.kind === 'lost') return this.#lose(step.of, step.why)
    if (step.kind === 'close') {
      this.#ending.closed = step
      this.#seen.closingAt = this.#elapsed()
      tell(this.#guest.control, { kind: 'close' })
      return this.#step()
    }
    this.#waiting = new AbortController()
    void this.#later(step.ms, this.#waiting.signal)
  }

  async #later(ms: number, signal: AbortSignal): Promise<void> {
    await pause(ms, signal)
    if (!signal.aborted) this.#step()
  }

  #finish(): void {
    if (this.#over) return
    this.#over = true
    this.#waiting.abort()
    for (const stop of this.#stops) stop()
    const elapsed = this.#elapsed()
    const { end, why } = endStateOf({ ...this.#ending, pictures: this.#record.pictures })
    this.#result.resolve({ end, why_ended: printable(why, 500), dwell_ms: Math.round(elapsed), happenings: this.#record.end(elapsed / 1000) })
  }
}
