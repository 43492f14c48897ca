/** When one detonation ends, in milliseconds. */
export interface DwellBounds {
  /** The viewer is idle and nothing is pending for so long: all that a document does at its opening has been done. */
  readonly quietMs: number
  /** The document is open for no longer, whatever goes on. */
  readonly capMs: number
  /** Nothing was heard of the agent for so long: it is lost. */
  readonly silentMs: number
  /** The viewer has so long to close the document, and the agent to say what it found at the end. */
  readonly closingMs: number
}

export const DWELL: DwellBounds = { quietMs: 300, capMs: 60_000, silentMs: 10_000, closingMs: 15_000 }

/** What was seen of a detonation; instants are in milliseconds since the document was handed over. */
export interface Seen {
  /** The viewer's last word: whether something goes on, and since when. */
  readonly state: 'busy' | 'idle'
  readonly stateAt: number
  /** What is still going on, in the agent's words. */
  readonly pending?: string | undefined
  /** The last happening that was not the viewer's own word, such as a process or a file. */
  readonly lastAt: number
  /** The last sign of life of the agent. */
  readonly heardAt: number
  /** The last mark of the agent in the kernel's trace; absent where the guest has no trace. */
  readonly tracedAt?: number | undefined
  /** When the viewer was asked to close. */
  readonly closingAt?: number | undefined
  /** When the agent had said all. */
  readonly doneAt?: number | undefined
  /** The trace has come to the mark of its end. */
  readonly traceEnded: boolean
}

export type Step =
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'close'; readonly why: string; readonly capped: boolean }
  | { readonly kind: 'end' }
  | { readonly kind: 'lost'; readonly of: 'agent' | 'trace'; readonly why: string }

const seconds = (ms: number) => `${Math.round(ms / 100) / 10} s`

/**
 * What to do next (design, section 15.1): close when the viewer is idle and nothing happened since, go on while something does, never longer than the cap.
 * A guest that is heard no more ends at once: nothing that it did later would be seen.
 */
export function nextStep(seen: Seen, now: number, bounds: DwellBounds): Step {
  const tracedAt = seen.tracedAt ?? Infinity
  if (seen.doneAt !== undefined) return afterDone(seen.doneAt, seen, now, bounds)
  if (now - seen.heardAt >= bounds.silentMs) return { kind: 'lost', of: 'agent', why: `nothing was heard of it for ${seconds(bounds.silentMs)}` }
  if (now - tracedAt >= bounds.silentMs) return { kind: 'lost', of: 'trace', why: `nothing was heard of it for ${seconds(bounds.silentMs)}` }
  const silent = Math.min(seen.heardAt, tracedAt) + bounds.silentMs
  if (seen.closingAt !== undefined) {
    const until = seen.closingAt + bounds.closingMs
    return now >= until ? { kind: 'end' } : wait(now, until, silent)
  }
  if (now >= bounds.capMs) {
    const pending = seen.pending === undefined ? 'the viewer still worked' : `something still went on (${seen.pending})`
    return { kind: 'close', capped: true, why: `${pending} when its time of ${seconds(bounds.capMs)} was over` }
  }
  if (seen.state === 'idle') {
    const quiet = Math.max(seen.stateAt, seen.lastAt) + bounds.quietMs
    if (now >= quiet) return { kind: 'close', capped: false, why: `the viewer was idle and nothing was pending for ${seconds(bounds.quietMs)}` }
    return wait(now, quiet, silent, bounds.capMs)
  }
  return wait(now, silent, bounds.capMs)
}

/** The trace is on its way still when the agent has said all. */
function afterDone(doneAt: number, seen: Seen, now: number, bounds: DwellBounds): Step {
  if (seen.tracedAt === undefined || seen.traceEnded) return { kind: 'end' }
  const until = doneAt + bounds.silentMs
  return now >= until ? { kind: 'lost', of: 'trace', why: 'it broke off before its end' } : wait(now, until)
}

const wait = (now: number, ...until: number[]): Step => ({ kind: 'wait', ms: Math.max(1, Math.ceil(Math.min(...until) - now)) })
