import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { JoinedLine, ScanLine } from '#scanner/verdict/contract.ts'
import { CAPE_TOKEN, openCapeServer, type CapeServer, type Script } from '#test/harness/cape-server.ts'
import { testGuest } from '#test/harness/guest.ts'
import { onePage } from '#test/harness/one-page.ts'

const REPORT = JSON.parse(readFileSync('test/vectors/cape-report.json', 'utf8')) as object
const QUIET = {
  info: { timeout: true },
  behavior: { processes: [{ process_id: 4, process_name: 'AcroRd32.exe', parent_id: 1, first_seen: '2026-11-20 09:00:00', calls: [] }] },
}
const guest = await testGuest()
const folder = mkdtempSync(join(tmpdir(), 'vedette-scan-vm-'))
const document = join(folder, 'document.pdf')
const text = join(folder, 'text.txt')
writeFileSync(document, onePage('one'))
writeFileSync(text, 'text')
afterAll(() => rmSync(folder, { recursive: true }))

let server: CapeServer | undefined
afterEach(() => server?.close())

/** An instance whose environments are machines of a CAPE, in the outside world. */
async function instance(script: Script, macros = false): Promise<string> {
  server = await openCapeServer({ '%PDF': script })
  const data = mkdtempSync(join(folder, 'data-'))
  const environment = (age: string) => ({ name: `reader-${age}`, viewer: 'other', version: 'Reader 11', os: 'Windows 10', line: 'reader', age, macros })
  const environments = [environment('current'), environment('older')]
  writeFileSync(join(data, 'cape.json'), JSON.stringify({ url: server.url, token: CAPE_TOKEN, private_hosts: ['127.0.0.1'], environments }), { mode: 0o600 })
  return data
}

const nothing = () => mkdtempSync(join(folder, 'data-'))

