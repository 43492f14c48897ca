import { admit, hasRoomFor, type Need, type Room } from './admission.ts'
import type { Clone, Template } from './template.ts'

/** An environment that the pool opens when it is first needed. */
export interface PoolEnvironment extends Need {
  open(): Promise<Template>
}

/** A clone that runs for whoever took it. */
export interface Lease {
  readonly clone: Clone
  /** Ends the clone, and lets the next job have its room. */
  end(): Promise<void>
}

export interface ClonePool {
  /**
   * Waits for room and gives a running clone of the environment; `waits` is told what it waits for, each time that changes. Jobs start in the order in which they came. Rejects
   * with `NoRoom` where there can never be enough, with the signal's reason, and with what kept the clone from starting.
   */
  take(environment: string, signal?: AbortSignal, waits?: (reason: string) => void): Promise<Lease>
  /** Ends all that is ready, and refuses what waits; leases end by themselves. */
  close(): Promise<void>
}

export interface ClonePoolOptions extends Room {
  readonly environments: ReadonlyMap<string, PoolEnvironment>
  /** How many clones are kept ready of the environment that was used last, as far as there is room. */
  readonly ready?: number
}

/** This host has never enough room for the environment, or the pool was closed. */
export class NoRoom extends Error {}

interface Waiting {
  readonly name: string
  readonly signal: AbortSignal | undefined
  readonly waits: ((reason: string) => void) | undefined
  readonly promise: PromiseWithResolvers<Lease>
  told: string
}

interface Ready {
  readonly name: string
  readonly clone: Promise<Clone>
}

/** Shares the memory and processors of this host among machines. A clone serves one job; what is kept ready stands still until it is taken. */
export function openClonePool({ environments, ready: keepReady = 1, ...room }: ClonePoolOptions): ClonePool {
  const queue: Waiting[] = []
  const running: string[] = []
  const ready: Ready[] = []
  const templates = new Map<string, Promise<Template>>()
  const leaving = new Set<Promise<unknown>>()
  let closed = false

  const holdings = () => ({ running, ready: ready.map(({ name }) => name), templates: [...templates.keys()] })

  function pump(): void {
    while (queue.length > 0) {
      const [first] = queue as [Waiting]
      const admission = admit(first.name, environments, room, holdings())
      if (admission.kind === 'wait') return tell(first, admission.for)
      queue.shift()
      if (admission.kind === 'never') {
        first.promise.reject(new NoRoom(admission.why))
        continue
      }
      const given = [...admission.giveUpReady.map(giveUpReady), ...admission.giveUpTemplates.map(giveUpTemplate)]
      running.push(first.name)
      void start(first, given)
    }
    refill()
  }

  function tell(waiting: Waiting, reason: string): void {
    if (waiting.told === reason) return
    waiting.told = reason
    waiting.waits?.(reason)
  }

  function giveUpReady(name: string): Promise<unknown> {
    const at = ready.findIndex((one) => one.name === name)
    const [one] = ready.splice(at, 1)
    return leave(one!.clone.then((clone) => clone.end()))
  }

  function giveUpTemplate(name: string): Promise<unknown> {
    const template = templates.get(name)!
    templates.delete(name)
    return leave(template.then((opened) => opened.close()))
  }

  /** Whoever closes the pool waits for what is still ending. */
  function leave(work: Promise<unknown>): Promise<unknown> {
    const ended = work.catch(() => undefined)
    leaving.add(ended)
    void ended.then(() => leaving.delete(ended))
    return ended
  }

  function template(name: string): Promise<Template> {
    const opened = templates.get(name) ?? environments.get(name)!.open()
    // What was used last is given up last.
    templates.delete(name)
    templates.set(name, opened)
    opened.catch(() => templates.get(name) === opened && templates.delete(name))
    return opened
  }

  async function start(waiting: Waiting, given: readonly Promise<unknown>[]): Promise<void> {
    const { name, signal, promise } = waiting
    try {
      await Promise.all(given)
      const clone = await take(name)
      const lease = { clone, end: once(() => clone.end().finally(() => release(name))) }
      if (!signal?.aborted) return promise.resolve(lease)
      await lease.end().catch(() => undefined)
      promise.reject(signal.reason)
    } catch (error) {
      promise.reject(error)
      release(name)
    }
  }

  /** One that is ready and lives, or a new one. */
  async function take(name: string): Promise<Clone> {
    const at = ready.findIndex((one) => one.name === name)
    if (at >= 0) {
      const [one] = ready.splice(at, 1)
      try {
        const clone = await one!.clone
        await clone.qmp.run('cont')
        return clone
      } catch {
        await leave(one!.clone.then((clone) => clone.end()))
      }
    }
    return (await template(name)).clone()
  }

  function release(name: string): void {
    running.splice(running.indexOf(name), 1)
    pump()
  }

  function refill(): void {
    const name = [...templates.keys()].at(-1)
    if (closed || name === undefined || ready.filter((one) => one.name === name).length >= keepReady) return
    if (!hasRoomFor(name, environments, room, holdings())) return
    const clone = template(name).then(async (opened) => {
      const one = await opened.clone()
      await one.qmp.run('stop')
      return one
    })
    const one = { name, clone }
    ready.push(one)
    const gone = () => ready.includes(one) && ready.splice(ready.indexOf(one), 1)
    clone.then((made) => made.ended.then(() => gone() && leave(made.end())), gone)
  }

  return {
    take(name, signal, waits) {
      const promise = Promise.withResolvers<Lease>()
      if (!environments.has(name) || closed) promise.reject(new NoRoom(closed ? 'no machines are started any more' : `there is no environment ${name}`))
      else if (signal?.aborted) promise.reject(signal.reason)
      else {
        const waiting = { name, signal, waits, promise, told: '' }
        queue.push(waiting)
        signal?.addEventListener('abort', () => abandon(waiting), { once: true })
        pump()
      }
      return promise.promise
    },
    async close() {
      closed = true
      for (const { promise } of queue.splice(0)) promise.reject(new NoRoom('no machines are started any more'))
      while (ready.length > 0) void giveUpReady(ready[0]!.name)
      await Promise.all(leaving)
      for (const name of Array.from(templates.keys())) void giveUpTemplate(name)
      await Promise.all(leaving)
    },
  }

  function abandon(waiting: Waiting): void {
    const at = queue.indexOf(waiting)
    if (at < 0) return
    queue.splice(at, 1)
    waiting.promise.reject(waiting.signal!.reason)
    pump()
  }
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => (done ??= work())
}
