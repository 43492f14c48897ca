import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { Detonation } from '#scanner/detonation/contract.ts'
import { CAPE_TOKEN, openCapeServer, type CapeServer, type Script } from '#test/harness/cape-server.ts'

const REPORT = JSON.parse(readFileSync('test/vectors/cape-report.json', 'utf8')) as object
const folder = mkdtempSync(join(tmpdir(), 'vedette-detonate-'))
const document = join(folder, 'document.docx')
afterAll(() => rmSync(folder, { recursive: true }))

let server: CapeServer | undefined
afterEach(() => server?.close())

/** An instance whose only environment is a machine of a CAPE, which does with every document as the script says. */
async function instance(word: string, script: Script): Promise<string> {
  server = await openCapeServer({ [word]: script })
  writeFileSync(document, word)
  const data = mkdtempSync(join(folder, 'data-'))
  const environment = { name: 'office-windows10', viewer: 'other', version: 'Office 16', os: 'Windows 10', line: 'office', age: 'older', macros: true }
  writeFileSync(join(data, 'cape.json'), JSON.stringify({ url: server.url, token: CAPE_TOKEN, private_hosts: ['127.0.0.1'], environments: [environment] }), {
    mode: 0o600,
  })
  return data
}

function detonate(data: string, ...args: string[]) {
  const child = spawn('bin/vedette', ['detonate', document, ...args], {
    env: { PATH: process.env['PATH'], VEDETTE_DATA: data },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (text: Buffer) => (stdout += String(text)))
  child.stderr.on('data', (text: Buffer) => (stderr += String(text)))
  const ended = new Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }>((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr })),
  )
  return { ended, kill: () => child.kill('SIGINT'), stderr: () => stderr }
}

describe('vedette detonate', { timeout: 60_000 }, () => {
  it('tells what happened as one line of JSON, and that something was seen by its code', async () => {
    const data = await instance('macro', () => ({ status: 'reported', report: REPORT }))
    const { code, stdout, stderr } = await detonate(data, '--env', 'office-windows10', '--json').ended
    const seen = Detonation.parse(JSON.parse(stdout))
    expect(stdout.trim().split('\n')).toHaveLength(1)
    expect(seen.signals).toContainEqual(expect.objectContaining({ id: 'unexpected-process', weight: 'effect' }))
    expect(code).toBe(1)
    expect(stderr).toContain('Opening it in office-windows10 ...')
    expect(server!.tasks.size).toBe(0)
  })

  it('says in sentences that nothing was seen, and of what environment', async () => {
    const behavior = { processes: [{ process_id: 4, process_name: 'WINWORD.EXE', parent_id: 1, first_seen: '2026-11-20 09:00:00', calls: [] }] }
    const data = await instance('plain', () => ({ status: 'reported', report: { info: { timeout: true }, behavior } }))
    const { code, stdout, stderr } = await detonate(data, '--env', 'office-windows10', '--reduce', join(folder, 'smaller')).ended
    expect(stderr).toContain('It did not crash, so nothing was reduced.')
    expect(stdout).toMatch(/^idle +.*document\.docx in office-windows10 \(Office 16, Windows 10\)/)
    expect(stdout).toContain('Nothing that an exploit does was seen in office-windows10 (Office 16).')
    expect(stdout).not.toMatch(/clean|safe|benign/i)
    expect(code).toBe(0)
  })

  it('is 2 where it was not opened to its end', async () => {
    const data = await instance('plain', () => ({ status: 'failed_analysis' }))
    const { code, stdout } = await detonate(data, '--env', 'office-windows10').ended
    expect(stdout).toContain('that nothing was seen says nothing')
    expect(code).toBe(2)
  })

  it('names the environments that are there where it has not the one that was asked for', async () => {
    const data = await instance('plain', () => ({ status: 'reported', report: REPORT }))
    const { code, stdout, stderr } = await detonate(data, '--env', 'poppler-debian12').ended
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('It was not opened: there is no environment poppler-debian12. Of environments there are office-windows10.')
  })

  it('says that there is none on a host without environments, and what makes them', async () => {
    writeFileSync(document, 'plain')
    const { code, stderr } = await detonate(mkdtempSync(join(folder, 'data-')), '--env', 'poppler-debian12').ended
    expect(stderr).toContain('none is installed; vedette guest build makes them')
    expect(code).toBe(2)
  })

  it('ends the run when it is asked to, and tells what was seen by then', async () => {
    const data = await instance('slow', () => ({ status: 'running' }))
    const running = detonate(data, '--env', 'office-windows10', '--json')
    await expect.poll(() => running.stderr(), { timeout: 30_000 }).toContain('CAPE: running')
    running.kill()
    const { signal, stdout } = await running.ended
    expect(JSON.parse(stdout)).toMatchObject({ end: 'killed', why_ended: 'it was cancelled' })
    expect(signal).toBe('SIGINT')
    expect(server!.tasks.size).toBe(0)
  })

  it('names what is wrong with its settings, its document and an image, and what it was given', async () => {
    const run = (data: string, ...args: string[]) =>
      spawnSync('bin/vedette', ['detonate', ...args], { encoding: 'utf8', env: { PATH: process.env['PATH'], VEDETTE_DATA: data } })
    const data = mkdtempSync(join(folder, 'data-'))
    expect(run(data, document).status).toBe(2)
    const absent = run(data, join(folder, 'absent.docx'), '--env', 'x')
    expect([absent.status, absent.stderr]).toEqual([2, expect.stringContaining('absent.docx cannot be opened: no such file.')])
    mkdirSync(join(data, 'guest', 'office'), { recursive: true })
    writeFileSync(join(data, 'guest', 'office', 'windows.json'), '{"schema":"vedette.windows/1"}')
    expect(run(data, document, '--env', 'x').stderr).toContain('windows.json does not describe an image: name:')
    writeFileSync(join(data, 'cape.json'), '{', { mode: 0o600 })
    expect(run(data, document, '--env', 'x')).toMatchObject({ status: 2, stderr: expect.stringContaining('cape.json is no JSON.') as string })
    expect(readdirSync(data).sort()).toEqual(['cape.json', 'guest'])
  })
})
