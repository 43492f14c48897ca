import { mkdirSync, writeFileSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import { basename, join } from 'node:path'
import { Option, type Command } from 'commander'
import { thisMachine } from '#platform/clock/machine.ts'
import { readConfig, type Edition } from '#platform/config.ts'
import { StartupError } from '#platform/errors.ts'
import { openAtHand, type AtHand } from '#scanner/detonation/drivers/at-hand.ts'
import { Egress, type Detonation } from '#scanner/detonation/contract.ts'
import { reportOfPage } from '#scanner/detonation/page/page-report.ts'
import { NoEnvironment, type Artefact, type Job } from '#scanner/detonation/sandbox.ts'
import { printable } from '#scanner/formats/bytes.ts'
import { pageText } from '#cli/page-text.ts'
import { detonationText, openedToItsEnd, progressLine, showsSomething } from '#cli/detonation-text.ts'
import { editionOption } from '#cli/edition.ts'
import { REDUCING_RUNS, reduceCrash } from '#cli/reduce-crash.ts'
import { sampleOf } from '#cli/scan-files.ts'
import { isAddress, wayOutFor } from '#cli/scan-vm.ts'
import { shown } from '#cli/text-table.ts'

/** Exit codes of docs/detonation-json.md; those of `vedette scan` mean the same. */
const NOTHING_SEEN = 0
const SEEN = 1
const NOT_OPENED = 2

interface Options {
  readonly edition: Edition
  readonly env: string
  readonly macros: boolean
  readonly egress: Job['options']['egress']
  readonly checkHeap?: true
  readonly password: readonly string[]
  readonly json?: true
  readonly out?: string
  readonly reduce?: string
}

/** `vedette detonate FILE|URL --env NAME`: opens it in one environment and says what happened; needs no server and no database. */
export function command(program: Command): void {
  program
    .command('detonate')
    .description('open a document or page in one environment and say what it does; exit 0 nothing seen, 1 something seen, 2 not opened to its end')
    .argument('<file|url>', 'a document, or the http or https address of a page')
    .requiredOption('--env <name>', 'the environment; an unknown one lists those that are there')
    .option('--no-macros', 'open it with macros off')
    .addOption(new Option('--egress <way>', 'what it may reach meanwhile').choices(Egress.options).default('none'))
    .option('--check-heap', 'turn silent damage of memory into a crash')
    .option('--password <password>', 'tried where the document asks for one; may be given several times', (value, before: string[]) => [...before, value], [])
    .option('--out <folder>', 'keep pictures and files that it left there, each under its hash')
    .option('--reduce <file>', `where it crashes, look in ${REDUCING_RUNS} further runs for a part of it that crashes in the same way, and write that there`)
    .option('--json', 'the report as one line of JSON (docs/detonation-json.md)')
    .addOption(editionOption())
    .action(detonate)
}

async function detonate(what: string, options: Options): Promise<void> {
  const job = await jobOf(what, options)
  const { sandbox, notes } = await openAtHand({ dataDir: readConfig(options.edition).dataDir, clock: { now: () => new Date(thisMachine().wallMs()) } })
  for (const note of notes) say(note)
  const { signal, ended } = endWith()
  try {
    const seen = await open(sandbox, job, options, signal)
    if (seen === undefined) return
    if (options.reduce !== undefined) say(await reduceCrash(sandbox, job, seen, options.reduce, signal))
    const page = 'url' in job.subject ? reportOfPage(job.subject.url, seen.happenings, seen.network ?? []) : undefined
    await written(
      options.json ? `${JSON.stringify({ ...seen, ...(page && { page }) })}\n` : `${page ? `${pageText(page)}\n` : ''}${detonationText(what, seen)}`,
    )
    process.exitCode = showsSomething(seen) ? SEEN : openedToItsEnd(seen) ? NOTHING_SEEN : NOT_OPENED
  } finally {
    await sandbox.close()
    ended()
  }
}

async function open(sandbox: AtHand['sandbox'], job: Job, { out }: Options, signal: AbortSignal): Promise<Detonation | undefined> {
  const keep = out === undefined ? undefined : keeperIn(out)
  const happening = (one: Parameters<typeof progressLine>[0]) => {
    const line = progressLine(one)
    if (line !== undefined) process.stderr.write(`${line}\n`)
  }
  try {
    say(`Opening it in ${job.environment} ...`)
    return await sandbox.detonate(job, { waits: say, happening, ...(keep && { artefact: keep }) }, signal)
  } catch (error) {
    if (!(error instanceof NoEnvironment)) throw error
    const names = (await sandbox.environments()).map(({ name }) => name)
    const there = names.length === 0 ? 'none is installed; vedette guest build makes them' : `there are ${names.join(', ')}`
    say(`It was not opened: ${error.message}. Of environments ${there}.`)
    process.exitCode = NOT_OPENED
    return undefined
  }
}

async function jobOf(what: string, { env, macros, egress, checkHeap, password: passwords }: Options): Promise<Job> {
  // Whoever lists the processes of the machine need not read a password.
  if (passwords.length > 0) process.title = 'vedette detonate'
  const also = { passwords, ...wayOutFor(egress) }
  const options = { macros, egress, checkHeap: checkHeap ?? false }
  if (isAddress(what)) {
    if (!URL.canParse(what)) throw new StartupError(`${shown(what)} is no address of a page.`)
    return { environment: env, subject: { url: new URL(what).href }, options, ...also }
  }
  const sample = await sampleOf(what)
  if ('code' in sample) throw new StartupError(`${shown(what)} cannot be opened: ${sample.detail}.`)
  const document = Buffer.isBuffer(sample) ? sample : await buffer(sample.pieces())
  return { environment: env, subject: { document, name: basename(what) }, options, ...also }
}

/** What a guest left keeps no name of its own. */
function keeperIn(folder: string): (artefact: Artefact) => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return ({ sha256, bytes }) => writeFileSync(join(folder, sha256), bytes, { mode: 0o600 })
}

/** A first Ctrl-C ends the machine and the run with what was seen by then; the process then ends as the signal asks. */
function endWith(): { signal: AbortSignal; ended: () => void } {
  const abort = new AbortController()
  let asked: NodeJS.Signals | undefined
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      asked = signal
      say(`Ending the machine, asked by ${signal} ...`)
      abort.abort()
    })
  return { signal: abort.signal, ended: () => void (asked && process.kill(process.pid, asked)) }
}

/** The process ends without waiting for what is not written yet. */
function written(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()))
}

function say(text: string): void {
  process.stderr.write(`vedette: ${printable(text, 2000)}\n`)
}
