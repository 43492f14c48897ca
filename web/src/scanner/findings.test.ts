import { expect, it } from 'vitest'
import { addFindings } from '#scanner/verdict/add-findings.ts'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { equationObject, fontRecord } from '#test/harness/documents.ts'
import { attackUrl, findingsOf, placesOf } from './findings.ts'

it('tells of a rule that it is one, its marking, and the CVE that it suggests', () => {
  const report = scanBytes(equationObject(fontRecord(Buffer.alloc(0x30, 0x41))))
  const found = addFindings(
    report,
    [
      {
        kind: 'note',
        id: 'yara',
        severity: 'info',
        attack: ['T1203'],
        summary: 'Rule a of mine matches.',
        proof: [{ path: '/', offset: 2, length: 3, field: 'YARA rule a', value: '$a' }],
        candidate: { id: 'CVE-2020-12345', why: 'the YARA rule a says so' },
        tlp: 'RED',
      },
    ],
    [],
  )
  const [exploit, ...others] = findingsOf(found.verdict)
  expect(exploit).toMatchObject({ kind: 'exploit', cve: 'CVE-2017-11882', tags: ['by its structure', '95 of 100 sure'] })
  expect(placesOf(found.verdict).map(({ of }) => of)).toEqual(['CVE-2017-11882', 'CVE-2017-11882', 'yara'])
  expect(['T1203', 'T1059.005'].map(attackUrl)).toEqual(['https://attack.mitre.org/techniques/T1203/', 'https://attack.mitre.org/techniques/T1059/005/'])
  expect(others.at(-1)).toEqual({
    kind: 'note',
    why: 'Rule a of mine matches.',
    cve: undefined,
    attack: ['T1203'],
    tags: ['possibly CVE-2020-12345', 'found by a YARA rule', 'the rule is TLP:RED'],
    proof: [{ path: '/', offset: 2, length: 3, field: 'YARA rule a', value: '$a', why: 'Rule a of mine matches.' }],
  })
})
