import type { Happening } from '../contract.ts'
import { CLONE_NEWUSER, CLONE_THREAD, CLONE_VM, MAIN_STACK } from './linux.ts'

interface Task {
  pid: number
  parent: number
  image: string
  /** Arguments of an execve that has not succeeded yet. */
  pending?: { readonly given: string[]; readonly pivoted: boolean }
  /** Where its stack lies; absent where nobody saw it begin. */
  stack?: Stack
  /** What it gives to the thread that it is about to make. */
  gives?: Stack | undefined
  missed?: Missed
  /** Faults that it may handle, by thread and signal: the last of each. */
  held?: Map<string, { readonly signal: string; readonly fault: Happening }>
  ended?: { code: number } | { signal: string }
}

/** Addresses of a thread's stack, both included. */
export interface Stack {
  readonly low: bigint
  readonly high: bigint
}

/** The last page that a thread touched and that was not there. */
export interface Missed {
  readonly address: string
  readonly instruction: string | undefined
  /** Of the processor: 2 write, 16 fetch of an instruction. */
  readonly error: number | undefined
}

export interface Started {
  readonly pid: number
  readonly parent: number
  readonly image: string
  readonly arguments?: string[]
  readonly pivoted?: true
}

const MOST = 4096
const MOST_HELD = 64
const NO_PARENT = 0

/** Threads and processes as the trace tells of them. Holds the last 4096 that did something; a number that it never heard of is a process of its own. */
export class Tasks {
  readonly #tasks = new Map<number, Task>()
  readonly #own = new Set<number>()
  readonly #born = new Map<number, { readonly flags: number; readonly stack: Stack | undefined }>()

  /** An entry came from this thread. */
  at(tid: number, pid: number | undefined, comm: string): void {
    const task = this.#tasks.get(tid)
    if (!task) this.#put(tid, { pid: pid ?? tid, parent: NO_PARENT, image: this.#tasks.get(pid ?? tid)?.image ?? comm })
    else if (pid !== undefined) task.pid = pid
  }

  known(pid: number, parent: number, image: string): void {
    this.#put(pid, { pid, parent, image })
  }

  /** The next program of this process is one that the agent runs for itself. */
  own(pid: number): void {
    if (this.#own.size >= MOST) this.#own.clear()
    this.#own.add(pid)
  }

  /** Whether it is; of the next one only, so that a program which replaces it is told. */
  takeOwn(pid: number): boolean {
    return this.#own.delete(pid)
  }

  /** `clone` was called; `attack` is told where it asked for a user namespace. */
  created(child: number, creator: number, flags: number, attack: (call: string, detail: string) => void): void {
    const by = this.#tasks.get(creator)
    // What has memory of its own, or is given no stack, goes on in the one of its creator.
    const stack = (flags & CLONE_VM ? by?.gives : undefined) ?? by?.stack
    if (by) by.gives = undefined
    if (this.#born.size >= MOST) this.#born.clear()
    this.#born.set(child, { flags, stack })
    if (flags & CLONE_NEWUSER) attack('clone', 'CLONE_NEWUSER')
    if (flags & CLONE_THREAD)
      this.#put(child, { pid: this.pidOf(creator), parent: NO_PARENT, image: this.imageOf(this.pidOf(creator)), ...(stack && { stack }) })
  }

  /** A process that began as a copy of its parent; undefined for a thread, and where nothing says which it is. */
  forked(child: number, by: number): Started | undefined {
    const born = this.#born.get(child)
    this.#born.delete(child)
    if (born && born.flags & CLONE_THREAD) return undefined
    const parent = this.pidOf(by)
    const image = this.imageOf(parent)
    this.#put(child, { pid: child, parent, image, ...(born?.stack && { stack: born.stack }) })
    return born && { pid: child, parent, image }
  }

  calling(tid: number, given: string[], pivoted: boolean): void {
    const task = this.#tasks.get(tid)
    if (task) task.pending = { given, pivoted }
  }

  /** The stack of the thread that this one is about to make; undefined: its own. */
  stacked(tid: number, stack: Stack | undefined): void {
    const task = this.#tasks.get(tid)
    if (task) task.gives = stack
  }

  /** Whether a stack pointer lies outside the stack of a thread whose stack is known. */
  pivoted(tid: number, pointer: bigint | undefined): boolean {
    const stack = this.#tasks.get(tid)?.stack
    return stack !== undefined && pointer !== undefined && (pointer < stack.low || pointer > stack.high)
  }

  /** An execve succeeded: the process has a new image, and the number of its first thread whichever thread called. */
  executed(pid: number, caller: number, image: string): Started {
    const before = this.#tasks.get(caller)
    const parent = this.#tasks.get(pid)?.parent ?? before?.parent ?? NO_PARENT
    const called = before?.pending
    const cut = image.slice(0, 4096)
    this.#put(pid, { pid, parent, image: cut, stack: MAIN_STACK })
    return { pid, parent, image: cut, arguments: called?.given ?? [], ...(called?.pivoted && { pivoted: true as const }) }
  }

  /** A fault of a thread that is told only where its process ends by it. */
  hold(tid: number, signal: string, fault: Happening): void {
    const task = this.#tasks.get(this.pidOf(tid))
    if (!task) return
    const held = (task.held ??= new Map<string, { readonly signal: string; readonly fault: Happening }>())
    const key = `${tid} ${signal}`
    held.delete(key)
    if (held.size >= MOST_HELD) held.delete(held.keys().next().value!)
    held.set(key, { signal, fault })
  }

  /** Takes the last fault of a signal that this thread was to handle, otherwise that of another of its process. */
  held(tid: number, signal: string): Happening | undefined {
    const held = this.#tasks.get(this.pidOf(tid))?.held
    const own = `${tid} ${signal}`
    const key = held?.has(own) ? own : [...(held ?? [])].findLast(([, one]) => one.signal === signal)?.[0]
    const found = key === undefined ? undefined : held?.get(key)?.fault
    if (key !== undefined) held?.delete(key)
    return found
  }

  /** Takes all faults that the process of this thread was to handle. */
  takeHeld(tid: number): Happening[] {
    const held = this.#tasks.get(this.pidOf(tid))?.held
    const all = [...(held?.values() ?? [])].map(({ fault }) => fault)
    held?.clear()
    return all
  }

  fatal(pid: number, signal: string): void {
    const task = this.#tasks.get(pid)
    if (task) task.ended = { signal }
  }

  exiting(pid: number, how: { code: number } | { signal: string }): void {
    const task = this.#tasks.get(pid)
    if (task) task.ended = how
  }

  /** Undefined for a thread that is not the first of its process. */
  ended(tid: number): { pid: number; code?: number; signal?: string } | undefined {
    this.#own.delete(tid)
    const task = this.#tasks.get(tid)
    if (task && task.pid !== tid) {
      this.#tasks.delete(tid)
      return undefined
    }
    return { pid: tid, ...task?.ended }
  }

  missed(tid: number, missed: Missed): void {
    const task = this.#tasks.get(tid)
    if (task) task.missed = missed
  }

  lastMiss(tid: number): Missed | undefined {
    return this.#tasks.get(tid)?.missed
  }

  pidOf(tid: number): number {
    return this.#tasks.get(tid)?.pid ?? tid
  }

  imageOf(pid: number): string {
    return this.#tasks.get(pid)?.image ?? ''
  }

  #put(tid: number, task: Task): void {
    this.#tasks.delete(tid)
    if (this.#tasks.size >= MOST) this.#tasks.delete(this.#tasks.keys().next().value!)
    this.#tasks.set(tid, task)
  }
}
