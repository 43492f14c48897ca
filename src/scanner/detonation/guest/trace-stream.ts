import type { Duplex } from 'node:stream'
import type { Happening } from '../contract.ts'

/** Turns the text of a guest's trace into happenings; they count from the mark `vedette-open`. */
export interface TraceSource {
  push(chunk: Uint8Array): Happening[]
  /** Marks with this token are the agent's. */
  trust?(token: string): void
  /** What was left over at the end. */
  end(): Happening[]
}

export interface TraceListener {
  happening(happening: Happening): void
  /** Something was read: the trace is alive. The agent's marks come twice a second where nothing else does. */
  alive(): void
  /** The agent's mark of the end was seen. */
  closed(): void
  /** The trace said more than it may. */
  flooded(why: string): void
}

/** Reads the trace of one guest, at most `mostBytes` of it. The mark of its end has `token`, which nothing in the guest but its agent knows. */
export function readTrace(trace: Duplex, source: TraceSource, token: string, listener: TraceListener, mostBytes: number): { stop(): void } {
  source.trust?.(token)
  const mark = Buffer.from(`vedette-close ${token}`)
  let tail: Buffer = Buffer.alloc(0)
  let read = 0
  const data = (chunk: Buffer) => {
    read += chunk.length
    if (read > mostBytes) {
      stop()
      return listener.flooded(`the trace said more than ${mostBytes} bytes`)
    }
    for (const happening of source.push(chunk)) listener.happening(happening)
    const near = Buffer.concat([tail, chunk])
    if (near.includes(mark)) listener.closed()
    tail = near.subarray(1 - mark.length)
    listener.alive()
  }
  const stop = () => {
    trace.off('data', data)
    trace.resume()
  }
  trace.on('data', data)
  return {
    stop() {
      stop()
      for (const happening of source.end()) listener.happening(happening)
    },
  }
}
