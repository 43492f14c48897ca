import type { Happening, HappeningOf } from '../contract.ts'
import { Budget } from './budget.ts'
import { FAULTS } from './linux.ts'
import { addressOf, readFields } from './probe-fields.ts'
import { PROBES } from './probes.ts'
import { isOwnProgram } from './processes.ts'
import { Tasks } from './tasks.ts'
import { readCall, tellAttack } from './trace-calls.ts'
import { readProbe } from './trace-probes.ts'
import { type TraceEntry, type TraceItem, TraceLines } from './trace-lines.ts'

export interface TraceOptions {
  /** The number that ends each entry of a probe that fetches a string, as the kernel prints it (`0x...`). Without it strings can pass for entries. */
  readonly guard?: string
  /** Files that nobody has a reason to read. */
  readonly honey?: ReadonlySet<string>
}

/** What a reader of entries works with. */
export interface Told {
  readonly entry: TraceEntry
  readonly tasks: Tasks
  readonly honey: ReadonlySet<string>
  readonly t: number
  tell(happening: Happening): void
}

/**
 * The marks that the agent writes into `trace_marker`: a process that runs already, the instant at which the document is handed over, and a process that it
 * is about to run for itself.
 */
export const OPEN_MARK = 'vedette-open'
const OWN_MARK = /^vedette-own ([0-9a-f]{16}) pid=(\d{1,7})$/
const PROCESS_MARK = /^vedette-process pid=(\d{1,7}) parent=(\d{1,7}) image=(.{1,4096})$/s

