import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { examinePrograms, installCommand, usualMode } from '#scanner/detonation/image/doctor.ts'

let folder: string
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'vedette-guest-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const environment = () => ({ PATH: process.env['PATH'], VEDETTE_DATA: join(folder, 'data') })
const vedette = (...args: string[]) => spawnSync('bin/vedette', ['guest', ...args], { encoding: 'utf8', env: environment() })

describe('vedette guest', () => {
  it.each([
    [['build', '--env', 'nonesuch'], 2, 'poppler-debian12'],
    [['build', '--mirror', 'ftp://example.org'], 2, 'no http or https address'],
    [['build', '--mode', 'fast'], 2, 'root, unshare'],
    [['build', '--lock', '/nonexistent'], 1, '/nonexistent cannot be read'],
    [['build', '--lock', 'package.json'], 1, 'package.json is no manifest'],
  ] as const)('%j ends with %i and says why', (args, status, text) => {
    const said = vedette(...args)
    expect(said.stderr).toContain(text)
    expect(said.status).toBe(status)
    expect(said.stdout).toBe('')
  })

  it('doctor says what is missing and the one command for it', () => {
    const { status, stdout } = vedette('doctor', '--json')
    const { findings, commands } = JSON.parse(stdout) as { findings: { what: string; state: string; detail: string }[]; commands: string[] }
    expect(status).toBe(1)
    expect(findings.find(({ what }) => what === 'image poppler-debian12')).toMatchObject({ state: 'missing', detail: expect.stringContaining(folder) })
    for (const what of ['qemu-system-x86_64', 'bwrap', 'mmdebstrap', 'hardware virtualisation', 'limits of memory and processes', 'disk space'])
      expect(findings.map((finding) => finding.what)).toContain(what)
    expect(commands.at(-1)).toBe('vedette guest build')
    const shown = vedette('doctor').stdout
    for (const { what } of findings) expect(shown).toContain(what)
    expect(existsSync(join(folder, 'data'))).toBe(false)
  })

  it('names each missing package once, and nothing where all are there', () => {
    const lacking = examinePrograms('unshare').map((finding) => ({ ...finding, state: 'missing' as const }))
    expect(installCommand(lacking)).toBe(
      'sudo apt-get update && sudo apt-get install -y --no-install-recommends bubblewrap debian-archive-keyring e2fsprogs erofs-utils mmdebstrap perl-base qemu-system-x86 uidmap util-linux',
    )
    expect(installCommand(lacking.map((finding) => ({ ...finding, state: 'good' as const })))).toBeUndefined()
  })
})

const canBuild = !examinePrograms(usualMode()).some(({ state, for: use }) => state === 'missing' && use === 'build')

describe.skipIf(!canBuild)('vedette guest build', () => {
  it('from a mirror that is not there names it, and ends with 1', { timeout: 60_000 }, () => {
    const out = join(folder, 'absent')
    const said = vedette('build', '--out', out, '--env', 'poppler-debian12', 'mupdf-debian12', '--mirror', 'http://127.0.0.1:9', '--json')
    const { environments, absent } = JSON.parse(said.stdout) as { environments: unknown[]; absent: { name: string; why: string }[] }
    expect(environments).toEqual([])
    expect(absent.map(({ name }) => name)).toEqual(['poppler-debian12', 'mupdf-debian12'])
    expect(absent[0]!.why).toMatch(/http:\/\/127\.0\.0\.1:9.*(refused|connect)/i)
    expect(said.stderr).toMatch(/^\[ +\d+ s\] kernel: /m)
    expect(said.status).toBe(1)
  })

  it('ends with 130 on Ctrl-C, and leaves nothing half made', { timeout: 60_000 }, async () => {
    // A mirror that takes the connection and never answers.
    const silent = createServer(() => undefined).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const out = join(folder, 'cancelled')
    const mirror = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
    const child = spawn('bin/vedette', ['guest', 'build', '--out', out, '--mirror', mirror], { env: environment(), stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    child.stderr.on('data', (bytes) => (said += String(bytes)))
    await once(silent, 'connection')
    child.kill('SIGINT')
    const [code] = (await once(child, 'exit')) as [number]
    silent.close()
    expect([code, said]).toEqual([130, expect.stringContaining('nothing half made')])
    expect(readdirSync(out)).toEqual(['.lock'])
  })
})
