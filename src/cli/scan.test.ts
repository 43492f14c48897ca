import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkObject } from '#exchange/stix/check.ts'
import { VERSION } from '#platform/version.ts'
import { WEAK_FENCE } from '#scanner/jail/fence.ts'
import { ScanLine } from '#scanner/verdict/contract.ts'
import { buildDocx, buildVba, buildZip, equationObject, fontRecord } from '#test/harness/documents.ts'
import { scriptedPdf } from '#test/harness/documents/pdf-scripts.ts'
import { sarifFaults } from '#test/harness/sarif-check.ts'

let folder: string
const path = (name: string) => join(folder, name)

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vedette-scan-'))
  mkdirSync(path('many/inner'), { recursive: true })
  const harmless = buildDocx({ 'word/document.xml': '<w:document/>' })
  const macro = buildDocx({ 'word/vbaProject.bin': buildVba({ M: 'Sub AutoOpen()\r\nEnd Sub' }) })
  const files = {
    'harmless.docx': harmless,
    'macro.docm': macro,
    'exploit.doc': equationObject(fontRecord(Buffer.alloc(0x30, 0x41))),
    'locked.zip': buildZip([{ name: 'a', bytes: harmless, encrypted: true }]),
  }
  for (const [name, bytes] of Object.entries({ ...files, 'many/1.docx': harmless, 'many/inner/2.docm': macro, 'empty.doc': Buffer.alloc(0) }))
    writeFileSync(path(name), bytes)
  symlinkSync('/etc', path('many/link'))
  spawnSync('mkfifo', [path('pipe')])
})
afterAll(() => rmSync(folder, { recursive: true }))

function scan(...args: string[]) {
  const { status, stdout, stderr } = spawnSync('bin/vedette', ['scan', ...args], { encoding: 'utf8', env: { PATH: process.env['PATH'] } })
  return {
    status,
    stdout,
    stderr,
    lines: () =>
      stdout
        .trim()
        .split('\n')
        .map((line) => ScanLine.parse(JSON.parse(line))),
  }
}

