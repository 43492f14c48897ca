import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureConsole } from '#main/console.ts'
import { BROWSER } from '#test/harness/browser.ts'
import { testGuest } from '#test/harness/guest.ts'

/** `npm test`: every check in turn; the last line is `N passed, N failed`, with `, N skipped` when some were. */
interface Outcome {
  passed: number
  failed: number
  skipped: number
}

const total: Outcome = { passed: 0, failed: 0, skipped: 0 }
const scratch = mkdtempSync(join(tmpdir(), 'vedette-run-'))
const bin = (name: string) => `node_modules/.bin/${name}`
const vitest = ['node_modules/vitest/vitest.mjs', 'run']

await check('format', bin('oxfmt'), ['--check', 'src', 'test', 'web', 'bench', 'examples', 'vitest.config.ts'])
await check('lint', bin('oxlint'), [])
await check('types', bin('tsc'), ['-p', '.'])
await check('types of the console', bin('tsc'), ['-p', 'web'])
await check('dead code', bin('knip'), ['--no-progress'])
await check('database types fit the migrations', process.execPath, [...process.execArgv, 'test/db-types.ts', '--check'])
const guest = await testGuest((text) => console.log(text), true)
if (guest.skipped !== undefined) skip('the environment that documents are opened in', guest.skipped)
await tests('unit, property and integration tests', 'unit')
if (await built()) {
  await tests('faults: processes killed, ports taken, disks full', 'faults')
  if (existsSync(BROWSER)) await tests('browser tests', 'browser')
  else skip('browser tests', `${BROWSER} is not installed: sudo apt-get install -y chromium-headless-shell`)
}
rmSync(scratch, { recursive: true, force: true })

console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`)
process.exitCode = total.failed > 0 ? 1 : 0

async function check(what: string, command: string, args: string[]): Promise<void> {
  const { code, output } = await run(command, args, 'keep')
  if (code === 0) add(what, { passed: 1, failed: 0, skipped: 0 })
  else {
    process.stdout.write(output)
    add(what, { passed: 0, failed: 1, skipped: 0 })
  }
}

async function tests(what: string, project: string): Promise<void> {
  const file = join(scratch, `${project}.json`)
  const { code } = await run(
    process.execPath,
    [...process.execArgv, ...vitest, '--project', project, '--silent=passed-only', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
    'show',
  )
  if (!existsSync(file)) return add(what, { passed: 0, failed: 1, skipped: 0 })
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report
  for (const { status, fullName } of report.testResults.flatMap(({ assertionResults }) => assertionResults)) {
    if (status === 'skipped' || status === 'pending') console.log(`skipped: ${fullName}`)
  }
  // A file that cannot be loaded, or an error outside a test, fails the run without failing a test.
  const failed = report.numFailedTests === 0 && code !== 0 ? 1 : report.numFailedTests
  add(what, { passed: report.numPassedTests, failed, skipped: report.numPendingTests + report.numTodoTests })
}

/** What is read of vitest's report. The name of a suite that may be skipped says why. */
interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly { readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[] }[]
}

async function built(): Promise<boolean> {
  try {
    await ensureConsole()
    add('console builds', { passed: 1, failed: 0, skipped: 0 })
    return true
  } catch (error) {
    console.log((error as Error).message)
    add('console builds', { passed: 0, failed: 1, skipped: 0 })
    return false
  }
}

function skip(what: string, why: string): void {
  add(`${what}: ${why}`, { passed: 0, failed: 0, skipped: 1 })
}

function add(what: string, outcome: Outcome): void {
  for (const key of ['passed', 'failed', 'skipped'] as const) total[key] += outcome[key]
  console.log(
    `${outcome.failed > 0 ? 'FAILED ' : outcome.skipped > 0 && outcome.passed === 0 ? 'SKIPPED' : 'ok     '} ${what} (${(performance.now() / 1000).toFixed(0)} s)`,
  )
}

function run(command: string, args: string[], output: 'keep' | 'show'): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: output === 'show' ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'] })
    let text = ''
    child.stdout?.on('data', (chunk) => (text += String(chunk)))
    child.stderr?.on('data', (chunk) => (text += String(chunk)))
    child.on('error', reject)
    child.on('exit', (code) => resolve({ code: code ?? 1, output: text }))
  })
}
