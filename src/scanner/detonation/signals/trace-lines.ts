/** One entry of `trace_pipe`: who, when, and what the event printed. */
export interface TraceEntry {
  readonly comm: string
  /** Of the thread, as everywhere in ftrace. */
  readonly tid: number
  /** Of the process, where the option `record-tgid` is set. */
  readonly pid: number | undefined
  /** Seconds, by the clock of the trace. */
  readonly time: number
  readonly body: string
}

/** `line`: as it was printed. */
export type TraceItem =
  | { readonly entry: TraceEntry; readonly line: string }
  | { readonly lost: number }
  | { readonly more: string }
  | { readonly tooBig: true }

/** The kernel prints an entry into a buffer of two pages; whatever is longer was not written by it. */
const LONGEST_LINE = 16_384

// A thread's name has 15 bytes, any of them: a header is found within these or not at all, and no name is long enough to hold a second one.
const HEADER = /^ *(.{0,15}?)-(\d{1,7}) +(?:\( *(\d{1,7}|-+)\) +)?\[\d{3,5}\] (?:[^\s]{3,8} )? *(\d{1,10}\.\d{6}): /s
const LOST = /^CPU:\d{1,5} \[LOST (?:(\d{1,18}) )?EVENTS\]$/

/**
 * Cuts the bytes of `trace_pipe` into entries. Bytes may be cut anywhere; a line that begins no entry is told as `more`, since names and strings are printed
 * as they are and can hold line feeds. Linear; keeps one line at most; never throws.
 */
export class TraceLines {
  #rest: Buffer = Buffer.alloc(0)
  #skipping = false

  push(chunk: Uint8Array): TraceItem[] {
    const items: TraceItem[] = []
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let from = 0
    for (let feed = bytes.indexOf(0x0a); feed !== -1; feed = bytes.indexOf(0x0a, from)) {
      this.#line(bytes.subarray(from, feed), items)
      from = feed + 1
    }
    this.#keep(bytes.subarray(from), items)
    return items
  }

  /** What stands behind the last line feed is told as it is. */
  end(): TraceItem[] {
    const items: TraceItem[] = []
    if (this.#rest.length > 0) this.#line(Buffer.alloc(0), items)
    return items
  }

  #line(tail: Buffer, items: TraceItem[]): void {
    const skipped = this.#skipping
    this.#skipping = false
    const line = this.#rest.length > 0 ? Buffer.concat([this.#rest, tail]) : tail
    this.#rest = Buffer.alloc(0)
    if (skipped) return
    items.push(line.length > LONGEST_LINE ? { tooBig: true } : itemOf(line.toString('utf8')))
  }

  #keep(tail: Buffer, items: TraceItem[]): void {
    if (this.#skipping || tail.length === 0) return
    if (this.#rest.length + tail.length <= LONGEST_LINE) {
      this.#rest = Buffer.concat([this.#rest, tail])
      return
    }
    this.#rest = Buffer.alloc(0)
    this.#skipping = true
    items.push({ tooBig: true })
  }
}

function itemOf(line: string): TraceItem {
  const head = HEADER.exec(line)
  if (head) {
    const pid = head[3] === undefined ? Number.NaN : Number(head[3])
    return {
      line,
      entry: { comm: head[1]!, tid: Number(head[2]), pid: Number.isNaN(pid) ? undefined : pid, time: Number(head[4]), body: line.slice(head[0].length) },
    }
  }
  const lost = LOST.exec(line)
  if (lost) return { lost: lost[1] === undefined ? 1 : Number(lost[1]) }
  return line === '[LINE TOO BIG]' ? { tooBig: true } : { more: line }
}