function scan(data: string, ...args: string[]) {
  const child = spawn('bin/vedette', ['scan', ...args], { env: { PATH: process.env['PATH'], VEDETTE_DATA: data }, stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (piece: Buffer) => (stdout += String(piece)))
  child.stderr.on('data', (piece: Buffer) => (stderr += String(piece)))
  const ended = new Promise<{ code: number | null; signal: string | null; lines: object[]; stdout: string; stderr: string }>((resolve) =>
    child.on('close', (code, signal) => {
      const lines = args.includes('--json') ? stdout.split('\n').filter(Boolean) : []
      resolve({ code, signal, stdout, stderr, lines: lines.map((line) => JSON.parse(line) as object) })
    }),
  )
  return { ended, kill: () => child.kill('SIGINT'), stderr: () => stderr }
}

describe('vedette scan --vm', { timeout: 90_000 }, () => {
  it('joins what every environment showed, one line a file, and says on standard error how far it is', async () => {
    const data = await instance(() => ({ status: 'reported', report: REPORT }))
    const { code, lines, stderr } = await scan(data, '--vm', '--json', document).ended
    const line = JoinedLine.parse(lines[0])
    expect(lines).toHaveLength(1)
    expect(line).toMatchObject({ path: document, exploit: 'confirmed', basis: 'behaviour', seen: { structure: { type: 'pdf' } } })
    expect(line.environments.map(({ environment, showed }) => [environment.name, showed])).toEqual([
      ['reader-current', 'effect'],
      ['reader-older', 'effect'],
    ])
    // Nothing is claimed of what was seen once.
    expect(line.environments.map(({ runs }) => runs.length)).toEqual([2, 2])
    expect(stderr).toContain('document.pdf: opening it in reader-current (macros off) ...')
    expect(stderr).toMatch(/document\.pdf: 4 of 4, reader-\w+ \(macros off, again\): \w+ after [\d.]+ s, something was seen/)
    expect(code).toBe(1)
    expect(server!.tasks.size).toBe(0)
  })

  it('words of each environment that nothing was seen in it, and opens nothing that no environment opens', async () => {
    const data = await instance(() => ({ status: 'reported', report: QUIET }))
    const { code, stdout } = await scan(data, '--vm', '--env', 'reader-older', '--no-macros', document, text).ended
    expect(stdout).toContain('opened in     reader-older (Windows 10): Not seen in reader-older Reader 11 (not watched: ')
    expect(stdout).toContain('not checked   /: its behaviour in environments, because No environment opens files of this kind')
    expect(stdout).not.toMatch(/clean|safe|benign/i)
    expect(server!.made.map(({ fields }) => fields.get('machine') ?? fields.get('tags'))).toHaveLength(1)
    expect(code).toBe(0)
  })

  it('is the static answer that says so, and 3, where nothing opens it', async () => {
    const { code, lines, stderr } = await scan(nothing(), '--vm', '--json', document, text).ended
    expect(lines.map((line) => ScanLine.parse(line).verdict.not_checked)).toEqual([
      [{ path: '/', what: 'its behaviour in environments', why: 'No environment that opens it is installed.', reason: 'not-run' }],
      [{ path: '/', what: 'its behaviour in environments', why: 'No environment opens files of this kind.', reason: 'not-run' }],
    ])
    expect(stderr).toContain('vedette guest build makes them')
    expect(code).toBe(3)
    const data = await instance(() => ({ status: 'failed_analysis' }))
    const failed = await scan(data, '--vm', '--json', document).ended
    expect(failed.code).toBe(3)
    expect(JoinedLine.parse(failed.lines[0]).exploit).toBe('none-seen')
  })

  it.skipIf(guest.skipped !== undefined)('is the static answer that says so, and 3, where QEMU is missing', { timeout: 300_000 }, async () => {
    const data = nothing()
    if (guest.skipped === undefined) symlinkSync(dirname(guest.folder), join(data, 'guest'))
    const programs = join(folder, 'bin')
    // Hard links where the file system is the same one.
    if (spawnSync('cp', ['-al', '/usr/bin', programs]).status !== 0) spawnSync('cp', ['-a', '/usr/bin/.', programs])
    // In a mount namespace of its own the command finds every program of this host but one.
    const HIDE = 'rm "$0/$1" && shift && mount --bind "$0" /usr/bin && exec bin/vedette "$@"'
    const without = (program: string, ...args: string[]) =>
      spawnSync('unshare', ['-m', 'sh', '-c', HIDE, programs, program, ...args], { encoding: 'utf8', env: { PATH: process.env['PATH'], VEDETTE_DATA: data } })
    // The control: without another program the same command opens it.
    const opened = without('cmp', 'scan', '--vm', '--json', document)
    expect(JoinedLine.parse(JSON.parse(opened.stdout)).environments.map(({ showed }) => showed)).toEqual(['not-seen'])
    const { status, stdout, stderr } = without('qemu-system-x86_64', 'scan', '--vm', '--json', document)
    expect(ScanLine.parse(JSON.parse(stdout)).verdict.not_checked).toMatchObject([{ what: 'its behaviour in environments', reason: 'not-run' }])
    expect(stderr).toMatch(/Not used are .*poppler.*: qemu-system-x86_64 is not installed \(sudo apt-get .* qemu-system-x86\)/)
    expect(status).toBe(3)
  })

  it('ends what runs when it is asked to, and tells what was seen by then', async () => {
    const data = await instance(() => ({ status: 'running' }))
    const running = scan(data, '--vm', '--json', document, text)
    await expect.poll(running.stderr, { timeout: 60_000 }).toContain('opening it in reader-current')
    await expect.poll(() => server!.tasks.size, { timeout: 60_000 }).toBeGreaterThan(0)
    running.kill()
    const { signal, lines } = await running.ended
    expect(JoinedLine.parse(lines[0]).environments[0]).toMatchObject({ showed: 'undecided', runs: [{ end: 'killed' }] })
    expect(signal).toBe('SIGINT')
    expect(server!.tasks.size).toBe(0)
  })

  it('names an environment that is not there, and what goes with --vm alone', async () => {
    const data = await instance(() => ({ status: 'running' }))
    const [absent, misused] = await Promise.all([
      scan(data, '--vm', '--env', 'poppler-debian12', document).ended,
      scan(data, '--env', 'reader-older', '--no-macros', document).ended,
    ])
    expect([absent.code, absent.stdout]).toEqual([2, ''])
    expect(absent.stderr).toContain('There is no environment poppler-debian12. Of environments there are reader-current, reader-older.')
    expect([misused.code, misused.stderr]).toEqual([2, expect.stringContaining('--env and --no-macros can be used with --vm only')])
  })
})
