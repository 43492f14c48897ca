import type { AnyJobKind, JobKind, NoData } from '#platform/jobs/jobs.ts'
import { fillCveTags } from '#program/embargo/fill-cve-tags.ts'

/** Versions from before the digests of CVE ids get theirs: a query that finds nothing once they have. */
const fill: JobKind<NoData> = { name: 'embargo.fill-cve-tags', cron: '* * * * *', run: fillCveTags }

export const jobs: readonly AnyJobKind[] = [fill]
