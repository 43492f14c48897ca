import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from './contract.ts'
import { Baseline, ENOUGH_RUNS, fitsBaseline } from './signals/baseline.ts'

/** What the viewers of our own environments do, learned from documents of the corpora (bench/detonation-corpora.ts). */
const KEPT = join(import.meta.dirname, 'baselines')

/** Where `vedette guest learn` writes what it learned. */
export function baselineFile(dataDir: string, environment: string): string {
  return join(dataDir, 'baselines', `${environment}.json`)
}

export interface Baselines {
  /** What is ordinary in an environment, from so many runs at least where there is a choice; undefined where nobody learned it of this version of the viewer. */
  of(environment: Environment, leastRuns?: number): Baseline | undefined
  /** Files that are no baselines, one sentence each. */
  readonly faults: readonly string[]
}

/** What is ordinary: as it was learned on this host from enough runs, otherwise as it comes with Vedette. */
export function openBaselines(dataDir: string): Baselines {
  const read = [join(dataDir, 'baselines'), KEPT].flatMap(readFolder)
  const known = read.filter((one) => typeof one !== 'string')
  const of = (environment: Environment, leastRuns = ENOUGH_RUNS) => {
    const fit = known.filter((one) => fitsBaseline(one, environment))
    return fit.find(({ runs }) => runs >= leastRuns) ?? fit[0]
  }
  return { of, faults: read.filter((one) => typeof one === 'string') }
}

function readFolder(folder: string): (Baseline | string)[] {
  return namesIn(folder).map((name) => {
    const path = join(folder, name)
    try {
      return Baseline.parse(JSON.parse(readFileSync(path, 'utf8')))
    } catch {
      return `${path} is no baseline; run vedette guest learn again.`
    }
  })
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort()
  } catch {
    return []
  }
}
