import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findSocketDir, makeSocketDir } from '#platform/db/socket-dir.ts'
import { StartupError } from '#platform/errors.ts'

describe('the folder of the socket', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'vedette-socket-'))
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))
  const cluster = (depth: number) => {
    const dir = join(root, ...Array.from({ length: depth }, () => 'a-rather-long-folder-name'), 'cluster')
    mkdirSync(dirname(dir), { recursive: true })
    return dir
  }

  it('lies beside the cluster, closed to everybody else', () => {
    const dir = makeSocketDir(cluster(1))
    expect(dir).toBe(join(dirname(cluster(1)), 'socket'))
    expect(statSync(dir).mode & 0o777).toBe(0o700)
    expect(findSocketDir(cluster(1))).toBe(dir)
  })

  it('lies in the temporary folder under a name that nobody can foresee when the path is too long', () => {
    const deep = cluster(5)
    const dir = makeSocketDir(deep)
    expect(Buffer.byteLength(join(dir, '.s.PGSQL.5432'))).toBeLessThanOrEqual(107)
    expect(statSync(dir).mode & 0o777).toBe(0o700)
    expect([findSocketDir(deep), makeSocketDir(deep)]).toEqual([dir, dir])
    rmSync(dir, { recursive: true })
    expect(makeSocketDir(deep)).not.toBe(dir)
    rmSync(findSocketDir(deep)!, { recursive: true })
  })

  it('is refused when others may enter it, or when it is a link', () => {
    const dir = makeSocketDir(cluster(1))
    chmodSync(dir, 0o755)
    expect(() => findSocketDir(cluster(1))).toThrow(StartupError)
    rmSync(dir, { recursive: true })
    symlinkSync(root, dir)
    expect(() => makeSocketDir(cluster(1))).toThrow(StartupError)
  })

  it.skipIf(process.getuid?.() !== 0)('is refused when it belongs to another account than the cluster', () => {
    const dir = makeSocketDir(cluster(1))
    spawnSync('chown', ['1', dir])
    expect(() => findSocketDir(cluster(1))).toThrow(StartupError)
    expect(() => makeSocketDir(cluster(1))).toThrow(StartupError)
  })

  it.skipIf(process.getuid?.() !== 0)('is found by root when the whole instance belongs to an ordinary account', () => {
    const dir = makeSocketDir(cluster(1))
    spawnSync('chown', ['1000', dirname(cluster(1)), dir])
    expect(findSocketDir(cluster(1))).toBe(dir)
  })

  it.skipIf(process.getuid?.() !== 0)('is made anew when somebody took its name in the temporary folder', () => {
    const deep = cluster(5)
    const dir = makeSocketDir(deep)
    spawnSync('chown', ['65534', dir])
    expect(() => findSocketDir(deep)).toThrow(StartupError)
    const other = makeSocketDir(deep)
    expect(other).not.toBe(dir)
    expect(findSocketDir(deep)).toBe(other)
    for (const folder of [dir, other]) rmSync(folder, { recursive: true })
  })
})

/** Root where user namespaces are forbidden, as in many containers: no `unshare` can be found. */
describe.skipIf(process.getuid?.() !== 0)('the embedded server as root without user namespaces (skipped for other accounts)', () => {
  it('runs as nobody, in folders that it can reach', { timeout: 60_000 }, () => {
    const dir = mkdtempSync(join(tmpdir(), 'vedette-nobody-'))
    chmodSync(dir, 0o755)
    const source = `import { openEmbedded } from './src/platform/db/server.ts'; const server = await openEmbedded(process.argv[1], ['fsync=off']); await server.embedded.stop(); console.log('ran')`
    const start = (data: string) =>
      spawnSync(process.execPath, ['--input-type=module', '-e', source, join(data, 'postgres', 'cluster')], { encoding: 'utf8', env: { PATH: '/nonexistent' } })
    mkdirSync(join(dir, 'data'), { mode: 0o700 })
    const run = start(join(dir, 'data'))
    expect(run.stderr + run.stdout).toContain('ran')
    expect(statSync(join(dir, 'data', 'postgres', 'cluster')).uid).toBe(65534)
    const closed = join(dir, 'closed')
    mkdirSync(join(closed, 'data'), { recursive: true })
    chmodSync(closed, 0o700)
    expect(start(join(closed, 'data')).stderr).toMatch(/StartupError: PostgreSQL refuses to run as root, and the account nobody cannot reach/)
    expect(existsSync(join(closed, 'data', 'postgres', 'cluster'))).toBe(false)
    rmSync(dir, { recursive: true, force: true })
  })
})
