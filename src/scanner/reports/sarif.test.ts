import { describe, expect, it } from 'vitest'
import type { ScanLine } from '#scanner/verdict/contract.ts'
import { buildDocx, buildVba, buildZip, equationObject, fontRecord } from '#test/harness/documents.ts'
import { sarifFaults } from '#test/harness/sarif-check.ts'
import { sarifLog } from './sarif.ts'
import { scanLine } from './scan-line.ts'
import { scanBytes } from './scan-report.ts'

const equation = equationObject(fontRecord(Buffer.alloc(0x30, 0x41)))
const both = buildDocx({ 'word/embeddings/a.bin': equation, 'word/vbaProject.bin': buildVba({ M: 'Sub AutoOpen()\r\nEnd Sub' }) })
const locked = buildZip([{ name: 'a', bytes: Buffer.from('text'), encrypted: true }])
const lineOf = (path: string, bytes: Buffer) => scanLine(path, undefined, scanBytes(bytes))

interface Log {
  runs: {
    results: {
      ruleId: string
      level: string
      message: { text: string }
      locations: { physicalLocation: { artifactLocation: { index: number }; region?: object } }[]
    }[]
    artifacts: { location: { uri: string }; parentIndex?: number; offset?: number; length: number }[]
    invocations: { executionSuccessful: boolean; toolExecutionNotifications: { level: string; message: { text: string } }[] }[]
    tool: { driver: { rules: { id: string }[] } }
  }[]
}

function write(...lines: ScanLine[]): Log {
  const log = sarifLog('0.0.0')
  return JSON.parse(lines.map((line) => log.line(line)).join('') + log.end()) as Log
}

describe('a SARIF log', () => {
  it('keeps the published structure, whatever was scanned', () => {
    const unread = scanLine('gone', undefined, { schema: 'vedette.scan/2', outcome: 'not-scanned', reason: { code: 'crash', detail: 'it ended' } })
    for (const lines of [[], [lineOf('a b:c/ü#?.docx', both)], [lineOf('/tmp/x.doc', equation), lineOf('locked.zip', locked), unread, lineOf('a', both)]])
      expect(sarifFaults(write(...lines))).toEqual([])
    // Control: the checks find what is wrong.
    const broken = write(lineOf('a', both))
    broken.runs[0]!.artifacts.pop()
    broken.runs[0]!.results[0]!.level = 'high'
    expect(sarifFaults({ ...broken, extra: 1 }).length).toBeGreaterThan(1)
  })

  it('has a result for each place of a proof, at its bytes in the object inside', () => {
    const { results, artifacts, tool } = write(lineOf('other.doc', equation), lineOf('both.docx', both)).runs[0]!
    const { seen } = scanBytes(both).verdict
    const ofBoth = results.slice(results.length - seen.length)
    expect(ofBoth.map(({ message }) => message.text)).toEqual(seen.map(({ why }) => why))
    const named = ofBoth.find(({ ruleId }) => ruleId === 'CVE-2017-11882')!
    expect(named.level).toBe('error')
    const { artifactLocation, region } = named.locations[0]!.physicalLocation
    expect(region).toMatchObject({ byteOffset: 38 })
    const chain: string[] = []
    for (let at: number | undefined = artifactLocation.index; at !== undefined; at = artifacts[at]!.parentIndex) chain.push(artifacts[at]!.location.uri)
    expect(chain.at(-1)).toBe('both.docx')
    expect(chain.slice(0, -1).join(' ')).toContain('word/embeddings/a.bin')
    expect(tool.driver.rules.map(({ id }) => id)).toContain('vba-autoexec')
  })

  it('says what was not examined, and whether all could be scanned', () => {
    const [locking] = write(lineOf('locked.zip', locked)).runs[0]!.invocations
    expect(locking).toMatchObject({ executionSuccessful: true, toolExecutionNotifications: [{ level: 'warning' }] })
    expect(locking!.toolExecutionNotifications[0]!.message.text).toMatch(/^Not examined: what is encrypted/)
    const gone = scanLine('gone', undefined, { schema: 'vedette.scan/2', outcome: 'not-scanned', reason: { code: 'unreadable', detail: 'no such file' } })
    expect(write(gone).runs[0]!.invocations[0]).toMatchObject({ executionSuccessful: false, toolExecutionNotifications: [{ level: 'error' }] })
  })
})
