import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { migrate } from '#platform/db/migrate.ts'
import { openEmbedded, prepareDatabase } from '#platform/db/server.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    socketDir: string
  }
}

/** Database that every test file's own one is copied from. */
export const TEMPLATE = 'vedette_template'

const MEMORY = '/dev/shm'
const ROOM = 4 * 2 ** 30

/** Where its files lie: in memory, where there is room for them, since to copy a database onto a disk costs twice as much, for each file of tests. */
function parentFolder(): string {
  if (!existsSync(MEMORY)) return tmpdir()
  const { bavail, bsize } = statfsSync(MEMORY)
  return bavail * bsize >= ROOM ? MEMORY : tmpdir()
}

/** One real PostgreSQL server for the whole run, migrated once. `fsync=off` belongs to tests and nowhere else. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = mkdtempSync(join(parentFolder(), 'vedette-test-'))
  const server = await openEmbedded(join(dir, 'postgres', 'cluster'), ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off', 'max_connections=300'])
  const { owner } = await prepareDatabase(server.embedded!.socketDir, TEMPLATE)
  await migrate(owner)
  project.provide('socketDir', server.embedded!.socketDir)
  return async () => {
    await server.embedded!.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}
