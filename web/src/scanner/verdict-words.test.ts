import { describe, expect, it } from 'vitest'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { buildDocx, buildVba, buildZip, equationObject, fontRecord } from '#test/harness/documents.ts'
import { joinedWords, verdictSentence, verdictWords, type Judged } from './verdict-words.ts'

const exploit = scanBytes(equationObject(fontRecord(Buffer.alloc(0x30, 0x41))))
const technique = scanBytes(buildDocx({ 'word/vbaProject.bin': buildVba({ M: 'Sub AutoOpen()\r\nEnd Sub' }) }))
const nothing = scanBytes(buildDocx({ 'word/document.xml': '<w:document/>' }))
const locked = scanBytes(buildZip([{ name: 'a', bytes: Buffer.from('x'), encrypted: true }]))
const unread = { schema: 'vedette.scan/2', outcome: 'not-scanned', reason: { code: 'limit', limit: 'cpu', detail: 'more than 60 s' } } as const
const watched = { state: 'watched', why: null } as const
const heldBack = { state: 'held', why: 'Held.' } as const
const inPart = { state: 'in-part', why: 'Not everywhere.' } as const
const detonating = { state: 'detonating', why: 'Not yet.' } as const
const words = (report: typeof exploit, behaviour: Judged['behaviour'] = watched) =>
  verdictWords({ state: 'done', outcome: report.outcome, exploit: report.verdict.exploit, behaviour }).words

describe('the verdict in words', () => {
  it('says what was seen', () => {
    expect([exploit, technique, nothing, locked].map((report) => words(report))).toEqual([
      'Exploit attempted',
      'Technique only',
      'None seen',
      'None seen, in part',
    ])
    expect(verdictSentence(exploit)).toBe('It holds everything that it takes to exploit CVE-2017-11882.')
    expect(verdictSentence(unread)).toBe('There is no verdict: the file could not be examined.')
    expect(verdictWords({ state: 'queued', outcome: null, exploit: null, behaviour: null }).words).toBe('Not yet')
    expect(verdictWords({ state: 'failed', outcome: null, exploit: null, behaviour: null }).words).toBe('No verdict')
  })

  it('is not a quiet one where a viewer crashed, and none before environments have answered', () => {
    const submission = { state: 'done', outcome: 'complete', exploit: 'none-seen', behaviour: watched } as const
    expect(joinedWords(submission, ['not-seen', 'crash']).words).toBe('None proven, but it crashed')
    expect(verdictSentence(nothing, 'none-seen', ['crash'])).toContain('a viewer crashed')
    expect(joinedWords(submission, ['not-seen']).words).toBe('None seen')
    expect(verdictSentence(nothing, 'none-seen', ['undecided'])).toContain('Not every environment')
    expect(verdictSentence({ ...nothing, behaviour: detonating }, 'none-seen')).toContain('still being opened')
    expect(verdictWords({ ...submission, state: 'detonating' }).words).toBe('None seen yet')
  })

  it('is none where the operator holds back what environments showed, unless the bytes have more to say', () => {
    expect([exploit, technique, nothing, locked].map((report) => words(report, heldBack))).toEqual(['Exploit attempted', 'Held back', 'Held back', 'Held back'])
    for (const report of [exploit, technique, nothing, locked]) {
      const sentence = verdictSentence({ ...report, behaviour: heldBack })
      expect(sentence).toContain('What environments showed is held back.')
      expect(sentence).not.toContain('exploits no vulnerability')
    }
  })

  it('is one in part where not every environment that was planned for has opened it', () => {
    expect([technique, nothing].map((report) => words(report, inPart))).toEqual(['Technique only', 'None seen, in part'])
    expect(verdictSentence({ ...nothing, behaviour: inPart })).toContain('Not every environment')
    expect(verdictWords({ state: 'failed', outcome: 'complete', exploit: 'none-seen', behaviour: inPart }).words).toBe('None seen, in part')
    // A viewer that crashed is the louder word.
    expect(joinedWords({ state: 'done', outcome: 'complete', exploit: 'none-seen', behaviour: inPart }, ['crash']).words).toBe('None proven, but it crashed')
  })

  it('never calls anything clean or safe', () => {
    for (const report of [exploit, technique, nothing, locked])
      expect(`${words(report)} ${verdictSentence(report)}`).not.toMatch(/clean|safe|benign|harmless|virus/i)
  })
})
