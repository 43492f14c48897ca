import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ScanLine } from '#scanner/verdict/contract.ts'
import { CHECKOUT, CORPORA, haveCorpora, unlessThere } from '#test/corpus/corpora.ts'

describe.skipIf(!haveCorpora)(`vedette scan over real documents${unlessThere}`, () => {
  it('has an answer for every file, and no reader crashes', { timeout: 300_000 }, () => {
    const files = readdirSync(CORPORA, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    const { status, stdout, stderr } = spawnSync(join(CHECKOUT, 'bin/vedette'), ['scan', '--json', CORPORA], { encoding: 'utf8', maxBuffer: 2 ** 30 })
    const lines = stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => ScanLine.parse(JSON.parse(line)))
    expect(lines.map(({ path }) => path).toSorted()).toEqual(files.map(({ parentPath, name }) => join(parentPath, name)).toSorted())
    expect(lines.filter((line) => line.verdict.not_checked.some(({ reason }) => reason === 'crash'))).toEqual([])
    // An uncaught exception ends with another code, and says so.
    expect(status).toBe(1)
    expect(stderr).not.toMatch(/error|\n {4}at /i)
  })
})
