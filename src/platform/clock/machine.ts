import { readFileSync } from 'node:fs'
import { uptime } from 'node:os'

/** The clocks of the machine this process runs on. Tests give one whose hands they move. */
export interface Machine {
  /** Names the time since the machine last booted; another boot or another machine has another one. */
  readonly bootId: string
  /** Wall clock: milliseconds since 1970-01-01T00:00:00Z. Anybody with the rights can set it. */
  wallMs(): number
  /** Milliseconds since the boot, suspension included; the same for every process of the machine, and set by nobody. */
  uptimeMs(): number
  /** Milliseconds that only count up, with an origin of this process's own; the cheap one. */
  monotonicMs(): number
}

export function thisMachine(): Machine {
  return {
    bootId: readBootId(),
    wallMs: () => Date.now(),
    uptimeMs: () => Math.round(uptime() * 1000),
    monotonicMs: () => performance.now(),
  }
}

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    // Elsewhere than on Linux the boot is named by the minute it happened in. A clock that was set since gives
    // another name, so the machine counts as one that has just booted: that asks more of its clocks, not less.
    return `booted-${Math.round((Date.now() - uptime() * 1000) / 60_000)}`
  }
}
