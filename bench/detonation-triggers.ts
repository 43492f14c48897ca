import { thisMachine } from '#platform/clock/machine.ts'
import { openBaselines } from '#scanner/detonation/baselines.ts'
import type { Environment } from '#scanner/detonation/contract.ts'
import { openAtHand } from '#scanner/detonation/drivers/at-hand.ts'
import { openQemu } from '#scanner/detonation/drivers/qemu.ts'
import type { Sandbox } from '#scanner/detonation/sandbox.ts'
import { judgeRun } from '#scanner/detonation/signals/all.ts'
import { emptyBaseline, ENOUGH_RUNS } from '#scanner/detonation/signals/baseline.ts'
import { FAULTY, testEnvironment } from '#test/harness/detonation.ts'
import { TRIGGERS as OF_CHROMIUM } from '#test/harness/triggers/chromium.ts'
import { TRIGGERS as OF_FAULTY } from '#test/harness/triggers/faulty.ts'
import { TRIGGERS as OF_LIBREOFFICE } from '#test/harness/triggers/libreoffice.ts'
import type { Trigger } from '#test/harness/triggers/trigger.ts'
import { openAsSubmission, verdictOf } from './harness/open-as-submission.ts'

/**
 * Opens inert documents that each do one thing, and says whether the signal for it was seen, and that it was not seen of the same document without it:
 * `bin/run bench/detonation-triggers.ts [ENV...] [--only WORDS]`. Environments are those of VEDETTE_DATA; `faulty-test`, which needs none, is the faulty viewer of the
 * tests, judged as Poppler is. Fails where one is not seen. As root.
 */
const triggers: readonly Trigger[] = [...OF_FAULTY, ...OF_LIBREOFFICE, ...OF_CHROMIUM]
const clock = { now: () => new Date(thisMachine().wallMs()) }
const words = process.argv.slice(2)
const only = words.includes('--only') ? words.splice(words.indexOf('--only'), 2)[1]! : ''
const OPTIONS = { macros: true, egress: 'none', checkHeap: false } as const

interface Opened {
  readonly sandbox: Sandbox
  readonly environments: readonly Environment[]
  readonly viewerOf: (environment: Environment) => Trigger['viewer']
  close(): Promise<void>
}

const all = [await faulty(), await atHand()].filter((one) => one !== undefined)
for (const { sandbox, environments, viewerOf } of all)
  for (const environment of environments.filter(({ name }) => words.length === 0 || words.includes(name)))
    for (const trigger of triggers.filter(({ viewer, name }) => viewer === viewerOf(environment) && name.includes(only))) {
      const faults = await faultsOf(trigger, sandbox, environment)
      console.log(`${faults.length === 0 ? 'seen  ' : 'FAILED'}  ${environment.name}  ${trigger.name}${faults.map((fault) => `; ${fault}`).join('')}`)
      if (faults.length > 0) process.exitCode = 1
    }
for (const { close } of all) await close()

async function faulty(): Promise<Opened | undefined> {
  if (words.length > 0 && !words.includes(FAULTY)) return undefined
  const found = await testEnvironment()
  if ('skipped' in found) {
    console.error(`${FAULTY}: ${found.skipped}`)
    return undefined
  }
  const environment: Environment = { ...found.environment.environment, viewer: 'poppler', age: 'current' }
  const { name, version } = environment
  const learned = openBaselines('').of({ ...environment, name: 'poppler-debian12' }) ?? { ...emptyBaseline(name, version), runs: ENOUGH_RUNS }
  const baseline = { ...learned, environment: name }
  const sandbox = openQemu({ environments: [{ ...found.environment, environment }], runs: found.runs, clock })
  return {
    sandbox: {
      ...sandbox,
      detonate: async (...given) => {
        const seen = await sandbox.detonate(...given)
        return { ...seen, signals: judgeRun({ ...seen, baseline }) }
      },
    },
    environments: [environment],
    viewerOf: () => 'other',
    close: async () => {
      await sandbox.close()
      found.remove()
    },
  }
}

async function atHand(): Promise<Opened | undefined> {
  const dataDir = process.env['VEDETTE_DATA']
  if (dataDir === undefined) return undefined
  const { sandbox } = await openAtHand({ dataDir, clock })
  return { sandbox, environments: await sandbox.environments(), viewerOf: ({ viewer }) => viewer, close: () => sandbox.close() }
}

/** What is not as the trigger says; nothing where all is seen. */
async function faultsOf(trigger: Trigger, sandbox: Sandbox, environment: Environment): Promise<string[]> {
  const { signals, end, exploit, control } = trigger
  const options = { ...OPTIONS, ...trigger.options }
  const subject = await trigger.subject()
  const runs =
    exploit === undefined
      ? [await sandbox.detonate({ environment: environment.name, subject, options })]
      : await openAsSubmission(sandbox, environment, subject, options)
  const seen = runs[0]!
  const shown = seen.signals.map(({ id, weight }) => `${id} (${weight})`).join(', ') || 'nothing'
  const missing = signals.filter(({ id, weight }) => !seen.signals.some((one) => one.id === id && (weight === undefined || one.weight === weight)))
  const said = exploit === undefined ? undefined : verdictOf(runs, 'pdf', 'document' in subject ? subject.document : Buffer.alloc(0))
  const without = control && (await sandbox.detonate({ environment: environment.name, subject: await control(), options }))
  const accused = (without?.signals ?? []).filter(({ id, weight }) => signals.some((one) => one.id === id && (one.weight ?? weight) === weight))
  return [
    ...missing.map(({ id, weight }) => `no ${id}${weight ? ` (${weight})` : ''}: ${shown}; it ended as ${seen.end}: ${seen.why_ended}`),
    ...(end !== undefined && end !== seen.end ? [`it ended as ${seen.end} (${seen.why_ended})`] : []),
    ...(said && said.exploit !== exploit ? [`the verdict is ${said.exploit}: ${said.reasons.join(' ')}`] : []),
    ...accused.map(({ why }) => `the control shows it too: ${why}`),
  ]
}
