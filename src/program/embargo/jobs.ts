import type { AnyJobKind, JobKind, NoData } from '#platform/jobs/jobs.ts'
import type { EndId } from '#program/embargo/end-store.ts'
import { fillCveTags } from '#program/embargo/fill-cve-tags.ts'
import { mailEnds } from '#program/embargo/mail-ends.ts'
import { raiseAlarms } from '#program/embargo/raise-alarms.ts'
import { MAIL_ENDS } from '#program/embargo/tell-of-end.ts'
import type { Told } from '#program/embargo/told-store.ts'

/** Versions from before the digests of CVE ids get theirs: a query that finds nothing once they have. */
const fill: JobKind<NoData> = { name: 'embargo.fill-cve-tags', cron: '* * * * *', run: fillCveTags }
const mail: JobKind<{ readonly end: EndId; readonly what: Told['what'] }> = { ...MAIL_ENDS, run: mailEnds }
const alarms: JobKind<NoData> = { name: 'embargo.raise-alarms', cron: '* * * * *', run: raiseAlarms }

export const jobs: readonly AnyJobKind[] = [fill, mail, alarms]
