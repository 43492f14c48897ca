import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { check } from './check.ts'
import { documents } from './documents.ts'
import { findingsOf } from './findings.ts'
import { fuzzerLoads } from './load-fuzzer.ts'
import { mutated, randomFrom } from './mutations.ts'
import type { Target } from './target.ts'
import { TARGETS } from './targets.ts'

/**
 * Fuzzes readers for as long as is wanted: `bin/run test/fuzz/run.ts [--minutes N] [--unguided] [TARGET...]`; see README.md here. Ends
 * with 1 where it finds something, and writes each input as text into data/fuzz, from where it is made small and built in findings.ts.
 */
const LONGEST = 65_536
const CHECKOUT = join(import.meta.dirname, '../..')
/** Not in the repository. */
const FOUND = join(CHECKOUT, 'data/fuzz')

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: 'string', default: '10' }, start: { type: 'string', default: '1' }, unguided: { type: 'boolean', default: false } },
})
const targets = TARGETS.filter(({ name }) => positionals.length === 0 || positionals.some((part) => name.includes(part)))
if (targets.length === 0) throw new Error(`no target is named ${positionals.join(', ')}`)
const seconds = Math.max(1, Math.round((Number(values.minutes) * 60) / targets.length))
const guided = !values.unguided && fuzzerLoads()
if (!guided) console.error('not guided by coverage: ' + (values.unguided ? 'so asked' : 'the native part of @jazzer.js/fuzzer does not load on this system'))
let found = 0
for (const target of targets) {
  const seeds = [...target.seeds(await documents()), ...findingsOf(target.name)]
  console.error(`${target.name}: ${seconds} s from ${seeds.length} seeds`)
  for (const bytes of guided ? follow(target, seeds) : mutate(target, seeds)) {
    found++
    keep(target, bytes)
  }
}
process.exitCode = found > 0 ? 1 : 0

/** libFuzzer by jazzer.js, in a process of its own, since a finding ends it: what it found. */
function follow({ name }: Target, seeds: readonly Buffer[]): Buffer[] {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-fuzz-'))
  try {
    const [corpus, artifacts] = [join(folder, 'corpus'), join(folder, 'found/')]
    for (const made of [corpus, artifacts]) mkdirSync(made)
    for (const [i, bytes] of seeds.entries()) writeFileSync(join(corpus, String(i)), bytes)
    const cli = fileURLToPath(import.meta.resolve('@jazzer.js/core')).replace(/core\.js$/, 'cli.js')
    const fuzzer = ['test/fuzz/fuzz-target.ts', corpus, '--sync', '-i', 'src/scanner', '--disableBugDetectors', '.*']
    const engine = [
      `-max_total_time=${seconds}`,
      `-max_len=${LONGEST}`,
      '-timeout=20',
      '-rss_limit_mb=2048',
      `-artifact_prefix=${artifacts}`,
      `-seed=${values.start}`,
    ]
    const args = [...process.execArgv, '--import', './test/fuzz/register-types.ts', cli, ...fuzzer, '--', ...engine]
    const { status } = spawnSync(process.execPath, args, {
      cwd: CHECKOUT,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, VEDETTE_FUZZ_TARGET: name },
    })
    const inputs = readdirSync(artifacts).map((file) => readFileSync(join(artifacts, file)))
    if (status !== 0 && inputs.length === 0) throw new Error(`the fuzzer ended with ${status}`)
    return inputs
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The same checks on seeds changed at random, the same for the same `--start`, for where no fuzzer loads. */
function mutate(target: Target, seeds: readonly Buffer[]): Buffer[] {
  const random = randomFrom(Number(values.start))
  const one = () => seeds[random(seeds.length)]!
  const end = performance.now() + seconds * 1000
  while (performance.now() < end) {
    const bytes = mutated(one(), one(), random, LONGEST)
    try {
      check(target, bytes, { twice: bytes.length % 4 === 0 })
    } catch (error) {
      console.error(error)
      return [bytes]
    }
  }
  return []
}

function keep({ name }: Target, bytes: Buffer): void {
  mkdirSync(FOUND, { recursive: true })
  const file = join(FOUND, `${name.replaceAll(/[^a-z0-9.-]+/gi, '_')}-${process.pid}-${found}.base64`)
  writeFileSync(file, `${bytes.toString('base64')}\n`)
  console.error(`found: ${file}`)
}
