import { spawnSync } from 'node:child_process'
import { chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

const AGENT = join(import.meta.dirname, '../../../../guest/agent')
const can = process.getuid?.() === 0 && spawnSync('python3', ['--version']).status === 0
/** As `system.py` numbers the account of viewers. */
const VIEWER = 1000

describe.skipIf(!can)(can ? 'what a viewer left' : 'what a viewer left (root alone can give files to others)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-left-'))
  const at = (name: string) => join(folder, name)
  afterAll(() => rmSync(folder, { recursive: true }))

  const read = (path: string) =>
    spawnSync('python3', ['-B', '-c', 'import sys; from left import read_left; print(read_left(sys.argv[1], 4))', path], {
      cwd: AGENT,
      encoding: 'utf8',
      timeout: 10_000,
    }).stdout.trim()

  it('is read where it is a file of its account, and never where a name leads elsewhere', () => {
    mkdirSync(at('secret'))
    writeFileSync(at('secret/trace'), 'kernel')
    writeFileSync(at('page'), 'painted')
    for (const name of ['page', 'secret/trace']) chownSync(at(name), VIEWER, VIEWER)
    symlinkSync(at('secret/trace'), at('link'))
    // A folder that was exchanged leads to files that the viewer has not.
    writeFileSync(at('secret/agent'), 'root')
    symlinkSync(at('secret'), at('folder'))
    spawnSync('mkfifo', [at('pipe')])
    chownSync(at('pipe'), VIEWER, VIEWER)
    expect(['page', 'link', 'folder/agent', 'pipe', 'secret', 'none'].map((name) => read(at(name)))).toEqual([
      "b'pain'",
      'None',
      'None',
      'None',
      'None',
      'None',
    ])
  })
})
