import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { Budget, Damaged, LIMITS, LimitReached } from '#scanner/intake/limits.ts'
import { buildCfb, buildVba, packVba } from '#test/harness/documents.ts'
import { buildVbaProject } from '#test/harness/documents/vba.ts'
import { openCfb } from './cfb.ts'
import { readVbaProjects } from './vba.ts'
import { readPcode } from './vba-pcode.ts'

const opens = [{ procedure: 'Document_Open' }, { text: 'WScript.Shell', call: 'CreateObject' }, { text: 'say "hello"' }]
const source = 'Sub Document_Open()\r\n  CreateObject("WScript.Shell").Run "say ""hello"""\r\nEnd Sub\r\n'
const projectOf = (bytes: Buffer) => readVbaProjects(openCfb(bytes, new Budget()), new Budget())[0]!
const techniques = (bytes: Buffer) => scanBytes(bytes).verdict.techniques.map(({ id }) => id)

describe('a VBA project', () => {
  it('shows what its directory says, and each module with source and p-code', () => {
    const { directory, modules, damage } = projectOf(buildVbaProject([{ name: 'Module1', source, pcode: opens, procedural: true }]))
    expect(damage).toEqual([])
    expect(directory).toMatchObject({ name: 'Project', version: '1500000000.7', references: ['stdole'], codePage: 1252, wide: false })
    expect(modules).toMatchObject([{ name: 'Module1', kind: 'procedural', source: expect.stringContaining('Document_Open') }])
    expect(modules[0]!.pcode).toEqual({
      procedures: ['Document_Open'],
      literals: ['WScript.Shell', 'say "hello"'],
      listing: 'Sub Document_Open\n"WScript.Shell" CreateObject(\n"say ""hello"""',
    })
  })

  it('whose source and p-code agree is not called stomped', () => {
    expect(techniques(buildVbaProject([{ name: 'ThisDocument', source, pcode: opens }]))).toEqual(['vba-autoexec'])
  })

  it('whose source was replaced shows what the p-code runs', () => {
    const report = scanBytes(buildVbaProject([{ name: 'ThisDocument', source: 'Sub Nothing()\r\nEnd Sub\r\n', pcode: opens }]))
    expect(report.verdict.techniques).toMatchObject([
      { id: 'vba-autoexec', severity: 'high', why: expect.stringContaining('creates objects') },
      { id: 'vba-stomping', attack: ['T1564.007', 'T1059.005'] },
    ])
    expect(report.verdict.seen.filter(({ field }) => field === 'p-code, not in the source').map(({ value }) => value)).toEqual([
      'Document_Open',
      'WScript.Shell',
      'say "hello"',
    ])
  })

  it('whose source is gone shows what the p-code runs', () => {
    expect(techniques(buildVbaProject([{ name: 'ThisDocument', pcode: opens }]))).toEqual(['vba-autoexec', 'vba-stomping'])
  })

  it('whose directory is damaged still shows the source of its modules', () => {
    const whole = buildVba({ ThisDocument: source })
    const cfb = openCfb(whole, new Budget())
    const at = whole.indexOf(cfb.read(cfb.find(['VBA', 'dir'])!))
    const broken = Buffer.from(whole)
    broken[at] = 0x7f
    const { modules, damage, directory } = projectOf(broken)
    expect([directory, modules.map(({ name }) => name), damage]).toEqual([undefined, ['ThisDocument'], ['dir: no compressed VBA container']])
  })

  it('shows the texts of its forms, which count for what the code can do', () => {
    const form = [
      { path: ['UserForm1', 'f'], bytes: Buffer.alloc(40, 1) },
      { path: ['UserForm1', 'o'], bytes: Buffer.concat([Buffer.alloc(8), Buffer.from('powershell -w hidden'), Buffer.alloc(8)]) },
    ]
    const bytes = buildVbaProject([{ name: 'ThisDocument', source: 'Sub Document_Open()\r\nEnd Sub\r\n' }], form)
    expect(projectOf(bytes).forms).toEqual([{ path: ['UserForm1', 'o'], texts: ['powershell -w hidden'] }])
    expect(scanBytes(bytes).verdict.techniques[0]!.why).toContain('runs PowerShell')
  })

  it('tells an open project from a locked one and from one that nobody can open', () => {
    // The entries of MS-OVBA 3.1.2 and 3.1.3: no password, all to be seen.
    const dpb = 'DPB="282A84CBA1CBA1345FCCB154E20721DE77F7D2378D0EAC90427A22021A46E9CE6F17188A"\r\nGC="BAB816BBF4BCF4BCF4"'
    const open = 'CMG="0705D8E3D8EDDBF1DBF1DBF1DBF1"\r\nDPB="0E0CD1ECDFF4E7F5E7F5E7"\r\nGC="1517CAF1D6F9D7F9D706"'
    const protection = (text: string) => projectOf(buildVbaProject([{ name: 'M', source: '' }], [{ path: ['PROJECT'], bytes: Buffer.from(text) }])).protection
    expect([protection(open), protection(dpb), protection('GC="00"\r\nDPB="00"'), protection('ID="{}"')]).toEqual(['none', 'locked', 'unviewable', 'none'])
  })
})