describe('vedette scan', () => {
  it.each([
    ['harmless.docx', 0],
    ['macro.docm', 1],
    ['exploit.doc', 1],
    ['locked.zip', 0],
    ['absent.doc', 2],
    ['pipe', 2],
    ['empty.doc', 0],
  ])('of %s ends with %i', (name, status) => {
    expect(scan(path(name)).status).toBe(status)
  })

  it('ends with 2 when something could not be scanned at all, whatever was seen beside it', () => {
    expect(scan(path('locked.zip'), path('macro.docm'), path('harmless.docx')).status).toBe(1)
    expect(scan(path('absent.doc'), path('macro.docm')).status).toBe(2)
  })

  it('ends with 2 for wrong use and for an empty folder', () => {
    expect(scan().status).toBe(2)
    expect(scan('--no-such-option', path('harmless.docx')).status).toBe(2)
    mkdirSync(path('nothing'))
    expect(scan(path('nothing')).status).toBe(2)
  })

  it('prints one JSON line a file, in order, and follows no link inside a folder', () => {
    const { lines, stderr } = scan('--json', path('many'), path('absent.doc'))
    expect(lines().map((line) => [line.path, line.outcome])).toEqual([
      [path('many/1.docx'), 'complete'],
      [path('many/inner/2.docm'), 'complete'],
      [path('absent.doc'), 'not-scanned'],
    ])
    expect(lines().at(-1)).toMatchObject({
      sha256: null,
      size: null,
      verdict: { not_checked: [{ what: 'the whole file', why: 'no such file', reason: 'unreadable' }] },
    })
    expect(['', `${WEAK_FENCE}\n`]).toContain(stderr)
  })

  it('writes a SARIF log and a STIX bundle of the same answers', () => {
    const sarif = scan('--sarif', path('exploit.doc'), path('absent.doc'))
    expect(sarif.status).toBe(2)
    expect(sarifFaults(JSON.parse(sarif.stdout))).toEqual([])
    expect(sarif.stdout).toContain('CVE-2017-11882')
    const stix = scan('--stix', path('exploit.doc'), path('harmless.docx'))
    expect(stix.status).toBe(1)
    for (const object of (JSON.parse(stix.stdout) as { objects: object[] }).objects) expect(checkObject(object)).toEqual({ object })
    expect(scan('--json', '--stix', path('exploit.doc')).status).toBe(2)
  })

  it('tells what a file cost only where that is asked, and of its progress too', () => {
    const plain = scan('--json', path('macro.docm'))
    expect(plain.lines()[0]!.timings).toBeUndefined()
    expect(['', `${WEAK_FENCE}\n`]).toContain(plain.stderr)
    const asked = scan('--json', '--timings', '--progress', '--jobs', '1', path('macro.docm'))
    const { timings, ...rest } = asked.lines()[0]!
    expect(timings!.cpu_ms).toBeGreaterThan(0)
    expect(rest).toEqual(plain.lines()[0])
    expect(asked.stderr).toMatch(/^1 scanned, 0 with an exploit, 1 with a technique, 0 not scanned, \d+ s\n/m)
  })

  it.each(['0', '65', 'many', '-1', '1.5'])('refuses %s for the number of files at the same time', (jobs) => {
    expect(scan('--jobs', jobs, path('harmless.docx')).status).toBe(2)
  })

  it('says its version without loading the rest', () => {
    const { stdout, status } = spawnSync('bin/vedette', ['--version'], { encoding: 'utf8' })
    expect({ stdout, status }).toEqual({ stdout: `${VERSION}\n`, status: 0 })
  })

  it('scans files whose names are no text, and says what cannot be written', () => {
    mkdirSync(path('names'))
    writeFileSync(Buffer.concat([Buffer.from(path('names/')), Buffer.from([0x61, 0xff, 0x62])]), 'text')
    writeFileSync(path('names/two\nlines'), 'text')
    const { status, stdout } = scan(path('names'))
    expect({ status, names: stdout.split('\n').filter((line) => line.startsWith('none-seen')).length }).toEqual({ status: 0, names: 2 })
    const full = spawnSync('/bin/sh', ['-c', `bin/vedette scan ${path('harmless.docx')} > /dev/full`], { encoding: 'utf8' })
    expect(full.status).toBe(2)
    expect(full.stderr).toMatch(/^vedette: the output cannot be written: ENOSPC/m)
  })

  it('ends its readers when it is asked to end, and keeps passwords out of the list of processes', async () => {
    writeFileSync(path('slow.pdf'), scriptedPdf('for (;;) {}'))
    const files = Array.from({ length: 200 }, () => path('slow.pdf'))
    const child = spawn('bin/vedette', ['scan', '--jobs', '1', '--password', 'kept-secret', ...files], { stdio: ['ignore', 'pipe', 'ignore'] })
    await new Promise((resolve) => child.stdout.once('data', resolve))
    const all = () =>
      readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .flatMap((pid) => {
          try {
            const [, parent] = /\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
            return [{ pid: Number(pid), parent: Number(parent), command: readFileSync(`/proc/${pid}/cmdline`, 'utf8') }]
          } catch {
            return []
          }
        })
    const below = (pid: number): number[] => all().flatMap((one) => (one.parent === pid ? [one.pid, ...below(one.pid)] : []))
    const readers = below(child.pid!)
    expect(readers.length).toBeGreaterThan(0)
    expect(readFileSync(`/proc/${child.pid}/cmdline`, 'utf8')).not.toContain('kept-secret')
    const ended = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)))
    child.kill('SIGINT')
    expect(await ended).toBe('SIGINT')
    // One that has ended and that nobody has looked after yet has no command.
    await expect.poll(() => all().filter(({ pid, command }) => readers.includes(pid) && command !== '')).toEqual([])
  })

  it('matches rules of a folder, and refuses broken ones with file and line', () => {
    mkdirSync(path('rules/inner'), { recursive: true })
    writeFileSync(path('rules/inner/a.yar'), 'rule of_mine { meta: kind = "technique" strings: $a = "w:document" condition: $a }\n')
    const used = scan('--rules', path('rules'), path('harmless.docx'))
    expect(used.status).toBe(1)
    expect(used.stdout).toContain('Rule of_mine of rules matches.')
    writeFileSync(path('rules/b.yara'), '\nrule of_yours { condition: absent }\n')
    const refused = scan('--rules', path('rules'), path('harmless.docx'))
    expect(refused).toMatchObject({ status: 2, stdout: '' })
    expect(refused.stderr).toContain('rules/b.yara:2:28: unknown identifier `absent`')
    expect(scan('--rules', path('nowhere'), path('harmless.docx')).status).toBe(2)
  })

  it('names the CVE and the reason for a person, and lets no file name speak to the terminal', () => {
    expect(scan(path('exploit.doc')).stdout).toMatch(
      /^attempted {7}.*CVE-2017-11882\n {2}CVE-2017-11882 A font name of 48 bytes.*\n {18}\/Equation Native at 0x26: MTEF FONT name length = 48, limit 40\n/,
    )
    expect(scan(path('exploit.doc'), path('macro.docm'), path('absent.doc')).stdout).toMatch(
      /\n\n3 files: 1 with an exploit \(CVE-2017-11882\), 1 with a technique only, 0 with none seen, 1 not scanned\n$/,
    )
    writeFileSync(path('a\u001b[2Jb.doc'), 'text')
    expect(scan(path('a\u001b[2Jb.doc')).stdout).not.toContain('\u001b')
  })
})
