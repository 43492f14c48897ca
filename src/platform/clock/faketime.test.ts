import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { pause } from '#platform/clock/clock.ts'
import type { Sight } from '#test/harness/clock-process.ts'
import { until } from '#test/harness/jobs.ts'

const LIBRARY = [`/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketimeMT.so.1`].find((file) => existsSync(file))
const DAY = 86_400_000
const harness = (file: string) => fileURLToPath(new URL(`../../../test/harness/${file}`, import.meta.url))

/** A wall clock of its own for some processes; moves while they run, as nobody's monotonic clock does. */
class FakeClock {
  readonly #file: string

  constructor(dir: string, name: string) {
    this.#file = join(dir, name)
    this.set('+0')
  }

  /** An offset from true time as libfaketime writes it, `+5d`. */
  set(offset: string): void {
    writeFileSync(`${this.#file}.new`, offset, { mode: 0o644 })
    renameSync(`${this.#file}.new`, this.#file)
  }

  get env(): NodeJS.ProcessEnv {
    return { ...process.env, LD_PRELOAD: LIBRARY, FAKETIME_TIMESTAMP_FILE: this.#file, FAKETIME_NO_CACHE: '1', DONT_FAKE_MONOTONIC: '1' }
  }
}

/** A process with a trusted clock, and everything it saw. */
class Watched {
  readonly sights: Sight[] = []
  readonly #child: ChildProcess

  constructor(connection: string, clock: FakeClock) {
    this.#child = spawn(process.execPath, [harness('clock-process.ts'), connection], { env: clock.env, stdio: ['ignore', 'pipe', 'inherit'] })
    createInterface({ input: this.#child.stdout! }).on('line', (line) => this.sights.push(JSON.parse(line) as Sight))
  }

  /** The first thing it sees from now on that the test asks for. */
  see(wanted: (sight: Sight) => boolean): Promise<Sight> {
    const from = this.sights.length
    return until(() => this.sights.slice(from).find(wanted))
  }

  async kill(): Promise<void> {
    const ended = once(this.#child, 'exit')
    if (this.#child.exitCode === null && this.#child.signalCode === null && this.#child.kill('SIGKILL')) await ended
  }
}

describe.skipIf(!LIBRARY)(`with wall clocks that really jump${LIBRARY ? '' : ' (skipped: libfaketime is not installed; apt-get install faketime)'}`, () => {
  let dir: string
  let server: ChildProcess
  let connection: string
  let machineClock: FakeClock
  let databaseClock: FakeClock
  let watched: Watched[]

  const start = async () => {
    const process = new Watched(connection, machineClock)
    watched.push(process)
    await process.see(() => true)
    return process
  }

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'vedette-faketime-'))
    chmodSync(dir, 0o755)
    machineClock = new FakeClock(dir, 'machine')
    databaseClock = new FakeClock(dir, 'database')
    server = spawn(process.execPath, [harness('clock-server.ts'), join(dir, 'postgres', 'cluster')], {
      env: databaseClock.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    connection = String((await once(createInterface({ input: server.stdout! }), 'line'))[0])
  })
  afterAll(async () => {
    if (server?.kill('SIGTERM')) await once(server, 'exit')
    rmSync(dir, { recursive: true, force: true })
  })
  beforeEach(() => {
    watched = []
    machineClock.set('+0')
    databaseClock.set('+0')
  })
  afterEach(async () => {
    for (const each of watched) await each.kill()
  })

  /** No embargo of this many days opened, although a naive look at the wall clock would have opened it. */
  const expectNotOpened = (sights: readonly Sight[], days: number) => {
    const opensMs = Date.now() + days * DAY
    expect(sights.some((sight) => sight.wallMs >= opensMs)).toBe(true)
    expect(sights.filter((sight) => sight.trustedMs >= opensMs)).toEqual([])
    expect(sights.every((sight, i) => i === 0 || sight.trustedMs >= sights[i - 1]!.trustedMs)).toBe(true)
  }

  it('opens nothing when the wall clock is five days ahead for half a second, and goes on by itself', async () => {
    const process = await start()
    machineClock.set('+5d')
    await pause(500)
    machineClock.set('+0')
    await process.see((sight) => sight.disagreement === null && Math.abs(sight.trustedMs - Date.now()) < 2000)
    expectNotOpened(process.sights, 4)
  })

  it('opens nothing when the wall clock leaps five days and stays there', async () => {
    const process = await start()
    machineClock.set('+5d')
    await process.see((sight) => /apart/.test(sight.disagreement ?? ''))
    await pause(1500)
    expectNotOpened(process.sights, 4)
    expect(process.sights.at(-1)!.trustedMs).toBeLessThanOrEqual(Date.now())
  })

  it('opens nothing when machine and database leap together', async () => {
    const process = await start()
    databaseClock.set('+5d')
    machineClock.set('+5d')
    await process.see((sight) => /counted from the last agreed reading/.test(sight.disagreement ?? ''))
    await pause(1000)
    expectNotOpened(process.sights, 4)
  })

  it('stands still while only the database is ten years off, and goes on when it is right again', async () => {
    const process = await start()
    databaseClock.set('+3650d')
    const { trustedMs } = await process.see((sight) => /apart/.test(sight.disagreement ?? ''))
    await pause(500)
    expect((await process.see(() => true)).trustedMs).toBe(trustedMs)
    databaseClock.set('+0')
    await process.see((sight) => sight.disagreement === null && sight.trustedMs > trustedMs)
  })

  it('finds a leap of all clocks that happened while no process ran', async () => {
    const before = await start()
    await before.see((sight) => sight.disagreement === null)
    await before.kill()
    machineClock.set('+5d')
    databaseClock.set('+5d')
    const after = await start()
    await after.see((sight) => sight.disagreement !== null)
    await pause(500)
    expectNotOpened(after.sights, 4)
    machineClock.set('+0')
    databaseClock.set('+0')
    await after.see((sight) => sight.disagreement === null && Math.abs(sight.trustedMs - Date.now()) < 2000)
  })

  it('closes nothing when all clocks go back ten years', async () => {
    const process = await start()
    const { trustedMs } = await process.see((sight) => sight.disagreement === null)
    machineClock.set('-3650d')
    databaseClock.set('-3650d')
    const back = await process.see((sight) => sight.disagreement !== null)
    expect(back.trustedMs).toBeGreaterThanOrEqual(trustedMs)
    await pause(500)
    expect((await process.see(() => true)).trustedMs).toBeGreaterThanOrEqual(back.trustedMs)
  })
})
