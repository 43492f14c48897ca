import type { AnyJobKind, JobKind, NoData } from '#platform/jobs/jobs.ts'
import { forgetDrafts } from '#program/membership/applications/forget-drafts.ts'
import { giveUpScans } from '#program/membership/applications/keep-scan.ts'

const forget: JobKind<NoData> = { name: 'applications.forget-drafts', cron: '41 2 * * *', run: (app, _, signal) => forgetDrafts(app, signal) }
const giveUp: JobKind<NoData> = { name: 'applications.give-up-scans', cron: '23 * * * *', run: (app) => giveUpScans(app) }

export const jobs: readonly AnyJobKind[] = [forget, giveUp]
