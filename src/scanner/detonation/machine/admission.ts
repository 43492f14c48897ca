/** What one machine of an environment takes. */
export interface Need {
  /** The memory of the template, which all its clones share. */
  readonly templateMiB: number
  /** What a clone may take for itself at most. */
  readonly cloneMiB: number
  readonly cpus: number
}

export interface Room {
  readonly memoryMiB: number
  readonly cpus: number
}

/** Names of environments, one for each machine or template; those that were used longest ago first. */
export interface Holdings {
  readonly running: readonly string[]
  /** Clones that wait for a job: they hold memory, but stand still. */
  readonly ready: readonly string[]
  readonly templates: readonly string[]
}

export type Admission =
  /** It may start once these are given up. */
  | { readonly kind: 'start'; readonly giveUpReady: readonly string[]; readonly giveUpTemplates: readonly string[] }
  | { readonly kind: 'wait'; readonly for: string }
  | { readonly kind: 'never'; readonly why: string }

/** Whether a job of that environment may start now, what has to go for it, or what it waits for. Nothing that runs is ever given up. */
export function admit(name: string, needs: ReadonlyMap<string, Need>, room: Room, holdings: Holdings): Admission {
  const { running, ready, templates } = holdings
  const need = needs.get(name)!
  const whole = need.templateMiB + need.cloneMiB
  if (whole > room.memoryMiB) return { kind: 'never', why: `${name} takes ${whole} MiB of memory, and all machines together have ${room.memoryMiB}` }
  if (need.cpus > room.cpus) return { kind: 'never', why: `${name} takes ${need.cpus} processors, and all machines together have ${room.cpus}` }
  const cpus = running.reduce((sum, one) => sum + needs.get(one)!.cpus, 0)
  if (cpus + need.cpus > room.cpus) return { kind: 'wait', for: `processors: ${cpus} of ${room.cpus} are in use, and it takes ${need.cpus}` }
  const used = held(needs, holdings)
  const missing = (ready.includes(name) ? 0 : need.cloneMiB) + (templates.includes(name) ? 0 : need.templateMiB)
  let free = room.memoryMiB - used
  const giveUpReady: string[] = []
  const giveUpTemplates: string[] = []
  for (const one of ready) {
    if (free >= missing) break
    if (one === name) continue
    giveUpReady.push(one)
    free += needs.get(one)!.cloneMiB
  }
  const kept = [...ready]
  for (const one of giveUpReady) kept.splice(kept.indexOf(one), 1)
  for (const one of templates) {
    if (free >= missing) break
    if (one === name || running.includes(one) || kept.includes(one)) continue
    giveUpTemplates.push(one)
    free += needs.get(one)!.templateMiB
  }
  if (free >= missing) return { kind: 'start', giveUpReady, giveUpTemplates }
  return { kind: 'wait', for: `memory: ${used} of ${room.memoryMiB} MiB are held, and it takes ${missing} more` }
}

/** Whether one more clone of that environment may be made ready: it takes nothing away from what is there, and its start no processor from what runs. */
export function hasRoomFor(name: string, needs: ReadonlyMap<string, Need>, room: Room, holdings: Holdings): boolean {
  const { cloneMiB, templateMiB, cpus } = needs.get(name)!
  if (holdings.running.reduce((sum, one) => sum + needs.get(one)!.cpus, cpus) > room.cpus) return false
  return held(needs, holdings) + cloneMiB + (holdings.templates.includes(name) ? 0 : templateMiB) <= room.memoryMiB
}

function held(needs: ReadonlyMap<string, Need>, { running, ready, templates }: Holdings): number {
  const clones = [...running, ...ready].reduce((sum, one) => sum + needs.get(one)!.cloneMiB, 0)
  return clones + templates.reduce((sum, one) => sum + needs.get(one)!.templateMiB, 0)
}