describe('p-code of a hostile file', () => {
  const project = { version: 0x97, bigEndian: false, wide: false, names: [], decode: (bytes: Buffer) => bytes.toString('latin1') }
  const cfb = openCfb(buildVbaProject([{ name: 'M', source, pcode: opens }]), new Budget())
  const stream = cfb.read(cfb.find(['VBA', 'M'])!)

  it('is read as far as it goes at every length', () => {
    for (let length = 0; length <= stream.length; length++) readPcode(stream.subarray(0, length), project, new Budget())
  })

  it('whose lines lie over each other ends with a reason instead of being read again and again', () => {
    const lines = 60_000
    const cache = Buffer.alloc(0x10100 + lines * 12)
    cache.writeUInt32LE(0x80 - 0x3c, 0x19)
    cache.writeUInt16LE(0xcafe, 0x80)
    cache.writeUInt16LE(lines, 0x84)
    for (let i = 0; i < lines; i++) cache.writeUInt16LE(0xfff0, 0x86 + i * 12 + 4)
    const budget = new Budget({ ...LIMITS, steps: 1_500_000 })
    expect(readPcode(cache, project, budget)).toMatchObject({ stopped: 'lines of p-code overlap' })
  })

  test.prop([fc.array(fc.tuple(fc.nat({ max: stream.length - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 8 })], { numRuns: 300 })(
    'with changed bytes yields something or nothing',
    (changes) => {
      const copy = Buffer.from(stream)
      for (const [at, value] of changes) copy[at] = value
      try {
        readPcode(copy, project, new Budget({ ...LIMITS, steps: 200_000 }))
      } catch (error) {
        expect(error).toBeInstanceOf(LimitReached)
      }
    },
  )
})

describe('a whole project of a hostile file', () => {
  const whole = buildVbaProject([{ name: 'M', source, pcode: opens }], [{ path: ['PROJECT'], bytes: Buffer.from('GC="1517CAF1D6F9D7F9D706"') }])
  const read = (bytes: Buffer) => {
    try {
      readVbaProjects(openCfb(bytes, new Budget()), new Budget())
    } catch (error) {
      if (!(error instanceof Damaged)) throw error
    }
  }

  it('is read as far as it goes at every length', () => {
    for (let length = 0; length <= whole.length; length += 7) read(whole.subarray(0, length))
  })

  test.prop([fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 12 })], { numRuns: 200 })(
    'with changed bytes yields something or nothing',
    (changes) => {
      const copy = Buffer.from(whole)
      for (const [at, value] of changes) copy[at] = value
      read(copy)
    },
  )
})

it('a directory that packs nothing but its start is no project', () => {
  const bytes = buildCfb([{ path: ['VBA', 'dir'], bytes: packVba(Buffer.from([1, 0])) }])
  expect(projectOf(bytes)).toMatchObject({ modules: [], damage: [] })
})
