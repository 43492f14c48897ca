import { randomUUID } from 'node:crypto'
import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import { pause, repeat, stopwatch } from '#platform/clock/clock.ts'
import type { OperatorId } from '#platform/ids.ts'
import type { Environment } from '#scanner/detonation/contract.ts'
import { limitsOfHost, type HostLimits } from '#scanner/detonation/host-limits.ts'
import { beatWorker, deleteWorker, returnLease, returnStrays, takeLease, type SandboxWorker, type SandboxWorkerId } from '#scanner/detonation/lease-store.ts'
import { memoryOf } from '#scanner/detonation/plan.ts'
import type { DetonationId } from '#scanner/detonation/queue.ts'
import { NO_SANDBOX } from '#scanner/detonation/no-sandbox.ts'
import type { Sandbox } from '#scanner/detonation/sandbox.ts'
import type { WaitsFor } from '#scanner/detonation/store.ts'

const ACTOR = system('sandbox.farm')
const BEAT_MS = 3_000
/** Whoever could not say for this long that it lives ends its detonations: before others count it as dead and lend its machines. */
const SILENT_MS = 10_000
/** How often the sandbox is asked anew what it can open documents in. */
const LOOK_MS = 60_000
const TRY_AGAIN_MS = 500
const WATCH_MS = 1_000
/** How long the start of a worker waits for its sandbox. */
const OPEN_MS = 2_000

/** The lease was lost: the worker could not say that it lives, and its machine may be lent to another. */
export class LeaseLost extends Error {
  override name = 'LeaseLost'

  constructor() {
    super('the lease of the machine was lost')
  }
}

export interface Lease {
  /** Fires, with a `LeaseLost`, when the machine is no longer lent. */
  readonly signal: AbortSignal
  /** Gives the machine back. Never rejects: what the database does not hear of is given back with one of the next beats. */
  release(): Promise<void>
}

/** The sandbox of one worker, and its share of the machines that all workers of the host may run. */
export interface Farm {
  sandbox(): Sandbox
  readonly worker: SandboxWorkerId
  /** Begins to say what this worker can open documents in, and that it lives; resolves after the first time, with how to end. */
  begin(app: App): Promise<() => Promise<void>>
  /** Environments of this worker that fit into its memory; the others are told in its notes. */
  environments(): Promise<readonly Environment[]>
  /** Waits for a machine, and tells `waits` for what, whenever that changes. Throws when `signal` fires. */
  lease(app: App, wanted: Wanted, signal: AbortSignal, waits: (what: WaitsFor | null) => Promise<void>): Promise<Lease>
}

interface Wanted {
  readonly detonation: DetonationId
  readonly operator: OperatorId
  readonly environment: Environment
}

