import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StartupError } from '#platform/errors.ts'
import { checkInstance, loadKeys, logPublicKey } from '#platform/crypto/keys.ts'
import { openDatabase, type Database } from '#platform/db/database.ts'
import { freshDatabase, type TestDatabase } from '#test/harness/database.ts'

const NOW = new Date('2026-11-22T12:00:00Z')
const root = mkdtempSync(join(tmpdir(), 'vedette-keys-'))
let folders = 0
const newFolder = () => {
  const dir = join(root, String(folders++))
  mkdirSync(dir)
  return dir
}
afterAll(() => rmSync(root, { recursive: true }))

describe('the keys folder', () => {
  it('gets both keys at the first start, readable by their owner only, and keeps them', () => {
    const keysDir = newFolder()
    const first = loadKeys({ keysDir })
    expect(first.master).toHaveLength(32)
    expect(first.log.asymmetricKeyType).toBe('ed25519')
    for (const name of readdirSync(keysDir)) expect(statSync(join(keysDir, name)).mode & 0o777).toBe(0o600)
    const second = loadKeys({ keysDir })
    expect(second.master.equals(first.master)).toBe(true)
    expect(logPublicKey(second).equals(logPublicKey(first))).toBe(true)
  })

  it('holds other keys in every instance', () => {
    expect(loadKeys({ keysDir: newFolder() }).masterId).not.toBe(loadKeys({ keysDir: newFolder() }).masterId)
  })

  it('gives processes that start at once the same keys', async () => {
    const script = `const { loadKeys, logPublicKey } = await import('#platform/crypto/keys.ts')
      const keys = loadKeys({ keysDir: process.argv[1] })
      process.stdout.write(keys.masterId + logPublicKey(keys).toString('hex'))`
    for (let round = 0; round < 3; round++) {
      const keysDir = newFolder()
      const run = async () => {
        const child = spawn(process.execPath, ['--input-type=module', '-e', script, keysDir], { stdio: ['ignore', 'pipe', 'inherit'] })
        return text(child.stdout)
      }
      const answers = await Promise.all([run(), run(), run(), run()])
      expect(answers[0]).toHaveLength(16 + 64)
      expect(new Set(answers).size).toBe(1)
      expect(readdirSync(keysDir).sort()).toEqual(['log.key.new', 'master.key.new'])
    }
  })

  const settled = () => {
    const keysDir = newFolder()
    loadKeys({ keysDir })
    for (const name of ['master.key', 'log.key']) {
      writeFileSync(join(keysDir, name), readFileSync(join(keysDir, `${name}.new`)), { mode: 0o600 })
      rmSync(join(keysDir, `${name}.new`))
    }
    return keysDir
  }

  it.each(['master.key', 'log.key'])('is refused when %s is open to others', (name) => {
    const keysDir = settled()
    expect(loadKeys({ keysDir }).master).toHaveLength(32)
    for (const mode of [0o640, 0o604, 0o644, 0o660, 0o777]) {
      chmodSync(join(keysDir, name), mode)
      expect(() => loadKeys({ keysDir })).toThrow(StartupError)
    }
    chmodSync(join(keysDir, name), 0o400)
    expect(loadKeys({ keysDir }).master).toHaveLength(32)
  })

  it.each([
    ['empty', ''],
    ['too short', `${'A'.repeat(42)}\n`],
    ['too long', `${'A'.repeat(44)}\n`],
    ['of two lines', `${'A'.repeat(43)}\n${'A'.repeat(43)}\n`],
    ['not base64url', `${'A'.repeat(42)}!\n`],
    ['in standard base64', `${Buffer.alloc(32, 0xfb).toString('base64')}\n`],
    ['with bits that no key has', `${'A'.repeat(42)}B\n`],
  ])('is refused when the master key is %s', (_what, content) => {
    const keysDir = settled()
    writeFileSync(join(keysDir, 'master.key'), content)
    expect(() => loadKeys({ keysDir })).toThrow(StartupError)
    expect(readFileSync(join(keysDir, 'master.key'), 'utf8')).toBe(content)
  })

  it.each([
    ['empty', ''],
    ['no PEM', 'key\n'],
    ['a key of another kind', '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VuBCIEIBh9jPWCHyhDFG46DQ3YYdnQGOd9rWcxZ9fRsUUpY9Zl\n-----END PRIVATE KEY-----\n'],
  ])('is refused when the log key is %s', (_what, content) => {
    const keysDir = settled()
    writeFileSync(join(keysDir, 'log.key'), content)
    expect(() => loadKeys({ keysDir })).toThrow(StartupError)
  })

  it('is refused when a folder lies in the place of a key, or it is missing itself', () => {
    const keysDir = settled()
    rmSync(join(keysDir, 'master.key'))
    mkdirSync(join(keysDir, 'master.key'))
    expect(() => loadKeys({ keysDir })).toThrow(StartupError)
    expect(() => loadKeys({ keysDir: join(root, 'nowhere') })).toThrow(StartupError)
  })

  it('reveals nothing of a key in the refusal', () => {
    const keysDir = settled()
    const key = readFileSync(join(keysDir, 'master.key'), 'utf8').trim()
    writeFileSync(join(keysDir, 'master.key'), `${key}${key}`)
    expect.assertions(1)
    try {
      loadKeys({ keysDir })
    } catch (error) {
      expect((error as Error).message).not.toContain(key.slice(0, 8))
    }
  })
})

