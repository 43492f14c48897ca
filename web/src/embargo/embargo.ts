import { queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { BreachList, BreachMessageList, type BreachView } from '#program/embargo/breach/contract.ts'
import {
  EmbargoAlarmList,
  EmbargoEndView,
  EmbargoReportList,
  PackageEmbargo,
  type EmbargoAlarmView,
  type EmbargoReportView,
  type EndCause,
  type ExploitationBasis,
} from '#program/embargo/contract.ts'
import { ClockList, DisclosureList, type ClockView, type FILED, type RECIPIENTS } from '#program/reporting/contract.ts'
import { get } from '../api/client.ts'
import { everyPage } from '../api/every-page.ts'

export type End = z.output<typeof EmbargoEndView>
export type Report = z.output<typeof EmbargoReportView>
export type Alarm = z.output<typeof EmbargoAlarmView>
export type Breach = z.output<typeof BreachView>
export type Clock = z.output<typeof ClockView>

const REFRESH = { refetchInterval: 30_000 } as const
export const endsQuery = queryOptions({
  queryKey: ['embargo', 'ends'],
  queryFn: ({ signal }) => everyPage(EmbargoEndView, '/api/embargo-ends', signal),
  ...REFRESH,
})
export const reportsQuery = queryOptions({
  queryKey: ['embargo', 'reports'],
  queryFn: async ({ signal }) => (await get(EmbargoReportList, '/api/embargo-reports', {}, signal)).items,
  ...REFRESH,
})
export const alarmsQuery = queryOptions({
  queryKey: ['embargo', 'alarms'],
  queryFn: async ({ signal }) => (await get(EmbargoAlarmList, '/api/embargo-alarms', {}, signal)).items,
  ...REFRESH,
})
export const breachesQuery = queryOptions({
  queryKey: ['embargo', 'breaches'],
  queryFn: async ({ signal }) => (await get(BreachList, '/api/breach-reports', {}, signal)).items,
  ...REFRESH,
})
export const messagesQuery = queryOptions({
  queryKey: ['embargo', 'messages'],
  queryFn: async ({ signal }) => (await get(BreachMessageList, '/api/breach-messages', {}, signal)).items,
  ...REFRESH,
})
export const clocksQuery = queryOptions({
  queryKey: ['embargo', 'clocks'],
  queryFn: async ({ signal }) => (await get(ClockList, '/api/regulatory-clocks', {}, signal)).items,
  ...REFRESH,
})
export function packageEmbargoQuery(id: string) {
  return queryOptions({
    queryKey: ['packages', id, 'embargo'],
    queryFn: ({ signal }) => get(PackageEmbargo, `/api/packages/${id}/embargo`, {}, signal),
    ...REFRESH,
  })
}

export const CAUSE_NAME: Readonly<Record<EndCause, string>> = {
  'third-party': 'Disclosed by somebody outside',
  member: 'Disclosed by a member',
  finder: 'Disclosed by the finder',
  'own-slip': 'Our own slip',
  'fix-public': 'The fix is in a public place',
  exploitation: 'Exploitation was seen',
}
export const BASIS_NAME: Readonly<Record<ExploitationBasis, string>> = {
  'known-exploited': 'A list of known exploited vulnerabilities',
  'own-telemetry': 'Our own telemetry',
  'member-telemetry': 'A member’s telemetry',
  analysis: 'Analysis of an attack',
}
export const STEP_NAME: Readonly<Record<(typeof FILED)[number], string>> = {
  'early-warning': 'Early warning (24 h)',
  notification: 'Notification (72 h)',
  'final-report': 'Final report',
  'delay-request': 'Request to delay onward dissemination',
}
export const RECIPIENT_NAME: Readonly<Record<(typeof RECIPIENTS)[number], string>> = {
  'enisa-platform': 'ENISA’s platform',
  'national-csirt': 'National CSIRT',
}
/** Choices of a list from names by value. */
export const choicesOf = (names: Readonly<Record<string, string>>) => Object.entries(names).map(([value, label]) => ({ value, label }))

export function disclosuresQuery(id: string) {
  return queryOptions({
    queryKey: ['packages', id, 'disclosures'],
    queryFn: async ({ signal }) => (await get(DisclosureList, `/api/packages/${id}/disclosures`, {}, signal)).items,
    ...REFRESH,
  })
}
