import type { AnyJobKind, JobKind, NoData } from '#platform/jobs/jobs.ts'
import { forgetDrafts } from '#program/membership/applications/forget-drafts.ts'
import { askForOverdueScans } from '#program/membership/applications/keep-scan.ts'

const forget: JobKind<NoData> = { name: 'applications.forget-drafts', cron: '41 2 * * *', run: (app, _, signal) => forgetDrafts(app, signal) }
const overdue: JobKind<NoData> = { name: 'applications.ask-for-overdue-scans', cron: '23 * * * *', run: (app) => askForOverdueScans(app) }

export const jobs: readonly AnyJobKind[] = [forget, overdue]
