import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { thisMachine } from '#platform/clock/machine.ts'
import { StartupError } from '#platform/errors.ts'
import { createIds } from '#platform/ids.ts'
import { createDiskDriver } from '#platform/objects/disk-driver.ts'
import { driverSuite } from '#platform/objects/driver.suite.ts'
import { TestClock } from '#test/harness/clock.ts'

const CHILD = fileURLToPath(new URL('../../../test/faults/put-bytes.ts', import.meta.url))
const { wallMs } = thisMachine()
const base = mkdtempSync(join(tmpdir(), 'vedette-disk-'))
const clock = new TestClock(new Date(wallMs()).toISOString())
const ids = createIds(wallMs)
let folders = 0
const newRoot = () => join(base, `objects-${folders++}`)
afterAll(() => rmSync(base, { recursive: true, force: true }))

async function* pieces(bytes: Buffer) {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
}
const filesOf = (root: string) => readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(root, name)).isFile())
const pathOf = (root: string, key: string) => join(root, key.slice(-2), key)

driverSuite('the disk', async () => ({ driver: createDiskDriver({ root: newRoot(), clock }), close: async () => undefined }))

describe('the disk driver', () => {
  it('keeps files that only their owner may read, and no trace of writes that ended', async () => {
    const root = newRoot()
    const driver = createDiskDriver({ root, clock })
    const key = ids.next()
    await driver.put(key, pieces(randomBytes(100)))
    expect(filesOf(root)).toEqual([join(key.slice(-2), key)])
    expect(statSync(pathOf(root, key)).mode & 0o777).toBe(0o600)
    expect(statSync(join(root, key.slice(-2))).mode & 0o777).toBe(0o700)
  })

  it('sweeps what crashed writes left once it is a day old, and nothing younger', () => {
    const root = newRoot()
    createDiskDriver({ root, clock })
    const [old, young] = [ids.next(), ids.next()].map((key) => join(root, 'incoming', key))
    for (const file of [old!, young!]) writeFileSync(file, 'half')
    const seconds = clock.now().getTime() / 1000
    utimesSync(old!, seconds - 86_401, seconds - 86_401)
    utimesSync(young!, seconds - 86_000, seconds - 86_000)
    createDiskDriver({ root, clock })
    expect([existsSync(old!), existsSync(young!)]).toEqual([false, true])
  })

  it('lists only what it wrote itself', async () => {
    const root = newRoot()
    const driver = createDiskDriver({ root, clock })
    const key = ids.next()
    await driver.put(key, pieces(randomBytes(100)))
    writeFileSync(join(root, key.slice(-2), 'notes.txt'), 'not ours')
    mkdirSync(join(root, 'lost+found'))
    const listed = []
    for await (const entry of driver.list()) listed.push(entry.key)
    expect(listed).toEqual([key])
  })

  it('says in one sentence that its folder cannot be used', () => {
    const file = join(base, 'a-file')
    writeFileSync(file, '')
    expect(() => createDiskDriver({ root: join(file, 'objects'), clock })).toThrow(StartupError)
    const dangling = join(base, 'dangling')
    symlinkSync(join(base, 'nowhere', 'at', 'all'), dangling)
    expect(() => createDiskDriver({ root: join(dangling, 'objects'), clock })).toThrow(StartupError)
  })

  it('finishes a full disk cleanly and works again when space returns', async ({ skip }) => {
    const mounted = mountSmall()
    skip(!mounted, 'a small file system cannot be mounted here (root is needed)')
    try {
      const root = join(mounted!.dir, 'objects')
      const driver = createDiskDriver({ root, clock })
      const kept = new Map<string, Buffer>()
      const putUntilFull = async (size: number) => {
        for (;;) {
          const [key, bytes] = [ids.next(), randomBytes(size)]
          try {
            await driver.put(key, pieces(bytes))
          } catch (error) {
            expect(error).toMatchObject({ code: 'STORAGE_FULL' })
            expect(await driver.exists(key)).toBe(false)
            return
          }
          kept.set(key, bytes)
        }
      }
      await putUntilFull(700_000)
      const roomy = kept.size
      expect(roomy).toBeGreaterThan(3)
      await putUntilFull(5000)
      await putUntilFull(1)
      expect(readdirSync(join(root, 'incoming'))).toEqual([])
      expect(filesOf(root)).toHaveLength(kept.size)
      for (const [key, bytes] of kept) expect((await buffer(await driver.get(key))).equals(bytes)).toBe(true)

      const [first] = kept.keys()
      await driver.delete(first!)
      const [key, bytes] = [ids.next(), randomBytes(600_000)]
      await driver.put(key, pieces(bytes))
      expect((await buffer(await driver.get(key))).equals(bytes)).toBe(true)
    } finally {
      mounted!.unmount()
    }
  })

  describe('when a system call fails', () => {
    const traced = spawnSync('strace', ['-f', '-e', 'trace=fsync', 'true'], { encoding: 'utf8' })
    const why = traced.error ? 'strace is not installed' : traced.status !== 0 ? `strace may not trace here: ${traced.stderr.trim()}` : undefined
    const SIZE = 300_000

    /** Three puts in a child; the fault hits the system calls on the files that `paths` names. Returns what was answered and how often the call was hit. */
    const faulty = (call: string, fault: string, paths: (root: string, key: string) => string[]) => {
      const root = newRoot()
      createDiskDriver({ root, clock })
      // In folders of their own, so that a fault on one folder meets one key.
      const keys = ['aa', 'bb', 'cc'].map((shard) => ids.next().slice(0, -2) + shard)
      const victim = keys[1]!
      // The folder must be there for strace to know it.
      mkdirSync(join(root, victim.slice(-2)), { recursive: true, mode: 0o700 })
      const trace = join(root, '..', `trace-${folders}`)
      const watch = paths(root, victim).flatMap((path) => ['-P', path])
      const args = [
        '-f',
        '-qq',
        '-o',
        trace,
        ...watch,
        '-e',
        `trace=${call}`,
        '-e',
        `inject=${call}:${fault}`,
        process.execPath,
        CHILD,
        root,
        String(SIZE),
        ...keys,
      ]
      const run = spawnSync('strace', args, { encoding: 'utf8' })
      expect(run.stderr).toBe('')
      const answers = run.stdout.trim().split('\n')
      const hits = readFileSync(trace, 'utf8')
        .split('\n')
        .filter((line) => line.includes('(INJECTED)'))
      return { root, keys, victim, hits, answers: answers.map((line) => JSON.parse(line) as { key: string; sha256?: string; code?: string }) }
    }

    const expectOnlyVictimRefused = ({ root, keys, victim, answers }: ReturnType<typeof faulty>, code: string) => {
      expect(answers.map((answer) => answer.key)).toEqual(keys)
      expect(answers[1]).toEqual({ key: victim, code })
      for (const { key, sha256 } of [answers[0]!, answers[2]!]) {
        expect(
          createHash('sha256')
            .update(readFileSync(pathOf(root, key)))
            .digest('hex'),
        ).toBe(sha256)
      }
      expect(filesOf(root).sort()).toEqual([answers[0]!, answers[2]!].map(({ key }) => join(key.slice(-2), key)).sort())
    }
    const incoming = (root: string, key: string) => [join(root, 'incoming', key)]
    const shard = (root: string, key: string) => [join(root, key.slice(-2))]

    for (const [error, code] of [
      ['ENOSPC', 'STORAGE_FULL'],
      ['EDQUOT', 'STORAGE_FULL'],
      ['EIO', 'EIO'],
    ] as const) {
      it(`refuses with ${code} when any write fails with ${error}`, ({ skip }) => {
        skip(why !== undefined, why)
        let reached = 0
        for (let n = 1; ; n++) {
          const run = faulty('write', `error=${error}:when=${n}`, incoming)
          if (run.hits.length === 0) break
          expectOnlyVictimRefused(run, code)
          reached = n
        }
        expect(reached).toBeGreaterThan(0)
      })

      it(`refuses with ${code} when the fsync of the file or of its folder fails with ${error}`, ({ skip }) => {
        skip(why !== undefined, why)
        for (const paths of [incoming, shard]) {
          const run = faulty('fsync', `error=${error}`, paths)
          expect(run.hits).toHaveLength(1)
          expectOnlyVictimRefused(run, code)
        }
      })
    }

    it('syncs the file before the rename and its folder after it, then answers', ({ skip }) => {
      skip(why !== undefined, why)
      const root = newRoot()
      createDiskDriver({ root, clock })
      const key = ids.next()
      const trace = join(root, '..', `trace-order-${folders}`)
      const run = spawnSync(
        'strace',
        ['-f', '-y', '-s', '200', '-qq', '-o', trace, '-e', 'trace=fsync,rename,renameat,renameat2,write', process.execPath, CHILD, root, '1000', key],
        {
          encoding: 'utf8',
        },
      )
      expect(JSON.parse(run.stdout)).toMatchObject({ key, sha256: expect.any(String) })
      const lines = readFileSync(trace, 'utf8').split('\n')
      const at = (what: RegExp) => lines.findIndex((line) => what.test(line) && !line.includes('resumed'))
      const order = [
        at(new RegExp(`write\\(.*incoming/${key}`)),
        at(new RegExp(`fsync\\(.*incoming/${key}`)),
        at(new RegExp(`fsync\\(\\d+<${root}>`)),
        at(new RegExp(`rename.*incoming/${key}`)),
        lines.findLastIndex((line) => new RegExp(`fsync\\(\\d+<${root}/${key.slice(-2)}>`).test(line)),
        at(/write\(1<.*sha256/),
      ]
      const settled = order[2]!
      expect(settled).toBeGreaterThanOrEqual(0)
      const steps = order.filter((_, step) => step !== 2)
      expect(steps.every((line) => line >= 0)).toBe(true)
      expect(steps).toEqual([...steps].sort((a, b) => a - b))
    })
  })
})

/** A file system of 4 MiB, when this process may mount one. */
function mountSmall(): { dir: string; unmount(): void } | undefined {
  const dir = mkdtempSync(join(base, 'small-'))
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', dir], { stdio: 'ignore' }).status !== 0) return undefined
  return { dir, unmount: () => spawnSync('umount', [dir]) }
}
