import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { CORPORA, haveCorpora, unlessThere } from '#test/corpus/corpora.ts'
import { documentsOf, LABELS, PASSWORDS } from '#test/corpus/labels.ts'

const folders = (['oletools', 'maldoca'] as const).filter((folder) => haveCorpora && existsSync(join(CORPORA, folder)))

describe.skipIf(folders.length === 0)(`labels of real documents${unlessThere}`, () => {
  it.each(folders)('of %s agree', { timeout: 120_000 }, (folder) => {
    const wrong: string[] = []
    let labelled = 0
    for (const { file, bytes } of documentsOf(join(CORPORA, folder))) {
      const labels = LABELS.filter((label) => label.folder === folder && label.pattern.test(file))
      if (labels.length === 0) continue
      labelled++
      const report = scanBytes(bytes, { passwords: PASSWORDS })
      if (!labels.every(({ agrees }) => agrees(report))) wrong.push(`${folder}/${file}`)
    }
    expect(wrong).toEqual([])
    // Nothing is learned from a folder in which no label is found.
    expect(labelled).toBeGreaterThan(10)
  })
})
