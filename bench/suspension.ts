import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '#platform/db/migrate.ts'
import { openEmbedded, prepareDatabase } from '#platform/db/server.ts'
import { testApp } from '#test/harness/app.ts'
import { TEMPLATE } from '#test/harness/cluster.ts'
import { suspensionRace } from '#test/harness/suspension-race.ts'
import { figure } from './figure.ts'

/**
 * A member is suspended while its requests come in by every way, 32 at a time (docs/promises.md, 9): how many that began after T
 * succeeded, and how long after T those ended that were in flight. T is the moment right after the suspension's commit, in the
 * process that serves; the database keeps what it commits as an instance's does.
 */
const REQUESTS = 10_000

const dir = mkdtempSync(join(tmpdir(), 'vedette-bench-'))
const { embedded } = await openEmbedded(join(dir, 'postgres', 'cluster'))
try {
  const { owner } = await prepareDatabase(embedded!.socketDir, TEMPLATE)
  await migrate(owner)
  const test = await testApp({ socketDir: embedded!.socketDir })
  try {
    const race = await suspensionRace(test)
    const { sent, at, escapes, refusedEarly, inFlightMs } = await race.run(Number(new URL(await test.listen()).port), REQUESTS)
    const part = (of: number) => inFlightMs[Math.min(inFlightMs.length - 1, Math.floor(inFlightMs.length * of))] ?? 0
    figure('requests', sent.length, '')
    figure('of these began after T', sent.filter(({ began }) => began > at).length, '')
    figure('escapes: began after T and succeeded', escapes.length, '')
    figure('refused before T', refusedEarly.length, '')
    figure('in flight at T and succeeded', inFlightMs.length, '')
    figure('until they had ended, after T, median', part(0.5), 'ms')
    figure('until they had ended, after T, p99', part(0.99), 'ms')
    figure('until the last of them had ended, after T', inFlightMs.at(-1) ?? 0, 'ms')
    if (escapes.length > 0 || refusedEarly.length > 0) process.exitCode = 1
  } finally {
    await test.close()
  }
} finally {
  await embedded!.stop()
  rmSync(dir, { recursive: true, force: true })
}
