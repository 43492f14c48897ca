import type { Detonation, DetonationOptions, Environment, Happening, Signal } from '#scanner/detonation/contract.ts'
import { DETONATION_SCHEMA } from '#scanner/detonation/contract.ts'
import { pngOf } from '#test/harness/documents/pictures.ts'
import type { Artefact, Job, Sandbox, Watcher } from '#scanner/detonation/sandbox.ts'

export const environment = (name: string, age: Environment['age'] = 'current', more: Partial<Environment> = {}): Environment => ({
  name,
  viewer: 'poppler',
  version: age === 'current' ? '22.12.0-2+deb12u1' : '20.09.0-3.1+deb11u2',
  os: age === 'current' ? 'Debian 12' : 'Debian 11',
  line: 'poppler',
  age,
  driver: 'qemu',
  memory_mib: 512,
  ...more,
})

export const POPPLER = [environment('poppler-debian12'), environment('poppler-debian11', 'older')] as const

export const signal = (weight: Signal['weight'], id = 'viewer-crash'): Signal => ({
  id,
  weight,
  rank: 'kernel',
  attack: [],
  why: 'The viewer crashed.',
  shown_by: [0],
})

export const FAULT: Happening = {
  kind: 'fault',
  t: 0.5,
  rank: 'kernel',
  pid: 7,
  image: '/usr/bin/pdftoppm',
  signal: 'SIGSEGV',
  address: '0x4141414141414141',
  access: 'write',
  instruction: '0x7f0000001000',
  module: '/usr/lib/libpoppler.so',
  stack: ['/usr/lib/libpoppler.so+0x1000'],
}

/** What a detonation showed where nothing is said. */
export function seen(sha256: string, described: Environment, options: DetonationOptions, more: Partial<Detonation> = {}): Detonation {
  return {
    schema: DETONATION_SCHEMA,
    sha256,
    environment: described,
    options,
    end: 'rendered',
    why_ended: 'Every page was rendered.',
    dwell_ms: 1200,
    signals: [],
    happenings: [{ kind: 'viewer', state: 'rendered', t: 1, rank: 'guest' }],
    not_watched: [],
    ...more,
  }
}

interface Play {
  readonly job: Job
  readonly described: Environment
  readonly watcher: Watcher
  readonly signal: AbortSignal
  /** The answer of an ordinary run, changed as said. */
  answer(more?: Partial<Detonation>): Detonation
}

/** The outside world of the server: environments that play what a test says. Ends at once when its signal fires, as every driver must. */
export function replaySandbox(
  environments: readonly Environment[],
  play: (play: Play) => Detonation | Promise<Detonation>,
  sha256: (job: Job) => string,
): Sandbox {
  return {
    environments: async () => environments,
    detonate: async (job, watcher = {}, given) => {
      const described = environments.find(({ name }) => name === job.environment)!
      const over = given ?? new AbortController().signal
      const stopped = new Promise<never>((_, reject) => over.addEventListener('abort', () => reject(over.reason as Error), { once: true }))
      stopped.catch(() => undefined)
      over.throwIfAborted()
      const answer = (more?: Partial<Detonation>) => seen(sha256(job), described, job.options, more)
      return Promise.race([play({ job, described, watcher, signal: over, answer }), stopped])
    },
    close: async () => undefined,
  }
}

/** A picture with something in it that is none. */
export const PNG = pngOf(2, 8, 1, [1, 2, 3], { more: [['tEXt', Buffer.from('Comment\0canary')]] })

export const artefact = (bytes: Buffer, sha256: string): Artefact => ({ bytes, sha256 })
