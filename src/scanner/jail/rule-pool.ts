import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { z } from 'zod'
import type { EnginePaths } from '#scanner/rules/engine.ts'
import { findingsOf } from '#scanner/rules/findings.ts'
import { CompileAnswer, MatchAnswer, MOST_MATCHES, MOST_PLACES_OF_MATCH } from '#scanner/rules/matches.ts'
import { notMatched, tooMany } from '#scanner/rules/not-matched.ts'
import type { RuleSet } from '#scanner/rules/rule-set.ts'
import { addFindings } from '#scanner/verdict/add-findings.ts'
import type { ScanReport } from '#scanner/verdict/contract.ts'
import { parseAnswer } from './answer.ts'
import { findFence, type Fence } from './fence.ts'
import { openLeases } from './leases.ts'
import { JAIL_LIMITS, NOT_STARTED, type Ended, type JailedProcess, type JailLimits } from './process.ts'
import { programOf, SCRIPTS, type Program } from './program.ts'
import type { Sample } from './sample.ts'

/** Processes that match rules; the rules are compiled in each, since rules are as little to be trusted as files. */
export interface RulePool {
  /** Compiles the rules once: what is wrong with them, and which engine runs. */
  check(): Promise<CompileAnswer | Ended>
  /** The report with what the rules say of the file. Never rejects: where they could not be matched, that is said as not examined. */
  add(report: ScanReport, sample: Sample, passwords: readonly string[]): Promise<ScanReport>
  close(): void
}

export interface RulePoolOptions {
  readonly processes: number
  readonly sets: readonly RuleSet[]
  readonly limits?: JailLimits
  readonly engines?: EnginePaths
  readonly fence?: Fence
}

const COMPILE_CPU_MS = 60_000
const MOST_FILES = 500
export const UNFIT: Ended = { code: 'crash', detail: 'the answer of the matching process does not fit' }

/** Where the engines of this installation lie. */
export function findEngines(): EnginePaths {
  const { resolve } = createRequire(import.meta.url)
  const portable = dirname(resolve('@virustotal/yara-x/package.json'))
  const libc = process.platform === 'linux' ? '-gnu' : ''
  const build = `${process.platform}-${process.arch}${libc}`
  let native: string | undefined
  try {
    // Found from the package that names it as its own dependency.
    native = createRequire(resolve('@litko/yara-x')).resolve(`@litko/yara-x-${build}/yara-x.${build}.node`)
  } catch {
    native = undefined
  }
  return { native, portable: { script: join(portable, 'pkg/yara_x_js.js'), wasm: join(portable, 'pkg/yara_x_js_bg.wasm') } }
}

/** The program that matches rules by these engines. */
export async function matcherProgram(engines: EnginePaths): Promise<Program> {
  const program = await programOf(SCRIPTS.matcher)
  const portable = dirname(engines.portable.script)
  const reads = [...program.reads, portable, dirname(portable), ...(engines.native === undefined ? [] : [dirname(engines.native)])]
  return { ...program, reads, addons: engines.native !== undefined }
}

export function openRulePool({ processes, sets, limits = JAIL_LIMITS, engines = findEngines(), fence }: RulePoolOptions): RulePool {
  let found = fence
  let said: CompileAnswer | Ended = NOT_STARTED
  const rules = Buffer.from(JSON.stringify(sets))
  const leases = openLeases({
    processes,
    most: MOST_FILES,
    program: () => matcherProgram(engines),
    limits,
    fence: () => (found ??= findFence()),
    prepare: async (matcher) => {
      said = readAnswer(CompileAnswer, await matcher.ask({ engine: engines }, rules, () => undefined, undefined, COMPILE_CPU_MS))
      return 'faults' in said && said.faults.length === 0
    },
  })
  return {
    check: () => leases.use(async () => said),
    add: (report, sample, passwords) => leases.use((matcher) => addMatches(matcher, report, sample, passwords)),
    close: leases.close,
  }
}

async function addMatches(matcher: JailedProcess | undefined, report: ScanReport, sample: Sample, passwords: readonly string[]): Promise<ScanReport> {
  const asked = matcher?.ask({ passwords, limits: { matches: MOST_MATCHES, places: MOST_PLACES_OF_MATCH } }, sample, () => undefined)
  const answer = readAnswer(MatchAnswer, (await asked) ?? NOT_STARTED)
  if ('code' in answer) return addFindings(report, [], [notMatched(answer)])
  if (answer.sha256 !== report.sha256) {
    matcher?.kill()
    return addFindings(report, [], [notMatched(UNFIT)])
  }
  return addFindings(report, findingsOf(answer.matches), answer.more ? [tooMany()] : [])
}

/** An answer of a process that read hostile bytes counts only when it fits. */
export function readAnswer<T>(schema: z.ZodType<T>, outcome: Buffer | Ended): T | Ended {
  if (!Buffer.isBuffer(outcome)) return outcome
  try {
    return schema.parse(parseAnswer(outcome))
  } catch {
    return UNFIT
  }
}
