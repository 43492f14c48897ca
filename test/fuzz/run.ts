import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findings, FINDINGS } from './findings.ts'
import { seeds } from './seeds.ts'

/**
 * Fuzzes the whole static scan, guided by coverage: `bin/run test/fuzz/run.ts [SECONDS]` (60 without). Ends with 1 where it finds
 * something, and keeps the input in test/fuzz/findings, which findings.test.ts reads again from then on.
 */
const seconds = Number(process.argv[2] ?? 60)
const CHECKOUT = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'vedette-fuzz-'))
try {
  process.exitCode = await run()
} finally {
  rmSync(folder, { recursive: true })
}

async function run(): Promise<number> {
  const [corpus, found] = [join(folder, 'corpus'), join(folder, 'found/')]
  mkdirSync(corpus)
  mkdirSync(found)
  for (const [name, bytes] of [...(await seeds()), ...findings()]) writeFileSync(join(corpus, name), bytes)
  const cli = fileURLToPath(import.meta.resolve('@jazzer.js/core')).replace(/core\.js$/, 'cli.js')
  const fuzzer = ['test/fuzz/scan-bytes.ts', corpus, '--sync', '-i', 'src/scanner', '--disableBugDetectors', '.*']
  const engine = [`-max_total_time=${seconds}`, '-max_len=65536', '-timeout=20', '-rss_limit_mb=2048', `-artifact_prefix=${found}`, '-print_final_stats=1']
  const args = [...process.execArgv, '--import', './test/fuzz/register-types.ts', cli, ...fuzzer, '--', ...engine]
  const { status } = spawnSync(process.execPath, args, { cwd: CHECKOUT, stdio: ['ignore', 'inherit', 'inherit'] })
  for (const name of readdirSync(found)) {
    writeFileSync(join(FINDINGS, `${name}.base64`), `${readFileSync(join(found, name)).toString('base64')}\n`)
    console.error(`found: test/fuzz/findings/${name}.base64`)
  }
  return status === 0 ? 0 : 1
}
