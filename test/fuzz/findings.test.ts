import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { findings } from './findings.ts'
import { checkScan } from './scan-bytes.ts'
import { seeds } from './seeds.ts'

describe('the scanner', () => {
  it('still answers everything that fuzzing found, and all that it begins with', async () => {
    for (const [name, bytes] of [...findings(), ...(await seeds())]) expect(() => checkScan(bytes), name).not.toThrow()
  })

  it('answers what a few seconds of fuzzing make of it', { timeout: 60_000 }, () => {
    const { status, stderr } = spawnSync(process.execPath, [...process.execArgv, 'test/fuzz/run.ts', '2'], { encoding: 'utf8' })
    expect({ status, stderr: status === 0 ? '' : stderr.slice(-3000) }).toEqual({ status: 0, stderr: '' })
    // Control: the scanner's own code is what guides it.
    expect(Number(/\((\d+) inline 8-bit counters\)/.exec(stderr)?.[1] ?? 0)).toBeGreaterThan(1000)
  })
})
