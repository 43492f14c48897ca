import type { AnyJobKind, JobKind, NoData } from '#platform/jobs/jobs.ts'
import { noteZoneDrift } from '#program/releases/rules/note-zone-drift.ts'

const drift: JobKind<NoData> = { name: 'releases.note-zone-drift', cron: '41 * * * *', run: (app, _, signal) => noteZoneDrift(app, signal) }

export const jobs: readonly AnyJobKind[] = [drift]
