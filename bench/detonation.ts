import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stopwatch } from '#platform/clock/clock.ts'
import { thisMachine } from '#platform/clock/machine.ts'
import { readConfig } from '#platform/config.ts'
import { chooseFor } from '#scanner/detonation/drivers/at-hand.ts'
import { findBuilt } from '#scanner/detonation/drivers/built.ts'
import { openQemu } from '#scanner/detonation/drivers/qemu.ts'
import { prepareTemplate, type QemuEnvironment } from '#scanner/detonation/drivers/qemu-template.ts'
import { waitReady } from '#scanner/detonation/guest/ready.ts'
import { makeTemplate } from '#scanner/detonation/machine/template.ts'
import { planFirst } from '#scanner/detonation/plan.ts'
import type { Job, Sandbox } from '#scanner/detonation/sandbox.ts'
import { buildPages } from '#test/harness/documents/opened.ts'
import { onePage } from '#test/harness/one-page.ts'
import { figure } from './figure.ts'
import { runBare } from './harness/bare-viewer.ts'
import { median, watchMachines } from './harness/machines.ts'

/**
 * What a detonation costs: `bin/run bench/detonation.ts [RUNS] [ENVIRONMENT... | verdict]` (20, of each that `vedette guest build` made in the data folder, and the whole verdict). Medians; a template that is not there
 * is made first and not counted. Beside each stand the same program without any machine, and the boot that the clone saves. As root.
 */
const runs = Number(process.argv[2] ?? 20)
const wanted = process.argv.slice(3)
const { dataDir } = readConfig('live')
const built = findBuilt(join(dataDir, 'guest')).environments
const choice = await chooseFor(built[0], dataDir)
const environments = built.map((one) => ({ ...one, shape: { ...one.shape, accelerator: choice.accelerator } }))
console.log(`  guests run by ${choice.accelerator}: ${choice.why}`)
if (choice.accelerator === 'tcg') console.log('  with KVM (goals 0.3, 1.5, 1 and 3 s): not measured, since none can be used')
const folder = mkdtempSync(join(tmpdir(), 'vedette-detonation-'))
const machines = watchMachines()
const sandbox = openQemu({ environments, runs: join(folder, 'runs'), clock: { now: () => new Date(thisMachine().wallMs()) } })

interface Case {
  readonly what: string
  readonly environment: string
  readonly subject: Job['subject']
  /** What the bare program opens, where that is not the document. */
  readonly bare?: Uint8Array
  readonly egress?: Job['options']['egress']
  readonly seconds: number
  readonly cpuSeconds?: number
}

const PAGE = Buffer.from('<!doctype html><title>Page</title><p>Guten Tag</p>')
const document = (bytes: Buffer, name: string) => ({ document: bytes, name })
const CASES: readonly Case[] = [
  { what: 'a PDF of one page in Poppler', environment: 'poppler-debian12', subject: document(onePage('Guten Tag'), 'document.pdf'), seconds: 4 },
  { what: 'a PDF of one page in MuPDF', environment: 'mupdf-debian12', subject: document(onePage('Guten Tag'), 'document.pdf'), seconds: 4 },
  { what: 'a .docx of ten pages', environment: 'libreoffice-debian12', subject: document(buildPages(10), 'document.docx'), seconds: 10, cpuSeconds: 7 },
  { what: 'a page in Chromium', environment: 'chromium-debian12', subject: { url: 'http://bench.example/' }, bare: PAGE, egress: 'simulated', seconds: 15 },
]

interface Cost {
  readonly seconds: number
  readonly cpuSeconds: number
}

/** What work costs: time, and processors in its machines and in this process, which is its proxy and reader too. */
async function cost(work: () => Promise<unknown>): Promise<Cost> {
  const [wall, own, before] = [stopwatch(), process.cpuUsage(), machines.seconds()]
  await work()
  const seconds = wall() / 1000
  const { user, system } = process.cpuUsage(own)
  return { seconds, cpuSeconds: machines.seconds() - before + (user + system) / 1e6 }
}

const jobOf = ({ environment, subject, egress = 'none' }: Case): Job => ({ environment, subject, options: { macros: true, egress, checkHeap: false } })

async function detonate(from: Sandbox, job: Job): Promise<void> {
  const { end, why_ended: why } = await from.detonate(job)
  if (end !== 'rendered') throw new Error(`${job.environment} ended ${end}: ${why}`)
}

