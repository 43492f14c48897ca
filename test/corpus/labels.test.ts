import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { CORPORA, haveCorpora, unlessThere } from '#test/corpus/corpora.ts'
import { documentsOf, LABELS, PASSWORDS } from '#test/corpus/labels.ts'

/**
 * Labels that the scanner does not agree with, each with the reason. Whoever makes one right takes it off; a label that is lost is not put here
 * without a reason.
 */
const DISAGREES: Readonly<Record<string, string>> = {
  'maldoca/ole/testdata/ole/MALICIOUS_7050af905f1696b2b8cdb4c6e6805a618addf5acfbd4edc3fc807a663016ab26_xor_0x42_encoded':
    'a Hangul document with PostScript: its streams are opened, and no evidence judges what the PostScript does',
}

const folders = (['oletools', 'maldoca'] as const).filter((folder) => haveCorpora && existsSync(join(CORPORA, folder)))

describe.skipIf(folders.length === 0)(`labels of real documents${unlessThere}`, () => {
  it.each(folders)('of %s agree, but for those that are listed', { timeout: 120_000 }, (folder) => {
    const wrong: string[] = []
    let labelled = 0
    for (const { file, bytes } of documentsOf(join(CORPORA, folder))) {
      const labels = LABELS.filter((label) => label.folder === folder && label.pattern.test(file))
      if (labels.length === 0) continue
      labelled++
      const report = scanBytes(bytes, { passwords: PASSWORDS })
      if (!labels.every(({ agrees }) => agrees(report))) wrong.push(`${folder}/${file}`)
    }
    expect(wrong).toEqual(
      Object.keys(DISAGREES)
        .filter((file) => file.startsWith(`${folder}/`))
        .toSorted(),
    )
    // Nothing is learned from a folder in which no label is found.
    expect(labelled).toBeGreaterThan(10)
  })
})
