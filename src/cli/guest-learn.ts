import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { Option, type Command } from 'commander'
import { thisMachine } from '#platform/clock/machine.ts'
import { readConfig, type Edition } from '#platform/config.ts'
import { StartupError } from '#platform/errors.ts'
import { baselineFile, openBaselines } from '#scanner/detonation/baselines.ts'
import { Detonation, Egress } from '#scanner/detonation/contract.ts'
import { openAtHand } from '#scanner/detonation/drivers/at-hand.ts'
import { hasMacros } from '#scanner/detonation/plan.ts'
import { NoEnvironment, type Job } from '#scanner/detonation/sandbox.ts'
import { emptyBaseline, ENOUGH_RUNS, type Baseline } from '#scanner/detonation/signals/baseline.ts'
import { learnRun } from '#scanner/detonation/signals/learn-run.ts'
import { printable } from '#scanner/formats/bytes.ts'
import { editionOption } from '#cli/edition.ts'
import { filesOf, sampleOf, type Found } from '#cli/scan-files.ts'
import { isAddress, wayOutFor } from '#cli/scan-vm.ts'
import { shown } from '#cli/text-table.ts'

const HELP = `
Each file or page is opened in the environment and has to be harmless; a report of vedette detonate --json is taken as it is. A run that crashed, or did what only an
exploit does, teaches nothing. From ${ENOUGH_RUNS} runs on, what was never seen is told. What was learned before is replaced, unless --add is given; what comes with Vedette
stays for other versions.
Exit codes: 0 learned from ${ENOUGH_RUNS} runs or more, 1 from fewer, 2 wrong use.`

interface Options {
  readonly edition: Edition
  readonly env: string
  readonly egress: Job['options']['egress']
  readonly add?: true
  readonly out?: string
}

/** `vedette guest learn --env NAME FILE|URL...`: writes down what the viewer of an environment does with harmless files and pages. */
export function addLearn(guest: Command): void {
  guest
    .command('learn')
    .description('write down what the viewer of an environment does with harmless files, so that it is no finding')
    .argument('<file|url...>', 'harmless files, folders of them, reports of runs of them, or the http or https addresses of harmless pages')
    .requiredOption('--env <name>', 'the environment')
    .addOption(new Option('--egress <way>', 'what they may reach meanwhile').choices(Egress.options).default('none'))
    .option('--add', 'add to what is known of this version')
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
    const known = options.add ? openBaselines(dataDir).of(environment, 0) : undefined
    let baseline = known ?? emptyBaseline(environment.name, environment.version)
    const taught = new Set<string>()
    const learnOne = (name: string, seen: Detonation | string) => {
      const report = JSON.stringify(seen)
      const lesson =
        typeof seen === 'string' ? { refused: seen } : taught.has(report) ? { refused: 'it is a report that was given before' } : learnRun(baseline, seen)
      taught.add(report)
      if (lesson.refused === undefined) baseline = lesson.baseline
      else say(`${name} teaches nothing: ${lesson.refused}`)
    }
    const open: Open = async (subject) => {
      const macros = 'document' in subject && hasMacros(environment) && environment.macros !== 'off'
      const { egress } = options
      try {
        return await sandbox.detonate({ environment: environment.name, subject, options: { macros, egress, checkHeap: false }, ...wayOutFor(egress) })
      } catch (error) {
        if (error instanceof NoEnvironment) return error.message
        throw error
      }
    }
    const [pages, files] = [paths.filter(isAddress), paths.filter((path) => !isAddress(path))]
    for await (const found of filesOf(files)) learnOne(found.name, found.unreadable ?? (await reportOf(found, open)))
    for (const page of pages) learnOne(page, URL.canParse(page) ? await open({ url: new URL(page).href }) : 'it is no address of a page')
    if (baseline.runs === (known?.runs ?? 0)) throw new StartupError('Nothing was learned: none of them was opened as a harmless file is.')
    keep(options.out === undefined ? baselineFile(dataDir, environment.name) : resolve(options.out), baseline)
  } finally {
    await sandbox.close()
  }
}

/** Opens what is harmless; a string says why that could not be. */
type Open = (subject: Job['subject']) => Promise<Detonation | string>

/** The report of a run: as it was kept, or of a run that is made; a string says why there is none. */
async function reportOf({ name, file }: Found, open: Open): Promise<Detonation | string> {
  const kept = name.endsWith('.json') ? Detonation.safeParse(parsed(file)) : undefined
  if (kept?.success) return kept.data
  const sample = await sampleOf(file)
  if ('code' in sample) return sample.detail
  const document = Buffer.isBuffer(sample) ? sample : await buffer(sample.pieces())
  return open({ document, name })
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
