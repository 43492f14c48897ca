import type { Duplex } from 'node:stream'
import type { Happening } from '../contract.ts'

/** Turns the text of a guest's trace into happenings; they count from the mark `vedette-open`. */
export interface TraceSource {
  push(chunk: Uint8Array): Happening[]
  /** What was left over at the end. */
  end(): Happening[]
}

export interface TraceListener {
  happening(happening: Happening): void
  /** The agent's mark was seen: the trace is alive, or has come to its end. */
  mark(of: 'beat' | 'close'): void
  /** The trace said more than it may. */
  flooded(why: string): void
}

/** Reads the trace of one guest, at most `mostBytes` of it. The marks end with `token`, which nothing in the guest but its agent knows. */
export function readTrace(trace: Duplex, source: TraceSource, token: string, listener: TraceListener, mostBytes: number): { stop(): void } {
  const marks = (['beat', 'close'] as const).map((of) => ({ of, text: Buffer.from(`vedette-${of} ${token}`) }))
  const longest = Math.max(...marks.map(({ text }) => text.length))
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
    for (const { of, text } of marks) if (near.indexOf(text, Math.max(0, tail.length - text.length + 1)) >= 0) listener.mark(of)
    tail = near.subarray(-longest)
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
