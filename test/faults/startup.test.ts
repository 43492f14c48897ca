import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort, startInstance } from '#test/harness/instance.ts'

/** One sentence on standard error, nothing else, and exit code 1. */
function refusal(env: NodeJS.ProcessEnv, args = ['start'], command = 'bin/vedette') {
  const run = spawnSync(command, args, { env: { PATH: process.env.PATH, ...env }, encoding: 'utf8', timeout: 60_000 })
  const sentence = run.stderr.split('\n').filter((line) => line.startsWith('vedette: '))
  return { status: run.status, sentence: sentence.join('\n'), stack: /\n\s+at /.test(run.stderr + run.stdout) }
}

describe('a start that cannot succeed', () => {
  let dir: string
  let port: number

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'vedette-startup-'))
    port = await freePort()
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))
  const env = (extra: NodeJS.ProcessEnv = {}) => ({ VEDETTE_DATA: join(dir, 'data'), VEDETTE_PORT: String(port), ...extra })

  it('says that the port is occupied', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const taken = (other.address() as { port: number }).port
    expect(refusal(env({ VEDETTE_PORT: String(taken) }))).toEqual({
      status: 1,
      stack: false,
      sentence: expect.stringMatching(`^vedette: Port ${taken} of 127.0.0.1 is taken .*\\.$`),
    })
    other.close()
  })

  it('says that the data folder cannot be used', () => {
    expect(refusal(env({ VEDETTE_DATA: '/dev/null/data' }))).toEqual({
      status: 1,
      stack: false,
      sentence: expect.stringMatching(/^vedette: The data folder .* cannot be used: .*\.$/),
    })
  })

  it('says that the server of DATABASE_URL cannot be reached', () => {
    expect(refusal(env({ DATABASE_URL: 'postgres://somebody@127.0.0.1:1/nothing' }))).toEqual({
      status: 1,
      stack: false,
      sentence: expect.stringMatching(/^vedette: The database in DATABASE_URL cannot be reached: .*\.$/),
    })
  })

  it.each([
    ['DATABASE_URL', 'mysql://localhost/x'],
    ['VEDETTE_PORT', '80a'],
    ['VEDETTE_PORT', '70000'],
    ['VEDETTE_URL', 'ftp://vedette.example'],
    ['VEDETTE_LOG_LEVEL', 'loud'],
    ['VEDETTE_TLS_CERT', '/tmp/cert.pem'],
  ])('names the setting that is wrong: %s=%s', (name, value) => {
    expect(refusal(env({ [name]: value }))).toEqual({ status: 1, stack: false, sentence: expect.stringMatching(`^vedette: .*${name}.*\\.$`) })
  })

  it('says that the disk is full, and leaves nothing that a later start stumbles over', async (context) => {
    const small = join(dir, 'small')
    mkdirSync(small)
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', small]).status !== 0) context.skip('mounting a small tmpfs is not allowed here')
    try {
      expect(refusal(env({ VEDETTE_DATA: join(small, 'data') }))).toEqual({
        status: 1,
        stack: false,
        sentence: expect.stringMatching(/^vedette: .*(full|No space left).*\.$/),
      })
      spawnSync('mount', ['-o', 'remount,size=600m', small])
      const instance = await startInstance('start', { VEDETTE_DATA: join(small, 'data') })
      await instance.ready()
      expect(await instance.end()).toBe(0)
      instance.remove()
    } finally {
      spawnSync('umount', [small])
    }
  })
})

describe('an instance that lost its master key', () => {
  it('refuses to start, names the file and makes no new key', async () => {
    const instance = await startInstance('start')
    await instance.ready()
    expect(statSync(join(instance.dataDir, 'keys', 'master.key')).mode & 0o777).toBe(0o600)
    expect(await instance.end()).toBe(0)
    rmSync(join(instance.dataDir, 'keys', 'master.key'))
    const { status, sentence, stack } = refusal(instance.env)
    expect({ status, stack }).toEqual({ status: 1, stack: false })
    expect(sentence).toMatch(/master\.key/)
    expect(existsSync(join(instance.dataDir, 'keys', 'master.key'))).toBe(false)
    instance.remove()
  }, 120_000)
})

