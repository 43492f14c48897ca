import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { superuserOf } from '#platform/db/embedded.ts'
import { prepareDatabase, type Connections } from '#platform/db/server.ts'
import { TEMPLATE } from '#test/harness/cluster.ts'

export interface TestDatabase extends Connections {
  /** For looking at and tampering with rows behind the application's back: bypasses row-level security. */
  readonly superuser: pg.Pool
  drop(): Promise<void>
}

/** A database of its own for one test file, copied from the migrated template of the run's server, or of the one with that socket. */
export async function freshDatabase(socket?: string): Promise<TestDatabase> {
  const socketDir = socket ?? (await import('vitest')).inject('socketDir')
  const name = `test_${randomBytes(6).toString('hex')}`
  await asSuperuser(socketDir, `create database ${name} owner vedette_owner template ${TEMPLATE} strategy file_copy`)
  const connections = await prepareDatabase(socketDir, name)
  const superuser = new pg.Pool({ ...superuserOf(socketDir, name), max: 2 })
  superuser.on('error', () => undefined)
  return {
    ...connections,
    superuser,
    drop: async () => {
      await superuser.end()
      await asSuperuser(socketDir, `drop database ${name} with (force)`)
    },
  }
}

async function asSuperuser(socketDir: string, statement: string): Promise<void> {
  const client = new pg.Client(superuserOf(socketDir))
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
