import { afterEach, describe, expect, it } from 'vitest'
import { loadRules, ownRules, RulesUnreadable } from '#scanner/rules/load-rules.ts'
import type { RuleSet } from '#scanner/rules/rule-set.ts'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { ScanReport } from '#scanner/verdict/contract.ts'
import { buildDocx, buildVba, equationObject, fontRecord } from '#test/harness/documents.ts'
import { JAIL_LIMITS } from './pool.ts'
import { findEngines, openRulePool, type RulePool, type RulePoolOptions } from './rule-pool.ts'

const macro = buildDocx({ 'word/vbaProject.bin': buildVba({ ThisDocument: 'Sub Quiet()\r\n  x = "needle in the code"\r\nEnd Sub' }) })
const setOf = (...texts: string[]): RuleSet => ({ name: 'mine', files: texts.map((text, n) => ({ name: `${n}.yar`, text })) })
const NEEDLE = 'rule needle { meta: description = "A needle" strings: $n = "needle in" condition: $n }'
let pool: RulePool | undefined
afterEach(() => pool?.close())

function open(set: RuleSet, options: Partial<RulePoolOptions> = {}): RulePool {
  pool?.close()
  pool = openRulePool({ processes: 1, sets: [set], ...options })
  return pool
}

async function scan(rules: string, bytes = macro, options: Partial<RulePoolOptions> = {}) {
  return ScanReport.parse(await open(setOf(rules), options).add(scanBytes(bytes), bytes, []))
}

const ENGINES = { native: findEngines(), portable: { ...findEngines(), native: undefined } }

describe('rules', () => {
  it('match in objects inside, decoded, and say where', async () => {
    const { verdict, outcome } = await scan(NEEDLE)
    expect({ exploit: verdict.exploit, outcome }).toEqual({ exploit: 'none-seen', outcome: 'complete' })
    const note = verdict.notes.find(({ id }) => id === 'yara')!
    expect(note).toMatchObject({ severity: 'info', why: 'Rule needle of mine matches: A needle.' })
    const places = note.findings.map((index) => verdict.seen[index])
    expect(places).toContainEqual(
      expect.objectContaining({ path: '/word/vbaProject.bin!/VBA/ThisDocument', field: 'YARA rule needle', value: '$n', length: 9 }),
    )
  })

  it('are a technique where they say so, a CVE in them a candidate, and never an exploit', async () => {
    const rule = (meta: string) => `rule a { meta: ${meta} strings: $n = "needle" condition: $n }`
    const said = await scan(rule('kind = "technique" cve = "CVE-2017-11882" attack = "T1204.002, T1059" severity = "HIGH"'))
    expect(said.verdict).toMatchObject({
      exploit: 'technique-only',
      cve: [],
      candidates: [{ id: 'CVE-2017-11882' }],
      techniques: [{ id: 'yara', attack: ['T1204.002', 'T1059'], severity: 'high' }],
    })
    expect(said.verdict.reasons).toEqual(['Rule a of mine matches.'])
    // Beside a structure that is there the same name is no candidate.
    const exploit = equationObject(fontRecord(Buffer.from('needle'.padEnd(0x30, 'x'))))
    const named = await scan(rule('cve = "CVE-2017-11882"'), exploit)
    expect(named.verdict).toMatchObject({ exploit: 'attempted', cve: [{ id: 'CVE-2017-11882' }], candidates: [], notes: [{ id: 'yara' }] })
  })

  it.each([
    ['tlp = "TLP:AMBER+STRICT"', 'AMBER+STRICT'],
    ['tlp = "white"', 'CLEAR'],
    ['tlp = "company secret"', 'RED'],
    ['author = "me"', undefined],
  ])('give their marking to what they find: %s', async (meta, tlp) => {
    const { verdict } = await scan(`rule a { meta: ${meta} condition: true }`, Buffer.from('text'))
    expect(verdict.notes[0]!.tlp).toBe(tlp)
  })

  it.each(Object.entries(ENGINES))('are matched the same by the %s engine, private ones not told', async (name, engines) => {
    const rules = 'private rule hidden { condition: true } rule shown : t { meta: d = "x" n = 5 b = true strings: $a = "text" condition: hidden and $a }'
    const jail = open(setOf(rules), { engines })
    const answer = await jail.check()
    // On a system without a native build the portable one stands in for it.
    expect(answer).toEqual({ engine: engines.native === undefined ? 'portable' : name, faults: [] })
    const { verdict } = await jail.add(scanBytes(Buffer.from('a text')), Buffer.from('a text'), [])
    expect(verdict.notes.map(({ why }) => why)).toEqual(['Rule shown of mine matches.'])
    expect(verdict.seen).toMatchObject([{ path: '/', offset: 2, length: 4, value: '$a' }])
  })

  it.each(Object.entries(ENGINES))('that are broken are told by file, line and column by the %s engine', async (_, engines) => {
    const broken = open(setOf(NEEDLE, '\n\nrule b { condition: absent }', 'include "/etc/hostname"\n'), { engines })
    expect(await broken.check()).toMatchObject({
      faults: expect.arrayContaining([expect.objectContaining({ set: 'mine', file: '1.yar', line: 3, column: 21 })]),
    })
    // What an include names is not read.
    const including = await open(setOf('include "/etc/hostname"\n'), { engines }).check()
    expect(including).toMatchObject({ faults: [{ file: '0.yar', line: 1 }] })
  })

  it('that take too long leave the report as it was, and say so', async () => {
    const slow = 'rule a { condition: for all i in (0..4000000000) : (for all j in (0..4000000000) : (i + j >= 0)) }'
    const { verdict, outcome } = await scan(slow, macro, { limits: { ...JAIL_LIMITS, cpuMs: 700 } })
    expect(outcome).toBe('incomplete')
    expect(verdict.not_checked).toMatchObject([{ path: '/', what: 'YARA rules', reason: 'limit', limit: 'cpu' }])
    expect(verdict.reasons).toContain('A limit was reached: the rest was not examined.')
  })

  it('that match without end are cut, and say so', async () => {
    const many = Array.from({ length: 250 }, (_, n) => `rule r${n} { condition: true }`).join('\n')
    const { verdict } = await scan(many, Buffer.from('text'))
    expect(verdict.notes).toHaveLength(200)
    expect(verdict.not_checked).toMatchObject([{ what: 'YARA rules', why: 'more than 200 matches' }])
  })
})

describe('the rules that come with Vedette', () => {
  it('can be used, and match what they describe and no plain document', async () => {
    pool?.close()
    pool = openRulePool({ processes: 1, sets: [await ownRules()] })
    expect(await pool.check()).toMatchObject({ faults: [] })
    const line = Buffer.from(`powershell -enc ${'QQBB'.repeat(12)}`)
    const asked = await pool.add(scanBytes(line), line, [])
    expect(asked.verdict.notes.map(({ why }) => why)).toEqual([
      'Rule encoded_powershell of vedette matches: A command line hands PowerShell an encoded script.',
    ])
    const plain = scanBytes(macro)
    expect(await pool.add(plain, macro, [])).toEqual(plain)
  })

  it('are read from a folder that has some', async () => {
    await expect(loadRules('/nowhere')).rejects.toThrow(RulesUnreadable)
    await expect(loadRules('src/scanner/verdict')).rejects.toThrow('no file *.yar')
  })
})
