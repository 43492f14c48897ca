import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '#platform/db/migrate.ts'
import { openEmbedded } from '#platform/db/server.ts'

/** Writes src/platform/db/types.ts from the migrated database; with `--check` it only compares and exits 1 on a difference. */
const TYPES = 'src/platform/db/types.ts'
const check = process.argv.includes('--check')
const dir = mkdtempSync(join(tmpdir(), 'vedette-types-'))
const server = await openEmbedded(join(dir, 'postgres', 'cluster'), ['fsync=off'])
try {
  await migrate(server.owner)
  const target = check ? join(dir, 'types.ts') : TYPES
  const url = `postgres://${server.owner.user}@${encodeURIComponent(server.embedded!.socketDir)}/${server.owner.database}`
  const run = spawnSync(
    'node_modules/.bin/kysely-codegen',
    ['--dialect', 'postgres', '--type-mapping', '{"int8":"number"}', '--include-pattern', 'public.*', '--url', url, '--out-file', target],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  if (run.status !== 0) process.exitCode = 1
  else if (check && readFileSync(target, 'utf8') !== readFileSync(TYPES, 'utf8')) {
    console.error(`${TYPES} does not fit the migrations; run bin/run test/db-types.ts`)
    process.exitCode = 1
  }
} finally {
  await server.embedded!.stop()
  rmSync(dir, { recursive: true, force: true })
}
