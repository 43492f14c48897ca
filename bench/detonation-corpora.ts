import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { stopwatch } from '#platform/clock/clock.ts'
import { thisMachine } from '#platform/clock/machine.ts'
import type { Detonation, Environment } from '#scanner/detonation/contract.ts'
import { openAtHand } from '#scanner/detonation/drivers/at-hand.ts'
import { planFirst } from '#scanner/detonation/plan.ts'
import type { Sandbox } from '#scanner/detonation/sandbox.ts'
import { chooseDocuments, type ChosenDocument } from './harness/chosen-documents.ts'
import { findCorpora } from './harness/corpora.ts'
import { linesTable, readLines, writeLine, type DetonationLine } from './harness/detonation-lines.ts'
import { openAsSubmission, verdictOf } from './harness/open-as-submission.ts'
import { watchMachines } from './harness/machines-cpu.ts'

/**
 * Opens real documents in one environment of VEDETTE_DATA: `bin/run bench/detonation-corpora.ts ENV --out FILE [--count 200] [--at-once 1] [--reports FOLDER]`.
 * The documents are the same each time (harness/chosen-documents.ts); each gives one line of FILE, and those that FILE has are not opened again. What reacts is
 * opened again as a submission would be. `--reports` keeps each first report as JSON; `--again` opens those once more that did not end
 * as rendered or idle, as on a busy machine. Ends with a table, which `--table FILE...` prints alone. As root.
 */
const { values: asked, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string' },
    count: { type: 'string', default: '200' },
    'at-once': { type: 'string', default: '1' },
    reports: { type: 'string' },
    again: { type: 'boolean', default: false },
    corpora: { type: 'string' },
    table: { type: 'boolean', default: false },
  },
})
const [name] = positionals
const atOnce = Number(asked['at-once'])
const root = findCorpora(asked.corpora)
const dataDir = process.env['VEDETTE_DATA']

if (asked.table) console.log(linesTable(positionals.flatMap(readLines)).join('\n'))
else if (name === undefined || asked.out === undefined || dataDir === undefined)
  console.error('nothing was opened: name an environment and a file, as in ENV --out FILE, and set VEDETTE_DATA')
else if (root === undefined) console.error('no corpora: VEDETTE_CORPORA names no folder, and none lies beside the checkout')
else await openAll(name, root, asked.out, dataDir)

async function openAll(wanted: string, corpora: string, out: string, data: string): Promise<void> {
  const { sandbox, notes } = await openAtHand({ dataDir: data, clock: { now: () => new Date(thisMachine().wallMs()) } })
  for (const note of notes) console.error(note)
  const environment = (await sandbox.environments()).find((one) => one.name === wanted)
  if (!environment) throw new Error(`there is no environment ${wanted} in ${data}`)
  mkdirSync(dirname(out), { recursive: true })
  const done = new Set(
    readLines(out)
      .filter(({ end }) => !asked.again || end === 'rendered' || end === 'idle')
      .map(({ document }) => document),
  )
  const documents = chooseDocuments(corpora, environment, Number(asked.count))
  const worker = async () => {
    for (const chosen of documents) {
      if (done.has(chosen.document)) continue
      try {
        writeLine(out, await openOne(sandbox, environment, chosen))
      } catch (error) {
        // It is opened again by the next call.
        console.error(`${chosen.document}: ${(error as Error).message}`)
        process.exitCode = 1
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  await sandbox.close()
  console.log(linesTable(readLines(out)).join('\n'))
}

async function openOne(sandbox: Sandbox, environment: Environment, { document, type, known, bytes }: ChosenDocument): Promise<DetonationLine> {
  const [wall, machines] = [stopwatch(), watchMachines()]
  const { macros, egress, checkHeap } = planFirst({ type, reason: false }, [environment], {})[0]!
  const runs = await openAsSubmission(sandbox, environment, { document: bytes, name: basename(document) }, { macros, egress, checkHeap })
  machines.end()
  const first = runs[0]!
  const joined = verdictOf(runs, type, bytes)
  if (asked.reports !== undefined) keep(asked.reports, document, first)
  const line: DetonationLine = {
    document,
    environment: environment.name,
    version: environment.version,
    type,
    known,
    end: first.end,
    why: first.why_ended,
    dwell_ms: first.dwell_ms,
    wall_ms: Math.round(wall()),
    ...(atOnce === 1 && { cpu_s: machines.seconds() }),
    runs: runs.length,
    exploit: joined.exploit,
    signals: first.signals.map(({ id, weight, rank, why }) => ({ id, weight, rank, why })),
    reasons: joined.reasons,
    not_watched: first.not_watched.map(({ why }) => why),
  }
  console.error(`${document}: ${line.end}, ${line.exploit}${line.signals.map(({ id, weight }) => `, ${id} (${weight})`).join('')}`)
  return line
}

function keep(folder: string, document: string, report: Detonation): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${createHash('sha256').update(document).digest('hex').slice(0, 16)}.json`), JSON.stringify(report))
}
