import { describe, expect, it } from 'vitest'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { buildDocx, buildVba, buildZip, equationObject, fontRecord } from '#test/harness/documents.ts'
import { joinedWords, verdictSentence, verdictWords } from './verdict-words.ts'

const exploit = scanBytes(equationObject(fontRecord(Buffer.alloc(0x30, 0x41))))
const technique = scanBytes(buildDocx({ 'word/vbaProject.bin': buildVba({ M: 'Sub AutoOpen()\r\nEnd Sub' }) }))
const nothing = scanBytes(buildDocx({ 'word/document.xml': '<w:document/>' }))
const locked = scanBytes(buildZip([{ name: 'a', bytes: Buffer.from('x'), encrypted: true }]))
const unread = { schema: 'vedette.scan/2', outcome: 'not-scanned', reason: { code: 'limit', limit: 'cpu', detail: 'more than 60 s' } } as const
const words = (report: typeof exploit) => verdictWords({ state: 'done', outcome: report.outcome, exploit: report.verdict.exploit }).words

describe('the verdict in words', () => {
  it('says what was seen', () => {
    expect([exploit, technique, nothing, locked].map(words)).toEqual(['Exploit attempted', 'Technique only', 'None seen', 'None seen, in part'])
    expect(verdictSentence(exploit)).toBe('It holds everything that it takes to exploit CVE-2017-11882.')
    expect(verdictSentence(unread)).toBe('There is no verdict: the file could not be examined.')
    expect(verdictWords({ state: 'queued', outcome: null, exploit: null }).words).toBe('Not yet')
    expect(verdictWords({ state: 'failed', outcome: null, exploit: null }).words).toBe('No verdict')
  })

  it('is not a quiet one where a viewer crashed, and none before environments have answered', () => {
    const submission = { state: 'done', outcome: 'complete', exploit: 'none-seen' } as const
    expect(joinedWords(submission, ['not-seen', 'crash']).words).toBe('None proven, but it crashed')
    expect(verdictSentence(nothing, 'none-seen', ['crash'])).toContain('a viewer crashed')
    expect(joinedWords(submission, ['not-seen']).words).toBe('None seen')
    expect(verdictSentence(nothing, 'none-seen', ['undecided'])).toContain('Not every environment')
    expect(verdictSentence(nothing, 'none-seen', [], true)).toContain('still being opened')
    expect(verdictWords({ ...submission, state: 'detonating' }).words).toBe('None seen yet')
  })

  it('never calls anything clean or safe', () => {
    for (const report of [exploit, technique, nothing, locked])
      expect(`${words(report)} ${verdictSentence(report)}`).not.toMatch(/clean|safe|benign|harmless|virus/i)
  })
})
