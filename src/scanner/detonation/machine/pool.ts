import { admit, hasRoomFor, type Need, type Room } from './admission.ts'
import type { Clone, Template } from './template.ts'

/** An environment that the pool opens when it is first needed. */
export interface PoolEnvironment<T extends Template = Template> extends Need {
  /** `closing` fires when the pool is closed: nobody waits for the template any more. */
  open(closing: AbortSignal): Promise<T>
}

/** A clone that runs for whoever took it. */
export interface Lease<T extends Template = Template> {
  readonly clone: Clone
  readonly template: T
  /** Ends the clone, and lets the next job have its room. */
  end(): Promise<void>
}

export interface ClonePool<T extends Template = Template> {
  /**
   * Waits for room and gives a running clone of the environment; `waits` is told what it waits for, each time that changes. Jobs start in the order in which they came. Rejects
   * with `NoRoom` where there can never be enough, with the signal's reason at once (a template that is being made stays for the next), and with what kept the clone from starting.
   */
  take(environment: string, signal?: AbortSignal, waits?: (reason: string) => void): Promise<Lease<T>>
  /** Ends all that is ready or starts, and refuses what waits; leases end by themselves. */
  close(): Promise<void>
}

export interface ClonePoolOptions<T extends Template = Template> extends Room {
  readonly environments: ReadonlyMap<string, PoolEnvironment<T>>
  /** How many clones are kept ready of the environment that was used last, as far as there is room. */
  readonly ready?: number
}

/** This host has never enough room for the environment, or the pool was closed. */
export class NoRoom extends Error {}

const CLOSED = 'no machines are started any more'

interface Waiting<T extends Template> {
  readonly name: string
  readonly signal: AbortSignal | undefined
  readonly waits: ((reason: string) => void) | undefined
  readonly promise: PromiseWithResolvers<Lease<T>>
  told: string
}

interface Ready<T extends Template> {
  readonly name: string
  readonly started: Promise<Started<T>>
}

interface Started<T extends Template> {
  readonly clone: Clone
  readonly template: T
}

/** Shares the memory and processors of this host among machines. A clone serves one job; what is kept ready stands still until it is taken. */
export function openClonePool<T extends Template>({ environments, ready: keepReady = 1, ...room }: ClonePoolOptions<T>): ClonePool<T> {
  const queue: Waiting<T>[] = []
  const running: string[] = []
  const ready: Ready<T>[] = []
  const templates = new Map<string, Promise<T>>()
  const leaving = new Set<Promise<unknown>>()
  const closing = new AbortController()

  const holdings = () => ({ running, ready: ready.map(({ name }) => name), templates: [...templates.keys()] })

  function pump(): void {
    while (queue.length > 0) {
      const [first] = queue as [Waiting<T>]
      const admission = admit(first.name, environments, room, holdings())
      if (admission.kind === 'wait') return tell(first, admission.for)
      queue.shift()
      if (admission.kind === 'never') {
        first.promise.reject(new NoRoom(admission.why))
        continue
      }
      const given = [...admission.giveUpReady.map(giveUpReady), ...admission.giveUpTemplates.map(giveUpTemplate)]
      running.push(first.name)
      void leave(start(first, given))
    }
    refill()
  }

  function tell(waiting: Waiting<T>, reason: string): void {
    if (waiting.told === reason) return
    waiting.told = reason
    waiting.waits?.(reason)
  }

  function giveUpReady(name: string): Promise<unknown> {
    const at = ready.findIndex((one) => one.name === name)
    const [one] = ready.splice(at, 1)
    return leave(one!.started.then(({ clone }) => clone.end()))
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

  function template(name: string): Promise<T> {
    const opened = templates.get(name) ?? environments.get(name)!.open(closing.signal)
    // What was used last is given up last.
    templates.delete(name)
    templates.set(name, opened)
    opened.catch(() => templates.get(name) === opened && templates.delete(name))
    return opened
  }

  async function start({ name, signal, promise }: Waiting<T>, given: readonly Promise<unknown>[]): Promise<void> {
    try {
      await Promise.all(given)
      const { clone, template: of } = await take(name, signal)
      const lease = { clone, template: of, end: once(() => clone.end().finally(() => release(name))) }
      if (!signal?.aborted && !closing.signal.aborted) return promise.resolve(lease)
      await lease.end().catch(() => undefined)
      promise.reject(new NoRoom(CLOSED))
    } catch (error) {
      promise.reject(error)
      release(name)
    }
  }

  /** One that is ready and lives, or a new one. */
  async function take(name: string, signal: AbortSignal | undefined): Promise<Started<T>> {
    const at = ready.findIndex((one) => one.name === name)
    if (at >= 0) {
      const [one] = ready.splice(at, 1)
      try {
        const started = await one!.started
        await started.clone.qmp.run('cont')
        return started
      } catch {
        await leave(one!.started.then(({ clone }) => clone.end()))
      }
    }
    const of = await template(name)
    signal?.throwIfAborted()
    return { template: of, clone: await of.clone() }
  }

  function release(name: string): void {
    running.splice(running.indexOf(name), 1)
    pump()
  }

  function refill(): void {
    const name = [...templates.keys()].at(-1)
    if (closing.signal.aborted || name === undefined || ready.filter((one) => one.name === name).length >= keepReady) return
    if (!hasRoomFor(name, environments, room, holdings())) return
    const started = template(name).then(async (of) => ({ template: of, clone: await of.clone(true) }))
    const one = { name, started }
    ready.push(one)
    const gone = () => ready.includes(one) && ready.splice(ready.indexOf(one), 1)
    started.then(({ clone }) => clone.ended.then(() => gone() && leave(clone.end())), gone)
  }

  return {
    take(name, signal, waits) {
      const promise = Promise.withResolvers<Lease<T>>()
      if (closing.signal.aborted) promise.reject(new NoRoom(CLOSED))
      else if (!environments.has(name)) promise.reject(new NoRoom(`there is no environment ${name}`))
      else if (signal?.aborted) promise.reject(signal.reason)
      else {
        const waiting = { name, signal, waits, promise, told: '' }
        queue.push(waiting)
        const giveUp = () => abandon(waiting)
        signal?.addEventListener('abort', giveUp, { once: true })
        // The signal may live as long as its process, and would keep all that every lease holds.
        const settled = () => signal?.removeEventListener('abort', giveUp)
        promise.promise.then(settled, settled)
        pump()
      }
      return promise.promise
    },
    async close() {
      closing.abort(new NoRoom(CLOSED))
      for (const { promise } of queue.splice(0)) promise.reject(new NoRoom(CLOSED))
      while (ready.length > 0) void giveUpReady(ready[0]!.name)
      await Promise.all(leaving)
      for (const name of Array.from(templates.keys())) void giveUpTemplate(name)
      await Promise.all(leaving)
    },
  }

  function abandon(waiting: Waiting<T>): void {
    const at = queue.indexOf(waiting)
    waiting.promise.reject(waiting.signal!.reason)
    if (at < 0) return
    queue.splice(at, 1)
    pump()
  }
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => (done ??= work())
}
