import type { AnyJobKind, JobKind, NoData } from '#platform/jobs/jobs.ts'
import { remindOfFilings } from '#program/reporting/remind.ts'

const remind: JobKind<NoData> = { name: 'reporting.remind', cron: '* * * * *', run: remindOfFilings }

export const jobs: readonly AnyJobKind[] = [remind]
