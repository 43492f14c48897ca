import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WEAK_FENCE } from '#scanner/jail/fence.ts'
import { ScanLine } from '#scanner/verdict/contract.ts'
import { buildDocx, buildVba, buildZip, equationObject, fontRecord } from '#test/harness/documents.ts'

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

  it('names the CVE and the reason for a person, and lets no file name speak to the terminal', () => {
    expect(scan(path('exploit.doc')).stdout).toMatch(/^attempted {7}.*CVE-2017-11882\n {4}A font name of 48 bytes/)
    writeFileSync(path('a\u001b[2Jb.doc'), 'text')
    expect(scan(path('a\u001b[2Jb.doc')).stdout).not.toContain('\u001b')
  })
})
