import type { ScanReport } from '#scanner/verdict/contract.ts'
import type { NotTried } from '#scanner/verdict/join.ts'
import { Detonation, type Environment } from './contract.ts'
import type { HostRoom } from './host-limits.ts'
import { documentName, keyOf, memoryOf, planFirst, planFurther, subjectOf, type Asked, type Planned } from './plan.ts'
import type { Job, Sandbox } from './sandbox.ts'

/** Where documents are opened without a server. */
export interface Everywhere {
  readonly sandbox: Sandbox
  readonly environments: readonly Environment[]
  readonly room: HostRoom
  readonly asked: Asked
  /** What goes with every job. */
  readonly also?: Pick<Job, 'passwords' | 'wayOut'>
}

/** Is told how far it is. */
export interface OpeningWatch {
  planned?(plan: readonly Planned[]): void
  begun?(planned: Planned): void
  waits?(planned: Planned, reason: string): void
  ended?(planned: Planned, seen: Seen): void
}

type Seen = Detonation | { readonly why: string }

/** What environments showed of one document, and which that were planned did not get to open it; as `joinBehaviour` takes it. */
export interface Opened {
  readonly detonations: readonly Detonation[]
  readonly notTried: readonly NotTried[]
}

/**
 * Opens a document in every environment that opens its type, as a server does (`planFirst`), and then whatever else has to be seen (`planFurther`); several at
 * once where there is room. When `signal` fires what runs ends with what was seen by then, and nothing begins any more.
 */
export async function openEverywhere(report: ScanReport, document: Uint8Array, where: Everywhere, watch: OpeningWatch, signal: AbortSignal): Promise<Opened> {
  const known = new Set<string>()
  const detonations: Detonation[] = []
  const notTried: NotTried[] = []
  let plan = planFirst(subjectOf(report), where.environments, where.asked)
  while (plan.length > 0) {
    watch.planned?.(plan)
    for (const planned of plan) known.add(keyOf(planned))
    const all = await Promise.all(plan.map(async (planned) => ({ planned, seen: await openIn(planned, document, report.type, where, watch, signal) })))
    for (const { planned, seen } of all) {
      if ('why' in seen) notTried.push({ environment: planned.environment.name, why: seen.why })
      else detonations.push(seen)
    }
    plan = planFurther(detonations, where.asked).filter((planned) => !known.has(keyOf(planned)))
  }
  return { detonations, notTried }
}

async function openIn(
  planned: Planned,
  document: Uint8Array,
  type: string,
  { sandbox, room, also }: Everywhere,
  watch: OpeningWatch,
  signal: AbortSignal,
): Promise<Seen> {
  const { environment, macros, egress, checkHeap } = planned
  let seen: Seen
  try {
    const release = await room.take(memoryOf(environment), signal)
    try {
      watch.begun?.(planned)
      const job = { environment: environment.name, subject: { document, name: documentName(type) }, options: { macros, egress, checkHeap }, ...also }
      // What a driver says is of a guest's making.
      seen = Detonation.parse(await sandbox.detonate(job, { waits: (reason) => watch.waits?.(planned, reason) }, signal))
    } finally {
      release()
    }
  } catch (error) {
    seen = { why: signal.aborted ? 'It was cancelled before it began.' : sentence((error as Error).message) }
  }
  watch.ended?.(planned, seen)
  return seen
}

function sentence(message: string): string {
  return `${message.slice(0, 280).replace(/\.$/, '')}.`
}
