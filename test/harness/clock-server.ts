import { migrate } from '#platform/db/migrate.ts'
import { openEmbedded } from '#platform/db/server.ts'

/** A database server of its own, whose wall clock tests move from outside: prints its connection as JSON; SIGTERM ends it. Argument: the cluster's folder. */
const server = await openEmbedded(process.argv[2]!, ['fsync=off'])
process.once('SIGTERM', () => void server.embedded!.stop().then(() => process.exit()))
await migrate(server.owner)
process.stdout.write(`${JSON.stringify(server.app)}\n`)