describe('an instance', () => {
  let fresh: TestDatabase
  let db: Database
  beforeEach(async () => {
    fresh = await freshDatabase()
    db = openDatabase(fresh.app, () => undefined)
  })
  afterEach(async () => {
    await db.close()
    await fresh.drop()
  })
  const start = async (keysDir: string, edition: 'live' | 'demo' = 'live') => {
    const keys = loadKeys({ keysDir })
    await checkInstance(db, keys, edition, NOW)
    return keys
  }

  it('starts again with the keys of its first start', async () => {
    const keysDir = newFolder()
    const first = await start(keysDir)
    expect(readdirSync(keysDir).sort()).toEqual(['log.key', 'master.key'])
    expect(statSync(join(keysDir, 'master.key')).mode & 0o777).toBe(0o600)
    expect((await start(keysDir)).masterId).toBe(first.masterId)
    const { rows } = await fresh.superuser.query<{ log_key: string; edition: string; master_key_id: string }>('select * from instance')
    expect(rows).toEqual([expect.objectContaining({ master_key_id: first.masterId, log_key: logPublicKey(first).toString('base64url'), edition: 'live' })])
  })

  it.each(['master.key', 'log.key'])('refuses to start when %s was lost, makes no other in its place, and starts once it is restored', async (name) => {
    const keysDir = newFolder()
    const first = await start(keysDir)
    const backup = readFileSync(join(keysDir, name))
    rmSync(join(keysDir, name))
    for (let tries = 0; tries < 2; tries++) {
      await expect(start(keysDir)).rejects.toThrow(StartupError)
      expect(readdirSync(keysDir)).not.toContain(name)
      expect(readdirSync(keysDir)).not.toContain(`${name}.new`)
    }
    writeFileSync(join(keysDir, name), backup, { mode: 0o600 })
    expect((await start(keysDir)).masterId).toBe(first.masterId)
  })

  it('refuses the keys of another instance and leaves them as they are', async () => {
    const mine = newFolder()
    await start(mine)
    const elsewhere = newFolder()
    const other = loadKeys({ keysDir: elsewhere })
    writeFileSync(join(elsewhere, 'master.key'), `${other.master.toString('base64url')}\n`, { mode: 0o600 })
    await expect(start(elsewhere)).rejects.toThrow(StartupError)
    expect(readFileSync(join(elsewhere, 'master.key'), 'utf8').trim()).toBe(other.master.toString('base64url'))
  })

  it('refuses data of the other edition and keeps its keys', async () => {
    const keysDir = newFolder()
    await start(keysDir, 'demo')
    await expect(start(keysDir, 'live')).rejects.toThrow(StartupError)
    await start(keysDir, 'demo')
  })

  it('keeps its keys when the first start ended between the database and the folder', async () => {
    const keysDir = newFolder()
    const keys = loadKeys({ keysDir })
    // What is left when the process dies right after the commit: the row, and keys that still wait.
    await checkInstance(db, { master: keys.master, masterId: keys.masterId, log: keys.log }, 'live', NOW)
    expect(existsSync(join(keysDir, 'master.key'))).toBe(false)
    expect((await start(keysDir)).masterId).toBe(keys.masterId)
    expect(readdirSync(keysDir).sort()).toEqual(['log.key', 'master.key'])
  })

  it('lets two first starts at once agree', async () => {
    const keysDir = newFolder()
    const ids = (await Promise.all([start(keysDir), start(keysDir), start(keysDir)])).map((keys) => keys.masterId)
    expect(new Set(ids).size).toBe(1)
    expect(readdirSync(keysDir).sort()).toEqual(['log.key', 'master.key'])
  })

  it('never replaces a settled key by one that waits', async () => {
    const keysDir = newFolder()
    const first = await start(keysDir)
    writeFileSync(join(keysDir, 'master.key.new'), `${Buffer.alloc(32, 7).toString('base64url')}\n`, { mode: 0o600 })
    expect((await start(keysDir)).masterId).toBe(first.masterId)
    expect(readdirSync(keysDir).sort()).toEqual(['log.key', 'master.key'])
  })
})
