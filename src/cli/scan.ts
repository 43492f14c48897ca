import { availableParallelism } from 'node:os'
import { InvalidArgumentError, Option, type Command } from 'commander'
import type { Edition } from '#platform/config.ts'
import { StartupError } from '#platform/errors.ts'
import { Egress } from '#scanner/detonation/contract.ts'
import { WEAK_FENCE } from '#scanner/jail/fence.ts'
import { openPool, type ScanPool } from '#scanner/jail/pool.ts'
import type { RulePool } from '#scanner/jail/rule-pool.ts'
import type { RuleSet } from '#scanner/rules/rule-set.ts'
import { printable } from '#scanner/formats/bytes.ts'
import type { Cost } from '#scanner/jail/process.ts'
import { scanLine } from '#scanner/reports/scan-line.ts'
import type { ScanResult } from '#scanner/verdict/contract.ts'
import { SCAN_SCHEMA } from '#scanner/verdict/schema.ts'
import { editionOption } from './edition.ts'
import { filesOf, identityOf, sampleOf, type Found } from './scan-files.ts'
import { openOutput, type Answer, type Form } from './scan-output.ts'
import { openProgress } from './scan-progress.ts'
import type { Vm } from './scan-vm.ts'

/** Exit codes of docs/scan-json.md: something that could not be scanned at all outranks something seen, and that what no environment looked at. */
const NONE_SEEN = 0
const SEEN = 1
const NOT_SCANNED = 2
const NOT_WATCHED = 3

const MOST_JOBS = 64
/** Answers that wait for an earlier one; the files themselves are read only when a process is free for them. */
const AHEAD_PER_JOB = 16

interface Options {
  readonly json?: true
  readonly sarif?: true
  readonly stix?: true
  readonly password: readonly string[]
  readonly rules: readonly string[]
  readonly jobs: number
  readonly timings?: true
  readonly progress?: true
  readonly vm?: true
  readonly env: readonly string[]
  readonly macros: boolean
  readonly egress?: Egress
  readonly edition: Edition
}

interface Readers {
  readonly pool: ScanPool
  readonly rules: RulePool | undefined
  vm: Vm | undefined
  /** The signal by which it was asked to end. */
  ending: NodeJS.Signals | undefined
}

/** `vedette scan PATH...`: what the documents exploit, with reasons; needs no server and no database. */
export function command(program: Command): void {
  const several = (value: string, before: readonly string[]) => [...before, value]
  program
    .command('scan')
    .description(
      'say whether documents exploit a vulnerability, and what proves it; exit 0 none seen, 1 exploit or technique seen, 2 not scanned, 3 not opened by --vm',
    )
    .argument('<path...>', 'files, and folders to scan with everything in them')
    .addOption(new Option('--json', 'one JSON object per line and file (docs/scan-json.md)').conflicts(['sarif', 'stix']))
    .addOption(new Option('--sarif', 'one SARIF 2.1.0 log').conflicts(['json', 'stix']))
    .addOption(new Option('--stix', 'one STIX 2.1 bundle').conflicts(['json', 'sarif']))
    .option('--password <password>', 'tried where a document is encrypted; may be given several times', several, [])
    .option('--rules <folder>', 'YARA rules to match beside the scan; may be given several times', several, [])
    .option('--jobs <n>', 'files read at the same time', jobsOf, Math.min(4, availableParallelism()))
    .option('--timings', 'say what each file cost; the answers then differ from run to run')
    .option('--progress', 'tell of the progress also where standard error is no terminal')
    .option('--vm', 'then open each in every environment of this machine for its type, and join what they show')
    .option('--env <name>', 'with --vm: only this environment; may be given several times', several, [])
    .option('--no-macros', 'with --vm: never run macros; else with them, and without where that tells more')
    .addOption(new Option('--egress <way>', 'with --vm: what it may reach meanwhile; none unless said').choices(Egress.options))
    .addOption(editionOption())
    .action(async (paths: string[], options: Options) => {
      const misused = misuseOf(options)
      if (misused !== undefined) throw new StartupError(misused)
      const rules = await rulesOf(options)
      if (rules === 'unusable') {
        process.exitCode = NOT_SCANNED
        return
      }
      // Whoever lists the processes of the machine need not read a password.
      if (options.password.length > 0) process.title = 'vedette scan'
      const pool = openPool({ processes: options.jobs })
      const readers: Readers = { pool, rules, vm: undefined, ending: undefined }
      const close = () => {
        pool.close()
        rules?.close()
      }
      endWith(readers, close)
      if (pool.fence() === 'permissions') process.stderr.write(`${WEAK_FENCE}\n`)
      try {
        process.exitCode = await scanAll(paths, readers, options)
      } finally {
        await readers.vm?.close()
        close()
        // Now it does what it does to every process: a shell tells of it as 128 and the number.
        if (readers.ending) process.kill(process.pid, readers.ending)
      }
    })
}

