import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '#platform/clock/clock.ts'
import { waitReady } from '../guest/ready.ts'
import { runFault } from '../image/doctor.ts'
import { openBaselines } from '../baselines.ts'
import { joinSandboxes } from '../join-sandboxes.ts'
import { chooseAccelerator, type Choice } from '../machine/accelerator.ts'
import { makeTemplate } from '../machine/template.ts'
import type { Sandbox } from '../sandbox.ts'
import { judgeRun } from '../signals/all.ts'
import { findBuilt, type Built } from './built.ts'
import { openCape } from './cape.ts'
import { readCapeSettings } from './cape/settings.ts'
import type { Judge } from './judge.ts'
import { openQemu, type QemuEnvironment } from './qemu.ts'
import { openWindows } from './windows.ts'
import { findOwnImages } from './windows/manifest.ts'

export interface AtHandOptions {
  readonly dataDir: string
  readonly clock: Pick<Clock, 'now'>
  /** Clones of our own guests that stand ready for the next job: none unless said. */
  readonly ready?: number
}

export interface AtHand {
  /** All environments that this host is set up for, each by its driver. */
  readonly sandbox: Sandbox
  /** What of it cannot be used and why, and who runs the guests' code; one sentence each. */
  readonly notes: readonly string[]
}

/**
 * Every environment of this host: those of `vedette guest build` in `guest` of the data folder, operators' own images beside them (`windows.json`), and the
 * farm of `cape.json`. What cannot be used is said and left out. Throws `StartupError` for settings of a CAPE that are wrong.
 */
export async function openAtHand({ dataDir, clock, ready = 0 }: AtHandOptions): Promise<AtHand> {
  const guests = join(dataDir, 'guest')
  const fault = runFault()
  const built = usable(findBuilt(guests), fault)
  const own = await findOwnImages(guests)
  const cape = readCapeSettings(join(dataDir, 'cape.json'))
  const choice = await chooseFor(built.environments[0], dataDir)
  const baselines = openBaselines(dataDir)
  const judge: Judge = (seen) => judgeRun({ ...seen, baseline: baselines.of(seen.environment) })
  const notes = [...built.faults, ...own.faults, ...baselines.faults]
  if (built.environments.length + own.images.length > 0) notes.push(`Guests run by ${choice.accelerator === 'kvm' ? 'KVM' : 'emulation'}: ${choice.why}.`)
  const shared = { runs: join(dataDir, 'guest-runs'), clock }
  const environments = built.environments.map((one) => ({ ...one, shape: { ...one.shape, accelerator: choice.accelerator } }))
  const sandboxes: Sandbox[] = [
    ...(environments.length > 0 ? [judged(openQemu({ environments, ready, ...shared }), judge)] : []),
    ...(own.images.length > 0 ? [openWindows({ images: own.images, accelerator: choice.accelerator, judge, ...shared })] : []),
    ...(cape ? [openCape(cape, { judge })] : []),
  ]
  return { sandbox: joinSandboxes(sandboxes), notes }
}

/** What happened in our own guests, with the signals that it gives. */
function judged(sandbox: Sandbox, judge: Judge): Sandbox {
  return {
    ...sandbox,
    detonate: async (job, watcher, signal) => {
      const seen = await sandbox.detonate(job, watcher, signal)
      return seen.signals.length > 0 ? seen : { ...seen, signals: judge(seen) }
    },
  }
}

/** Where no machine can run, an environment is none: a submission then has its static answer, and says so. */
function usable(built: Built, fault: string | undefined): Built {
  if (fault === undefined || built.environments.length === 0) return built
  const names = built.environments.map(({ environment: { name } }) => name).join(', ')
  return { environments: [], faults: [...built.faults, `Not used are ${names}: ${fault}.`] }
}

/** Who runs the guests' code here. KVM is tried with a guest of ours: an operator's image would take minutes to say that it does not start. */
export async function chooseFor(guest: QemuEnvironment | undefined, dataDir: string): Promise<Choice> {
  if (!guest) return { accelerator: 'tcg', why: 'KVM is tried with an environment of vedette guest build, and there is none' }
  const boot = async (signal: AbortSignal) => {
    const place = mkdtempSync(join(tmpdir(), 'vedette-kvm-'))
    const aborted = new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('it took too long')), { once: true }))
    aborted.catch(() => undefined)
    try {
      await makeTemplate(
        { ...guest.shape, accelerator: 'kvm' },
        guest.image,
        join(place, 'template'),
        async (machine) => void (await Promise.race([waitReady(machine), aborted])),
      )
    } finally {
      rmSync(place, { recursive: true, force: true })
    }
  }
  return chooseAccelerator({ boot, folder: dataDir })
}
