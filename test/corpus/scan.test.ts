import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { NotScanned, ScanReport } from '#scanner/verdict/contract.ts'
import { CHECKOUT, CORPORA, haveCorpora, unlessThere } from '#test/corpus/corpora.ts'

const Line = z.discriminatedUnion('outcome', [ScanReport.extend({ file: z.string() }), NotScanned.extend({ file: z.string() })])

describe.skipIf(!haveCorpora)(`vedette scan over real documents${unlessThere}`, () => {
  it('has an answer for every file, and no reader crashes', { timeout: 300_000 }, () => {
    const files = readdirSync(CORPORA, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    const { status, stdout, stderr } = spawnSync(join(CHECKOUT, 'bin/vedette'), ['scan', '--json', CORPORA], { encoding: 'utf8', maxBuffer: 2 ** 30 })
    const lines = stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => Line.parse(JSON.parse(line)))
    expect(lines.map(({ file }) => file).toSorted()).toEqual(files.map(({ parentPath, name }) => join(parentPath, name)).toSorted())
    expect(lines.filter((line) => line.outcome === 'not-scanned' && line.reason.code === 'crash')).toEqual([])
    // An uncaught exception ends with another code, and says so.
    expect(status).toBe(1)
    expect(stderr).not.toMatch(/error|\n {4}at /i)
  })
})