/** What goes with `--vm` alone; undefined where nothing is wrong. */
function misuseOf({ vm, env, macros, egress }: Options): string | undefined {
  const given = [...(env.length > 0 ? ['--env'] : []), ...(macros ? [] : ['--no-macros']), ...(egress === undefined ? [] : ['--egress'])]
  return vm || given.length === 0 ? undefined : `${given.join(' and ')} can be used with --vm only: without it nothing is opened.`
}

/**
 * Ends what was started when this process is asked to end: a reader that is busy would not notice for minutes that nobody waits for it. Machines are ended, and
 * what was seen by then is told; who asks a second time has no answer.
 */
function endWith(readers: Readers, close: () => void): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      if (readers.vm) {
        readers.ending = signal
        return readers.vm.cancel()
      }
      close()
      process.kill(process.pid, signal)
    })
}

/** The rules of the folders that were named, and those that Vedette brings; says what keeps them from being used. */
async function rulesOf({ rules: folders, jobs }: Options): Promise<RulePool | undefined | 'unusable'> {
  if (folders.length === 0) return undefined
  const [{ loadRules, ownRules, RulesUnreadable }, { openRulePool }] = await Promise.all([
    import('#scanner/rules/load-rules.ts'),
    import('#scanner/jail/rule-pool.ts'),
  ])
  let sets: RuleSet[]
  try {
    sets = [await ownRules(), ...(await Promise.all(folders.map(loadRules)))]
  } catch (error) {
    if (!(error instanceof RulesUnreadable)) throw error
    process.stderr.write(`vedette: ${printable(error.message, 1000)}\n`)
    return 'unusable'
  }
  const rules = openRulePool({ processes: jobs, sets })
  const answer = await rules.check()
  if ('faults' in answer && answer.faults.length === 0) return rules
  rules.close()
  const said =
    'faults' in answer ? answer.faults.map(({ set, file, line, column, message }) => `${set}/${file}:${line}:${column}: ${message}`) : [answer.detail]
  for (const one of said) process.stderr.write(`vedette: rules cannot be used: ${printable(one, 1000)}\n`)
  return 'unusable'
}

function jobsOf(text: string): number {
  const jobs = /^\d{1,3}$/.test(text) ? Number(text) : 0
  if (jobs < 1 || jobs > MOST_JOBS) throw new InvalidArgumentError(`a whole number from 1 to ${MOST_JOBS} is needed`)
  return jobs
}

async function scanAll(paths: readonly string[], readers: Readers, options: Options): Promise<number> {
  const form = formOf(options)
  const output = openOutput(form, process.stdout.isTTY && process.stdout.hasColors())
  const progress = openProgress(process.stderr, options.progress ?? false)
  if (options.vm) readers.vm = await vmOf(options, (text) => progress.say(text))
  const reader = listenToOutput()
  const codes = new Set<number>()
  for await (const answer of inOrder(until(readers, filesOf(paths)), (found) => scanFile(found, readers, options), options.jobs)) {
    codes.add(exitCodeOf(answer))
    if (process.stdout.isTTY) progress.clear()
    await write(output.line(answer), reader)
    progress.add(answer.line)
    if (reader.closed) break
  }
  if (!reader.closed) await write(output.end(), reader)
  // Sentences end with their own sums.
  if (form === 'text' && !options.progress) progress.clear()
  else progress.end()
  if (reader.failed !== undefined) {
    process.stderr.write(`vedette: ${reader.failed}\n`)
    return NOT_SCANNED
  }
  if (codes.size === 0) return NOT_SCANNED
  return [NOT_SCANNED, SEEN, NOT_WATCHED].find((code) => codes.has(code)) ?? NONE_SEEN
}

