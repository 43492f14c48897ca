import type { AnyJobKind, JobKind } from '#platform/jobs/jobs.ts'
import { noticeDisagreement } from '#platform/clock/notice-disagreement.ts'

const noticeDisagreementJob: JobKind<object> = {
  name: 'clock.notice-disagreement',
  cron: '* * * * *',
  run: (app) => noticeDisagreement(app),
}

export const jobs: readonly AnyJobKind[] = [noticeDisagreementJob]
