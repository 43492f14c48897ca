import type { AnyJobKind, JobKind, NoData } from '#platform/jobs/jobs.ts'
import { announceLapses } from '#program/membership/standing/announce-lapses.ts'

/** Members and officers are told before a renewal is due and before a membership lapses. */
const announce: JobKind<NoData> = { name: 'standing.announce-lapses', cron: '11 * * * *', run: announceLapses }

export const jobs: readonly AnyJobKind[] = [announce]
