import type { AnyJobKind, JobKind, NoData } from '#platform/jobs/jobs.ts'
import { tellHealth } from '#program/membership/contacts/tell-health.ts'

const health: JobKind<NoData> = { name: 'contacts.tell-health', cron: '23 6 * * *', run: (app, _, signal) => tellHealth(app, signal) }

export const jobs: readonly AnyJobKind[] = [health]
