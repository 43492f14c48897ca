import { mkdtempSync, rmSync } from 'node:fs'
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

/** One real PostgreSQL server for the whole run, migrated once. `fsync=off` belongs to tests and nowhere else. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = mkdtempSync(join(tmpdir(), 'vedette-test-'))
  const server = await openEmbedded(join(dir, 'postgres', 'cluster'), ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off', 'max_connections=300'])
  const { owner } = await prepareDatabase(server.embedded!.socketDir, TEMPLATE)
  await migrate(owner)
  project.provide('socketDir', server.embedded!.socketDir)
  return async () => {
    await server.embedded!.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}