/** The farm of one worker; `open` is called when it begins, and what it gave is closed at the end. */
export function openFarm(open: (app: App) => Promise<Sandbox>, limits: HostLimits = limitsOfHost()): Farm {
  const id = randomUUID() as string as SandboxWorkerId
  let sandbox = NO_SANDBOX
  let losing = new AbortController()
  let known: Known = { fit: [], unfit: [] }
  /** Detonations that have a machine, or are about to be lent one. */
  const held = new Set<DetonationId>()
  let looked: (() => number) | undefined
  let heard = stopwatch()
  const lose = () => {
    losing.abort(new LeaseLost())
    losing = new AbortController()
  }
  const look = async () => {
    if (looked === undefined || looked() > LOOK_MS) {
      known = sortOut(await sandbox.environments(), limits)
      looked = stopwatch()
    }
    return known
  }
  const self = async (): Promise<SandboxWorker> => {
    const { fit, unfit } = await look()
    const notes = [...unfit, ...(sandbox.notes ?? [])].map((note) => note.slice(0, 500)).slice(0, 50)
    return { id, host: limits.host, environments: fit, notes, machines: limits.machines, memory_mib: limits.memoryMib }
  }
  const beat = async (app: App, first: boolean) => {
    const me = await self()
    const lived = await app.db.transaction(ACTOR, async (tx) => {
      const found = await beatWorker(tx, me)
      await returnStrays(tx, id, (detonation) => held.has(detonation))
      return found
    })
    if (!lived && !first) lose()
    heard = stopwatch()
  }
  const take = async (app: App, me: SandboxWorker, { detonation, operator, environment }: Wanted) => {
    // The end of another run of the same detonation, which was taken over or went over its limit.
    if (held.has(detonation)) return 'machine'
    held.add(detonation)
    let answer
    try {
      const memoryMib = memoryOf(environment)
      answer = await app.db.transaction(ACTOR, (tx) => takeLease(tx, me, { detonation, operator, memoryMib }))
      return answer
    } finally {
      if (answer !== 'lent') held.delete(detonation)
    }
  }
  const release = async (app: App, detonation: DetonationId) => {
    try {
      await app.db.transaction(ACTOR, (tx) => returnLease(tx, id, detonation))
    } catch (error) {
      app.log.warn({ detonation, failure: (error as Error).message }, 'the lease of a machine is given back later')
    } finally {
      held.delete(detonation)
    }
  }
  const keepBeating = repeatBeat(beat, lose, () => heard())

  return {
    sandbox: () => sandbox,
    worker: id,
    environments: async () => (await look()).fit,
    begin: async (app) => {
      const opening = (async () => {
        sandbox = await open(app)
        looked = undefined
        for (const note of (await look()).unfit) app.log.warn({ note }, 'environments of this host')
      })()
      // To try what runs guests may take a minute; the static part of the work does not wait for it.
      await Promise.race([opening, pause(OPEN_MS)])
      await beat(app, true)
      const stop = keepBeating(app)
      const closeOpened = async () => {
        await opening
        await sandbox.close()
      }
      return async () => {
        await stop()
        lose()
        await Promise.allSettled([closeOpened(), app.db.transaction(ACTOR, (tx) => deleteWorker(tx, id))])
        sandbox = NO_SANDBOX
      }
    },
    lease: async (app, wanted, signal, waits) => {
      const me = await self()
      let waiting: WaitsFor | null = null
      for (;;) {
        signal.throwIfAborted()
        // Taken before the lease: what is lost while it is taken is lost, too.
        const { signal: lost } = losing
        const answer = await take(app, me, wanted)
        if (answer === 'lent') return { signal: lost, release: () => release(app, wanted.detonation) }
        if (answer !== waiting) await waits((waiting = answer))
        await pause(TRY_AGAIN_MS, signal)
      }
    },
  }
}

interface Known {
  readonly fit: readonly Environment[]
  /** One sentence each. */
  readonly unfit: readonly string[]
}

function sortOut(environments: readonly Environment[], { memoryMib: most }: HostLimits): Known {
  const fits = (one: Environment) => memoryOf(one) <= most
  const unfit = environments.filter((one) => !fits(one))
  return {
    fit: environments.filter(fits),
    unfit: unfit.map((one) => `Not used is ${one.name}: a machine of it takes ${memoryOf(one)} MiB of memory, and all machines of this host have ${most} MiB.`),
  }
}

/** Says again and again that the worker lives, and gives its leases up when it could not for too long. */
function repeatBeat(beat: (app: App, first: boolean) => Promise<void>, lose: () => void, silentFor: () => number) {
  return (app: App): (() => Promise<void>) => {
    const endWatch = repeat(WATCH_MS, async () => {
      if (silentFor() > SILENT_MS) lose()
    })
    const stop = repeat(BEAT_MS, async () => {
      try {
        await beat(app, false)
      } catch (error) {
        app.log.error({ failure: (error as Error).message }, 'a worker with machines could not say that it lives')
      }
    })
    return async () => {
      await Promise.all([endWatch(), stop()])
    }
  }
}
