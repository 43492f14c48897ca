import type { Config } from '#platform/config.ts'
import type { Log } from '#platform/log.ts'
import type { Clock } from '#platform/clock/clock.ts'
import type { Ids } from '#platform/ids.ts'
import type { Database } from '#platform/db/database.ts'
import type { Audit } from '#platform/audit/audit.ts'
import type { Keys } from '#platform/crypto/keys.ts'
import type { Objects } from '#platform/objects/objects.ts'
import type { Jobs } from '#platform/jobs/jobs.ts'

/** Everything a use case needs, built once by the entry point and passed down. */
export interface App {
  readonly config: Config
  readonly log: Log
  readonly clock: Clock
  readonly ids: Ids
  readonly db: Database
  readonly keys: Keys
  readonly audit: Audit
  readonly objects: Objects
  readonly jobs: Jobs
}