async function measure(one: Case, found: QemuEnvironment): Promise<void> {
  const { what, seconds: goal, cpuSeconds: cpuGoal } = one
  const job = jobOf(one)
  // Makes the template where there is none, and loads it.
  await detonate(sandbox, job)
  await clones(found)
  const alone: Cost[] = []
  for (let run = 0; run < runs; run++) alone.push(await cost(() => detonate(sandbox, job)))
  figure(`${what} (goal ${goal} s)`, median(alone.map(({ seconds }) => seconds)), 's')
  figure(`${what}: processors${cpuGoal === undefined ? '' : ` (goal ${cpuGoal})`}`, median(alone.map(({ cpuSeconds }) => cpuSeconds)), 'CPU s')
  await twoAtOnce(what, job)
  const bare = runBare(found, one.bare ?? ('document' in one.subject ? one.subject.document : PAGE))
  if (!bare) return console.log(`  ${what}, the program alone: not measured, it does not run on this host`)
  figure(`${what}, the program alone, cold`, bare.seconds, 's')
  figure(`${what}, the program alone: processors`, bare.cpuSeconds, 'CPU s')
}

async function clones(found: QemuEnvironment): Promise<void> {
  const { name } = found.environment
  const template = await prepareTemplate(found, join(folder, 'runs'), () => undefined, new AbortController().signal)
  const starts: Cost[] = []
  for (let run = 0; run < runs; run++) {
    let end = async () => {}
    starts.push(await cost(async () => ({ end } = await template.clone())))
    await end()
  }
  template.close()
  figure(`clone of ${name} running (goal 1.0 s)`, median(starts.map(({ seconds }) => seconds)), 's')
  figure(`clone of ${name} running: processors`, median(starts.map(({ cpuSeconds }) => cpuSeconds)), 'CPU s')
  const boot = await cost(async () => {
    await makeTemplate(found.shape, found.image, join(folder, name), async (machine) => void (await waitReady(machine)))
  })
  rmSync(join(folder, name), { recursive: true, force: true })
  figure(`boot of ${name} until its viewer is warm, once`, boot.seconds, 's')
  figure(`boot of ${name}: processors`, boot.cpuSeconds, 'CPU s')
}

/** Neither starves: how much longer the slower one took. */
async function twoAtOnce(what: string, job: Job): Promise<void> {
  const pairs: (readonly [number, number])[] = []
  for (let run = 0; run < Math.ceil(runs / 2); run++) {
    const both = await Promise.all([0, 1].map(() => cost(() => detonate(sandbox, job))))
    const [first, second] = both.map(({ seconds }) => seconds).sort((a, b) => a - b) as [number, number]
    pairs.push([first, second])
  }
  figure(`${what}, two at once: the slower one`, median(pairs.map(([, second]) => second)), 's')
  figure(`${what}, two at once: the slower one to the faster one`, median(pairs.map(([first, second]) => second / first)), 'times')
}

/** As a submission has it: all environments that open a PDF, at once as far as there is room. */
async function verdict(): Promise<void> {
  const subject = document(onePage('Guten Tag'), 'document.pdf')
  const planned = planFirst({ type: 'pdf', reason: false }, await sandbox.environments(), {})
  const all = () =>
    Promise.all(
      planned.map(({ environment: { name }, macros, egress, checkHeap }) =>
        sandbox.detonate({ environment: name, subject, options: { macros, egress, checkHeap } }),
      ),
    )
  await all()
  const costs: Cost[] = []
  for (let run = 0; run < Math.ceil(runs / 4); run++) costs.push(await cost(all))
  figure(`the whole verdict of a PDF, in ${planned.length} environments`, median(costs.map(({ seconds }) => seconds)), 's')
  figure(`the whole verdict of a PDF: processors`, median(costs.map(({ cpuSeconds }) => cpuSeconds)), 'CPU s')
}

try {
  for (const one of CASES) {
    const found = environments.find(({ environment }) => environment.name === one.environment)
    if (wanted.length > 0 && !wanted.includes(one.environment)) continue
    if (found) await measure(one, found)
    else console.log(`  ${one.what}: not measured, ${one.environment} is not built in ${dataDir}`)
  }
  if (wanted.length === 0 || wanted.includes('verdict')) await verdict()
} finally {
  await sandbox.close()
  await machines.end()
  rmSync(folder, { recursive: true, force: true })
}
