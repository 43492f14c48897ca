import type { AnyJobKind, JobKind, NoData } from '#platform/jobs/jobs.ts'
import { followPackages } from '#exchange/embargoes/follow-packages.ts'
import { followTiers } from '#exchange/embargoes/follow-tiers.ts'

/** Every minute. Nobody waits for it who may read: instants open by themselves. */
const packages: JobKind<NoData> = { name: 'embargoes.follow-packages', cron: '* * * * *', run: (app) => followPackages(app) }

/** Every minute: until then nothing that follows a tier is shown to a member whose tier changed. */
const tiers: JobKind<NoData> = { name: 'embargoes.follow-tiers', cron: '* * * * *', run: (app) => followTiers(app) }

export const jobs: readonly AnyJobKind[] = [packages, tiers]
