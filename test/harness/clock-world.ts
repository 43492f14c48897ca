import { advance, apart, judge, standsStill, type Confirmation, type DisagreementKind, type Judgement } from '#platform/clock/judge.ts'

/** Honest clocks are this close to true time. */
export const HONEST_MS = 500

interface SimulatedMachine {
  bootId: string
  bootedAtMs: number
  wallOffsetMs: number
}

interface SimulatedProcess {
  readonly machine: number
  last: Judgement
  sampledAtMs: number
  heldMs: number
}

interface Anchor {
  zeroMs: number | undefined
  trustedMs: number | undefined
  confirmationId: string | undefined
}

/** How a simulated process opens: what Vedette does, or one of the naive ways that the tests are controlled with. */
export interface Look {
  readonly trustedMs: number
  readonly wallMs: number
  readonly bothMs: number
}

/**
 * True time, the clocks that stray from it, and what is stored, all in memory: the pure core runs on it exactly as the
 * running clock does on a machine and a database. Machines' uptimes count true time.
 */
export class ClockWorld {
  nowMs: number
  databaseOffsetMs = 0
  databaseUp = true
  markMs: number | undefined
  readonly machines: SimulatedMachine[] = []
  processes: SimulatedProcess[] = []
  readonly #anchors = new Map<string, Anchor>()
  #confirmation: Confirmation | undefined
  #count = 0

  constructor(startMs: number) {
    this.nowMs = startMs
  }

  addMachine(wallOffsetMs: number): number {
    this.machines.push({ bootId: `boot-${this.#count++}`, bootedAtMs: this.nowMs - 10_000, wallOffsetMs })
    return this.machines.length - 1
  }

  /** Processes of the machine die; its uptime starts anew. */
  reboot(machine: number): void {
    this.processes = this.processes.filter((each) => each.machine !== machine)
    const { wallOffsetMs } = this.machines[machine]!
    this.machines[machine] = { bootId: `boot-${this.#count++}`, bootedAtMs: this.nowMs, wallOffsetMs }
  }

  /** Starts a process; without a database it does not come up. */
  start(machine: number): SimulatedProcess | undefined {
    if (!this.databaseUp) return undefined
    const last = this.#judge(machine, undefined)
    const started: SimulatedProcess = { machine, last, sampledAtMs: this.nowMs, heldMs: last.trustedMs }
    this.processes.push(started)
    return started
  }

  sample(process: SimulatedProcess): void {
    if (!this.databaseUp) return
    process.last = this.#judge(process.machine, process.heldMs)
    process.sampledAtMs = this.nowMs
    process.heldMs = Math.max(process.heldMs, process.last.trustedMs)
  }

  look(process: SimulatedProcess): Look {
    const wallMs = this.wallMs(process.machine)
    process.heldMs = advance(process.last, process.heldMs, wallMs, this.nowMs - process.sampledAtMs)
    const databaseMs = this.databaseMs()
    return { trustedMs: process.heldMs, wallMs, bothMs: apart(wallMs, databaseMs) ? -Infinity : Math.min(wallMs, databaseMs) }
  }

  disagreement(process: SimulatedProcess): DisagreementKind | undefined {
    return standsStill(process.last, this.wallMs(process.machine), this.nowMs - process.sampledAtMs)
  }

  /** People state the instant at a machine; false when its clocks contradict them and it is refused. */
  confirm(machine: number, statedMs: number): boolean {
    const databaseMs = this.databaseMs()
    const wallMs = this.wallMs(machine)
    if (!this.databaseUp || apart(wallMs, databaseMs) || apart(wallMs, statedMs) || apart(databaseMs, statedMs)) return false
    const id = `confirmation-${this.#count++}`
    this.#confirmation = { id, instantMs: statedMs, databaseMs }
    const { bootId } = this.machines[machine]!
    const anchor = this.#anchors.get(bootId)
    this.#anchors.set(bootId, { trustedMs: anchor?.trustedMs, zeroMs: statedMs - this.uptimeMs(machine), confirmationId: id })
    return true
  }

  wallMs(machine: number): number {
    return this.nowMs + this.machines[machine]!.wallOffsetMs
  }

  databaseMs(): number {
    return this.nowMs + this.databaseOffsetMs
  }

  uptimeMs(machine: number): number {
    return this.nowMs - this.machines[machine]!.bootedAtMs
  }

  #judge(machine: number, heldMs: number | undefined): Judgement {
    const { bootId } = this.machines[machine]!
    const anchor = this.#anchors.get(bootId)
    const memory = {
      markMs: this.markMs,
      zeroMs: anchor?.zeroMs,
      trustedMs: anchor?.trustedMs,
      confirmationId: anchor?.confirmationId,
      confirmation: this.#confirmation,
    }
    const judged = judge({ wallMs: this.wallMs(machine), databaseMs: this.databaseMs(), uptimeMs: this.uptimeMs(machine) }, memory, heldMs)
    this.#anchors.set(bootId, judged)
    if (!judged.disagreement) this.markMs = Math.max(this.markMs ?? judged.trustedMs, judged.trustedMs)
    return judged
  }
}