describe('a second start on the same data folder', () => {
  it('says which process runs already', async () => {
    const instance = await startInstance('start')
    await instance.ready()
    const { status, sentence } = refusal({ ...instance.env, VEDETTE_PORT: String(await freePort()) })
    expect({ status, sentence }).toEqual({ status: 1, sentence: expect.stringMatching(`already runs on .* as process ${instance.pids('supervisor')[0]}`) })
    await instance.end()
    instance.remove()
  }, 120_000)
})

describe('a checkout without its own Node', () => {
  let checkout: string

  beforeAll(() => {
    checkout = mkdtempSync(join(tmpdir(), 'vedette-checkout-'))
    cpSync('bin', join(checkout, 'bin'), { recursive: true })
    mkdirSync(join(checkout, 'tools'))
    for (const tool of ['sh', 'dirname', 'readlink'])
      symlinkSync(`/bin/${tool}`.replace('/bin/', existsSync(`/bin/${tool}`) ? '/bin/' : '/usr/bin/'), join(checkout, 'tools', tool))
  })
  afterAll(() => rmSync(checkout, { recursive: true, force: true }))
  const run = () => refusal({ PATH: join(checkout, 'tools') }, ['config'], join(checkout, 'bin', 'vedette'))

  it('says that Node is missing', () => {
    expect(run()).toEqual({ status: 1, stack: false, sentence: expect.stringMatching(/^vedette: needs Node 24 or newer, and found none;/) })
  })

  it('says that Node is too old', () => {
    mkdirSync(join(checkout, 'node_modules'))
    writeFileSync(join(checkout, 'tools', 'node'), '#!/bin/sh\necho v20.20.2\n', { mode: 0o755 })
    expect(run()).toEqual({ status: 1, stack: false, sentence: expect.stringMatching(/^vedette: needs Node 24 or newer, and found v20\.20\.2;/) })
  })
})

describe('the command line', () => {
  it('starts under the checkout’s own Node 24 whichever node is on PATH', () => {
    const own = readdirSync('node_modules').some((name) => name.startsWith('node-linux-'))
    const run = spawnSync('bin/vedette', ['config', '--json'], { env: { PATH: '/usr/bin:/bin', VEDETTE_DATA: '/tmp/vedette-never-started' }, encoding: 'utf8' })
    expect(own).toBe(true)
    expect(run.status).toBe(0)
    const description = JSON.parse(run.stdout) as { settings: { name: string; value: string }[]; database: { socket: string } }
    expect(description.settings.find(({ name }) => name === 'VEDETTE_PORT')?.value).toBe('8080')
    expect(description.database.socket).toBe('/tmp/vedette-never-started/postgres/socket')
  })

  it('hides secrets in its settings', () => {
    const run = spawnSync('bin/vedette', ['config'], {
      env: { PATH: process.env.PATH, DATABASE_URL: 'postgres://admin:hunter2@db.example/x', VEDETTE_METRICS_TOKEN: 'opensesame' },
      encoding: 'utf8',
    })
    expect(run.status).toBe(0)
    expect(run.stdout).toContain('VEDETTE_METRICS_TOKEN=(hidden)')
    expect(run.stdout).not.toMatch(/hunter2|opensesame/)
  })

  it('answers a command that does not exist with exit code 2', () => {
    expect(spawnSync('bin/vedette', ['frobnicate']).status).toBe(2)
  })

  it('says that there is nothing to verify before the first start', () => {
    const run = refusal({ VEDETTE_DATA: '/tmp/vedette-never-started' }, ['log', 'verify'])
    expect(run).toEqual({ status: 1, stack: false, sentence: expect.stringMatching(/^vedette: There is no Vedette in /) })
  })
})
