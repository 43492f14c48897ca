import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { Command } from 'commander'
import { thisMachine } from '#platform/clock/machine.ts'
import { readConfig, type Edition } from '#platform/config.ts'
import { StartupError } from '#platform/errors.ts'
import { baselineFile } from '#scanner/detonation/baselines.ts'
import { Detonation, type Environment } from '#scanner/detonation/contract.ts'
import { openAtHand } from '#scanner/detonation/drivers/at-hand.ts'
import type { Sandbox } from '#scanner/detonation/sandbox.ts'
import { emptyBaseline, ENOUGH_RUNS, type Baseline } from '#scanner/detonation/signals/baseline.ts'
import { learnRun } from '#scanner/detonation/signals/learn-run.ts'
import { printable } from '#scanner/formats/bytes.ts'
import { editionOption } from '#cli/edition.ts'
import { filesOf, sampleOf, type Found } from '#cli/scan-files.ts'
import { shown } from '#cli/text-table.ts'

const HELP = `
Each file is opened in the environment and has to be harmless; a report of vedette detonate --json is taken as it is. A run that crashed, or did what only an
exploit does, teaches nothing. From ${ENOUGH_RUNS} runs on, what was never seen is told. What was learned before is replaced; what comes with Vedette stays for other versions.
Exit codes: 0 learned from ${ENOUGH_RUNS} runs or more, 1 from fewer, 2 wrong use.`

interface Options {
  readonly edition: Edition
  readonly env: string
  readonly out?: string
}

/** `vedette guest learn --env NAME FILE...`: writes down what the viewer of an environment does with harmless files. */
export function addLearn(guest: Command): void {
  guest
    .command('learn')
    .description('write down what the viewer of an environment does with harmless files, so that it is no finding')
    .argument('<file...>', 'harmless files, folders of them, or reports of runs of them')
    .requiredOption('--env <name>', 'the environment')
    .option('--out <file>', 'where to: baselines/NAME.json in the data folder unless said')
    .addOption(editionOption())
    .addHelpText('after', HELP)
    .action(learnAll)
}

async function learnAll(paths: readonly string[], options: Options): Promise<void> {
  const { dataDir } = readConfig(options.edition)
  const { sandbox, notes } = await openAtHand({ dataDir, clock: { now: () => new Date(thisMachine().wallMs()) } })
  for (const note of notes) say(note)
  try {
    const environment = (await sandbox.environments()).find(({ name }) => name === options.env)
    if (!environment) throw new StartupError(`There is no environment ${shown(options.env)}.`)
    let baseline = emptyBaseline(environment.name, environment.version)
    for await (const found of filesOf(paths)) baseline = await learnFile(baseline, found, sandbox, environment)
    keep(options.out === undefined ? baselineFile(dataDir, environment.name) : resolve(options.out), baseline)
  } finally {
    await sandbox.close()
  }
}

async function learnFile(baseline: Baseline, found: Found, sandbox: Sandbox, environment: Environment): Promise<Baseline> {
  const seen = found.unreadable === undefined ? await reportOf(found, sandbox, environment) : found.unreadable
  const lesson = typeof seen === 'string' ? { refused: seen } : learnRun(baseline, seen)
  if (lesson.refused !== undefined) say(`${found.name} teaches nothing: ${lesson.refused}`)
  return lesson.refused === undefined ? lesson.baseline : baseline
}

/** The report of a run: as it was kept, or of a run that is made; a string says why there is none. */
async function reportOf({ name, file }: Found, sandbox: Sandbox, environment: Environment): Promise<Detonation | string> {
  const kept = name.endsWith('.json') ? Detonation.safeParse(parsed(file)) : undefined
  if (kept?.success) return kept.data
  const sample = await sampleOf(file)
  if ('code' in sample) return sample.detail
  const document = Buffer.isBuffer(sample) ? sample : await buffer(sample.pieces())
  const macros = environment.viewer === 'libreoffice' || environment.viewer === 'other'
  return sandbox.detonate({ environment: environment.name, subject: { document, name }, options: { macros, egress: 'none', checkHeap: false } })
}

function parsed(file: Buffer | string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

function keep(path: string, baseline: Baseline): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(`${path}.new`, `${JSON.stringify(baseline, null, 2)}\n`)
  renameSync(`${path}.new`, path)
  const learned = Object.entries(baseline.ordinary).map(([kind, subjects]) => `${subjects.length} of ${kind}`)
  process.stdout.write(`${path}: ${baseline.runs} runs of ${baseline.environment} ${baseline.version}; ordinary: ${learned.join(', ') || 'nothing'}.\n`)
  if (baseline.runs >= ENOUGH_RUNS) return
  say(`From fewer than ${ENOUGH_RUNS} runs nothing is taken to be out of the ordinary.`)
  process.exitCode = 1
}

function say(text: string): void {
  process.stderr.write(`vedette: ${printable(text, 2000)}\n`)
}
