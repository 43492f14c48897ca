import { Acrobat, type DocumentTexts } from './acrobat.ts'
import { Browser } from './browser.ts'
import type { RecordingHost } from './host.ts'
import { equipMachine } from './library.ts'
import { Machine, type ScriptLimits } from './machine.ts'
import { Stopped, Thing, Thrown } from './objects.ts'
import type { Recorded, Recorder, Spray } from './recorder.ts'

/** What the scripts of one document may cost, for all versions of the program together. */
export const SCRIPT_LIMITS: ScriptLimits = { steps: 2_000_000, bytes: 64 * 2 ** 20 }

/** Versions of Acrobat between which the exploits known choose; the first is the one where all of a script is followed. */
const VERSIONS = [9, 8, 7.05, 8.1, 9.2, 10, 11, 6, 9.1, 9.3, 8.12, 7.1]

/** Timers and callbacks that are run. */
const MOST_LATER = 64

/** What the scripts of one document did. */
export interface ScriptRun {
  readonly recorded: readonly Recorded[]
  readonly spray: Spray
  readonly fed: Recorder['fed']
  /** Calls, or scripts that were to run later, are left out, because there were too many. */
  readonly cut: boolean
  /** The budget that ended the run early. */
  readonly stopped: string | undefined
  /** Scripts that could not be read to their end, and where. */
  readonly broken: readonly { readonly script: number; readonly at: number }[]
}

/**
 * Runs the scripts of a PDF in their order, as Acrobat would; again as other versions, where a script asks for the version. `outside` is
 * told of the work done and may throw to end everything; nothing else is thrown.
 */
export function runAcrobatScripts(
  sources: readonly string[],
  {
    limits = SCRIPT_LIMITS,
    outside,
    texts,
  }: { readonly limits?: ScriptLimits; readonly outside: (steps: number) => void; readonly texts: () => DocumentTexts },
): ScriptRun {
  const runs: ScriptRun[] = []
  let { steps } = limits
  for (const version of VERSIONS) {
    const host = new Acrobat(version, texts)
    const { run, stepsLeft } = runOnce(sources, host, { steps, bytes: limits.bytes }, outside)
    runs.push(run)
    steps = stepsLeft
    if (!host.versionRead || steps <= 0) break
  }
  return merged(runs)
}

/** Runs the scripts of a page, or a script file; gives also the markup that they wrote. Throws what `outside` throws. */
export function runPageScripts(
  sources: readonly string[],
  { limits = SCRIPT_LIMITS, outside }: { readonly limits?: ScriptLimits; readonly outside: (steps: number) => void },
): ScriptRun & { readonly written: string } {
  const host = new Browser()
  const { run } = runOnce(sources, host, limits, outside)
  return { ...run, written: host.written }
}

/** Runs scripts in a host, and what they leave to be run later. */
export function runOnce(
  sources: readonly string[],
  host: RecordingHost,
  limits: ScriptLimits,
  outside: (steps: number) => void,
): { readonly run: ScriptRun; readonly stepsLeft: number } {
  const machine = new Machine(limits, host, outside)
  const broken: { script: number; at: number }[] = []
  let stopped: string | undefined
  try {
    equipMachine(machine)
    for (const [script, source] of sources.entries()) {
      const { brokenAt } = machine.runScript(source, script)
      if (brokenAt !== undefined) broken.push({ script, at: brokenAt })
    }
    for (let next = host.waiting.shift(), count = 0; next && count < MOST_LATER; next = host.waiting.shift(), count++) runLater(machine, host, next)
    if (host.waiting.length > 0) host.recorder.cut = true
  } catch (error) {
    if (!(error instanceof Stopped)) throw error
    stopped = error.why
  }
  const { recorded, fed, spray, cut } = host.recorder
  return { run: { recorded, fed, spray, cut, stopped, broken }, stepsLeft: machine.stepsLeft }
}

function runLater(machine: Machine, host: RecordingHost, { source, at, script, within }: RecordingHost['waiting'][number]): void {
  host.recorder.within = within
  machine.origin = { script, fedAt: at }
  try {
    if (source instanceof Thing) machine.call(source, undefined, [], at)
    else machine.run(source, machine.scope, at)
  } catch (error) {
    if (!(error instanceof Thrown)) throw error
  } finally {
    host.recorder.within = undefined
  }
}

/** Runs as several versions as one: what was done in any of them, and the largest spray. */
function merged(runs: readonly ScriptRun[]): ScriptRun {
  const [first] = runs
  const known = new Set<string>()
  const recorded = runs
    .flatMap((run) => run.recorded)
    .filter((one) => {
      const key = JSON.stringify(one)
      return !known.has(key) && known.add(key)
    })
  const spray = runs.map((run) => run.spray).reduce((most, one) => (one.bytes > most.bytes ? one : most))
  return {
    recorded,
    spray,
    fed: first!.fed,
    cut: runs.some((run) => run.cut),
    stopped: runs.find((run) => run.stopped !== undefined)?.stopped,
    broken: first!.broken,
  }
}