async function vmOf({ edition, env, macros, egress, password }: Options, say: (text: string) => void): Promise<Vm> {
  const { openVm } = await import('#cli/scan-vm.ts')
  return openVm({ edition, say, egress, passwords: password, macros: macros ? 'both' : 'off', ...(env.length > 0 && { environments: env }) })
}

/** Takes no further file once this process was asked to end. */
async function* until(readers: Readers, files: AsyncIterable<Found>): AsyncGenerator<Found, void, undefined> {
  for await (const found of files) {
    if (readers.ending) return
    yield found
  }
}

/** Does the work for as many items at once as there are jobs, and gives the results in the order of the items. */
async function* inOrder<T, R>(items: AsyncIterable<T>, work: (item: T) => Promise<R>, jobs: number): AsyncGenerator<R, void, undefined> {
  const results: Promise<R>[] = []
  const busy = new Set<Promise<R>>()
  for await (const item of items) {
    while (busy.size >= jobs) await Promise.race(busy)
    const result = work(item)
    busy.add(result)
    void result.then(() => busy.delete(result))
    results.push(result)
    while (results.length > 0 && (results.length >= jobs * AHEAD_PER_JOB || !busy.has(results[0]!))) yield results.shift()!
  }
  for (const result of results) yield result
}

async function scanFile(found: Found, { pool, rules, vm }: Readers, { password, timings }: Options): Promise<Answer> {
  const { name, file, unreadable } = found
  const sample = unreadable === undefined ? await sampleOf(file) : { code: 'unreadable' as const, detail: unreadable }
  if ('code' in sample) return { line: scanLine(name, undefined, { schema: SCAN_SCHEMA, outcome: 'not-scanned', reason: sample }), watched: true }
  let cost: Cost | undefined
  const scanned: ScanResult = await pool.scan(sample, undefined, { passwords: password, ...(timings && { tellCost: (one) => (cost = one) }) })
  const result = rules && scanned.outcome !== 'not-scanned' ? await rules.add(scanned, sample, password) : scanned
  const identity = result.outcome === 'not-scanned' ? await identityOf(sample) : undefined
  const opened = vm && result.outcome !== 'not-scanned' ? await vm.open(name, result, sample) : undefined
  const line = scanLine(name, identity, opened?.report ?? result)
  return {
    line: { ...line, ...(cost && { timings: { cpu_ms: rounded(cost.cpuMs), wall_ms: rounded(cost.wallMs) } }) },
    joined: opened?.joined,
    passedOn: opened?.passedOn,
    watched: opened?.watched ?? true,
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000
}

function exitCodeOf({ line: { outcome, verdict }, joined, watched }: Answer): number {
  if (outcome === 'not-scanned') return NOT_SCANNED
  const crashed = joined?.environments.some(({ showed }) => showed === 'crash') ?? false
  if (verdict.exploit !== 'none-seen' || crashed) return SEEN
  return watched ? NONE_SEEN : NOT_WATCHED
}

function formOf({ json, sarif, stix }: Options): Form {
  return json ? 'json' : sarif ? 'sarif' : stix ? 'stix' : 'text'
}

/** Where the output goes, and what became of it. */
interface Reading {
  closed: boolean
  failed: string | undefined
}

/** Whoever reads the output may stop early, as `head` does: then the work ends without noise. Any other failure is said. */
function listenToOutput(): Reading {
  const state: Reading = { closed: false, failed: undefined }
  process.stdout.on('error', (error: NodeJS.ErrnoException) => note(error, state))
  return state
}

function note(error: NodeJS.ErrnoException, state: Reading): void {
  state.closed = true
  if (error.code !== 'EPIPE') state.failed = `the output cannot be written: ${printable(error.message, 300)}`
}

function write(text: string, state: Reading): Promise<void> {
  return new Promise((resolve) => {
    try {
      process.stdout.write(text, () => resolve())
    } catch (error) {
      // A file is written at once, and what fails is thrown.
      note(error as NodeJS.ErrnoException, state)
      resolve()
    }
  })
}
