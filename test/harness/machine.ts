import type { Machine } from '#platform/clock/machine.ts'

/** A machine whose wall clock is true time plus what a test sets, and whose uptime counts true time. */
export class TestMachine implements Machine {
  bootId: string
  wallOffsetMs = 0
  /** True time that has passed without anybody waiting for it. */
  passedMs = 0
  readonly #bootedAtMs: number

  constructor(bootId = 'boot-1', upForMs = 86_400_000) {
    this.bootId = bootId
    this.#bootedAtMs = Date.now() - upForMs
  }

  wallMs = () => Date.now() + this.passedMs + this.wallOffsetMs
  uptimeMs = () => Date.now() + this.passedMs - this.#bootedAtMs
  monotonicMs = () => performance.now() + this.passedMs
}
