import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { forOlderGlibc } from './older-glibc.ts'

function run(...args: readonly string[]): { readonly status: number | null; readonly stderr: string } {
  const { status, stderr } = spawnSync(process.execPath, [...process.execArgv, 'test/fuzz/run.ts', '--minutes', '0.02', ...args], { encoding: 'utf8' })
  return { status, stderr }
}

it('follows the coverage of the readers, where its native part loads', { timeout: 180_000 }, () => {
  const { status, stderr } = run('formats/prc.ts')
  expect({ status, stderr: status === 0 ? '' : stderr.slice(-3000) }).toEqual({ status: 0, stderr: '' })
  // Control: the reader's own code is what guides it.
  if (!stderr.includes('not guided')) expect(Number(/\((\d+) inline 8-bit counters\)/.exec(stderr)?.[1] ?? 0)).toBeGreaterThan(10)
})

it('changes of the native part only what ties it to a newer glibc, and nothing of another library', () => {
  const home = dirname(createRequire(import.meta.url).resolve('@jazzer.js/fuzzer/package.json'))
  const original = readFileSync(join(home, 'prebuilds/fuzzer-linux-x64.node'))
  const changed = forOlderGlibc(original)
  const places = [...original.keys()].filter((at) => original[at] !== changed[at])
  expect(changed.length).toBe(original.length)
  // Two names of a symbol, two versions of them, two versions that may be absent.
  expect(places.length).toBeGreaterThan(0)
  expect(places.length).toBeLessThanOrEqual(16)
  expect(forOlderGlibc(changed).equals(changed)).toBe(true)
})