const MOST_CONTINUED = 16_384
/** Lines of one entry whose end only its form tells; each costs a reading of the whole. */
const MOST_LINES = 64
const EVENT = /^([A-Za-z_]\w{0,63})(?:: |(?=\())/
const FIELDS_OF = new Map(PROBES.map(({ name, fields }) => [name, fields]))
const FETCHES_TEXT = new Set(PROBES.filter(({ definition }) => definition.includes('string')).map(({ name }) => name))

/** An entry whose text goes on in the next line. */
interface Open {
  readonly entry: TraceEntry
  readonly lines: string[]
  length: number
  /** Ends with this and nothing else, where it is a probe with a guard. */
  readonly tail: string | undefined
}

/**
 * Turns the text of tracefs `trace_pipe` into happenings of rank `kernel`. The text is hostile: cut anywhere, with names and strings of the document's own
 * choice in it. Linear, bounded in memory and in what it tells, never throws. What happened before the mark `vedette-open` only teaches the process tree.
 */
export class TraceReader {
  readonly #lines = new TraceLines()
  readonly #tasks = new Tasks()
  readonly #budget = new Budget()
  readonly #options: TraceOptions
  #opened: number | undefined
  #open: Open | undefined
  #last = 0
  #token: string | undefined

  constructor(options: TraceOptions = {}) {
    this.#options = options
  }

  /** Only the agent knows this: a mark with it is the agent's. */
  trust(token: string): void {
    this.#token = token
  }

  push(chunk: Uint8Array): Happening[] {
    return this.#read(this.#lines.push(chunk))
  }

  /** What was cut off at the end, and how much was not told. */
  end(): Happening[] {
    const told = this.#read(this.#lines.end())
    this.#breakOff(told)
    return [...told, ...this.#budget.dropped().map(({ of, count }): Happening => ({ kind: 'dropped', of, count, rank: 'kernel', t: this.#last }))]
  }

  #read(items: readonly TraceItem[]): Happening[] {
    const told: Happening[] = []
    for (const item of items) {
      if ('entry' in item) this.#entry(item.entry, item.line, told)
      else if ('more' in item) this.#more(item.more, told)
      else this.#lost('trace', 'lost' in item ? item.lost : 1)
    }
    return told
  }

  #entry(entry: TraceEntry, line: string, told: Happening[]): void {
    if (this.#open?.tail !== undefined) {
      // Only the guard ends such an entry: what looks like another one stands in a string of it.
      this.#more(line, told)
      return
    }
    this.#breakOff(told)
    if (!this.#understand(entry, entry.body, told)) this.#open = { entry, lines: [entry.body], length: entry.body.length, tail: this.#tailOf(entry.body) }
  }

  #more(line: string, told: Happening[]): void {
    const open = this.#open
    if (!open) return
    open.lines.push(line)
    open.length += line.length + 1
    const ends = open.tail === undefined || line.endsWith(open.tail)
    if (ends && this.#understand(open.entry, open.lines.join('\n'), told)) this.#open = undefined
    else if (open.length > MOST_CONTINUED || (open.tail === undefined && open.lines.length > MOST_LINES)) this.#breakOff(told)
  }

  /** An entry of which no end was found. A program that was started is told all the same: its path may hold line feeds and what looks like the next entry. */
  #breakOff(told: Happening[]): void {
    const open = this.#open
    this.#open = undefined
    if (!open) return
    this.#lost('entries')
    const started = STARTED.exec(open.lines.join('\n'))
    if (!started) return
    const { tell, tasks, t } = this.#context(open.entry, told)
    tell({ kind: 'process-start', ...tasks.executed(tasks.pidOf(open.entry.tid), open.entry.tid, started[1]!), rank: 'kernel', t })
  }

  #tailOf(body: string): string | undefined {
    const { guard } = this.#options
    return guard !== undefined && FETCHES_TEXT.has(EVENT.exec(body)?.[1] ?? '') ? ` guard=${guard}` : undefined
  }

  /** False where more lines belong to the entry. */
  #understand(entry: TraceEntry, body: string, told: Happening[]): boolean {
    const head = EVENT.exec(body)
    if (!head) return true
    const name = head[1]!
    const rest = body.slice(head[0].length)
    this.#tasks.at(entry.tid, entry.pid, entry.comm)
    const context = this.#context(entry, told)
    if (name.startsWith('sys_')) {
      readCall(name.slice(4), rest, context)
      return true
    }
    const names = FIELDS_OF.get(name)
    return names ? this.#probe(name, names, rest, context) : this.#event(name, rest, context)
  }

  #context(entry: TraceEntry, told: Happening[]): Told {
    return {
      entry,
      tasks: this.#tasks,
      honey: this.#options.honey ?? new Set(),
      t: Math.min(1e6, Math.max(0, entry.time - (this.#opened ?? entry.time))),
      tell: (happening) => {
        this.#last = happening.t
        if (this.#opened !== undefined) told.push(...this.#budget.admit(happening))
      },
    }
  }

  #probe(name: string, names: readonly string[], text: string, context: Told): boolean {
    const read = readFields(text, names, FETCHES_TEXT.has(name) ? this.#options.guard : undefined)
    if (read === 'unfinished') return false
    if (read === 'foreign') this.#lost('entries')
    else readProbe(name, read.fields, context)
    return true
  }

  #event(name: string, text: string, context: Told): boolean {
    if (name === 'tracing_mark_write') this.#mark(text, context.entry.time)
    else if (Object.hasOwn(EVENTS, name)) return EVENTS[name as keyof typeof EVENTS](text, context)
    return true
  }

  #mark(text: string, time: number): void {
    const own = OWN_MARK.exec(text)
    if (own && own[1] === this.#token) this.#tasks.own(Number(own[2]))
    // The first one counts: the marks of a later time could only come from whoever took the guest over.
    if (this.#opened !== undefined) return
    const process = PROCESS_MARK.exec(text)
    if (process) this.#tasks.known(Number(process[1]), Number(process[2]), process[3]!)
    else if (text === OPEN_MARK) this.#opened = time
  }

  #lost(of: string, count = 1): void {
    this.#budget.lost(of, count)
  }
}

const FORK = /^comm=.{0,15} pid=(\d{1,7}) child_comm=.{0,15} child_pid=(\d{1,7})$/s
const NEW_TASK = /^pid=(\d{1,7}) comm=.{0,15} clone_flags=([0-9a-f]{1,16}) oom_score_adj=-?\d+$/s
const EXEC = /^filename=(.*) pid=(\d{1,7}) old_pid=(\d{1,7})$/s
const STARTED = /^sched_process_exec: filename=(.+)/s
const EXIT = /^comm=.{0,15} pid=(\d{1,7}) prio=-?\d{1,5}(?: group_dead=\w+)?$/s
const SIGNAL = /^sig=(\d{1,3}) errno=-?\d{1,10} code=(-?\d{1,10}) comm=.{0,15} pid=(\d{1,7}) grp=\d+ res=\d+$/s
const PAGE_FAULT = /^address=(0x[0-9a-f]{1,16}) ip=(0x[0-9a-f]{1,16}) error_code=0x([0-9a-f]{1,8})$/
const MODULE = /^(\S{1,200})(?: .{0,20})?$/

/** The kernel's own events; each answers false where its text goes on in the next line. */
const EVENTS = {
  task_newtask(text: string, context: Told): boolean {
    const { entry, tasks } = context
    const found = NEW_TASK.exec(text)
    if (found) tasks.created(Number(found[1]), entry.tid, Number.parseInt(found[2]!, 16), (call, detail) => tellAttack(context, call, detail))
    return found !== null
  },
  sched_process_fork(text: string, { tasks, tell, t }: Told): boolean {
    const found = FORK.exec(text)
    const born = found && tasks.forked(Number(found[2]), Number(found[1]))
    if (born) tell({ kind: 'process-start', ...born, rank: 'kernel', t })
    return found !== null
  },
  sched_process_exec(text: string, { tasks, tell, t }: Told): boolean {
    const found = EXEC.exec(text)
    if (!found) return false
    const pid = Number(found[2])
    const own = tasks.takeOwn(pid)
    const started = tasks.executed(pid, Number(found[3]), found[1]!)
    if (!own) tell({ kind: 'process-start', ...started, rank: 'kernel', t })
    return true
  },
  sched_process_exit(text: string, { tasks, tell, t }: Told): boolean {
    const found = EXIT.exec(text)
    const ended = found && tasks.ended(Number(found[1]))
    if (ended) tell({ kind: 'process-end', ...ended, rank: 'kernel', t })
    return found !== null
  },
  signal_generate(text: string, context: Told): boolean {
    const found = SIGNAL.exec(text)
    if (found) tellFault(context, Number(found[1]), Number(found[2]), Number(found[3]))
    return found !== null
  },
  page_fault_user(text: string, { entry, tasks }: Told): boolean {
    const found = PAGE_FAULT.exec(text)
    if (found) tasks.missed(entry.tid, { address: addressOf(found[1])!, instruction: addressOf(found[2])!, error: Number.parseInt(found[3]!, 16) })
    return true
  },
  module_load(text: string, { entry, tasks, tell, t }: Told): boolean {
    const found = MODULE.exec(text)
    if (found) tell({ kind: 'module-load', pid: tasks.pidOf(entry.tid), path: found[1]!, rank: 'kernel', t })
    return true
  },
} as const

/**
 * Whether the process may go on: a sandbox may answer a call that it forbids by a handler of that signal, and the script engine of Chromium so finds out that code of a
 * page (WebAssembly) reaches beyond its memory. It is a fault only where the process ends by it.
 */
function mayHandle(signal: string, image: string): boolean {
  return signal === 'SIGSYS' || (signal === 'SIGSEGV' && isOwnProgram(image, { viewer: 'chromium', driver: 'qemu' }))
}

/** A signal that the thread raised by what it did: by the processor (a positive code), or as an abort of itself. */
function tellFault({ entry, tasks, tell, t }: Told, number: number, code: number, target: number): void {
  const signal = FAULTS.get(number)
  if (signal === undefined || target !== entry.tid || (code <= 0 && number !== 6)) return
  const pid = tasks.pidOf(target)
  // SI_KERNEL (128): no address of memory was at fault, or none that the processor tells.
  const missed = (number === 11 || number === 7) && code < 128 ? tasks.lastMiss(target) : undefined
  const error = missed?.error
  const access = error === undefined ? undefined : error & 16 ? 'execute' : error & 2 ? 'write' : 'read'
  const fault: HappeningOf<'fault'> = {
    kind: 'fault',
    pid,
    image: tasks.imageOf(pid),
    signal,
    ...(missed && { address: missed.address }),
    ...(missed?.instruction !== undefined && { instruction: missed.instruction }),
    ...(access && { access }),
    rank: 'kernel',
    t,
  }
  if (mayHandle(signal, fault.image)) return tasks.hold(target, signal, fault)
  tasks.fatal(pid, signal)
  tell(fault)
}
