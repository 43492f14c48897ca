import { queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { MemberImport, MemberImportView, type ImportReport } from '#program/membership/imports/contract.ts'
import { everyPage } from '../api/every-page.ts'
import { get } from '../api/client.ts'

export type Import = z.output<typeof MemberImport>
export type Report = z.output<typeof ImportReport>
export type Row = Report['good'][number]

export const importsQuery = queryOptions({
  queryKey: ['member-imports'],
  queryFn: ({ signal }) => everyPage(MemberImport, '/api/member-imports', signal),
  refetchInterval: 60_000,
})
export const importQuery = (id: string) =>
  queryOptions({ queryKey: ['member-imports', id], queryFn: ({ signal }) => get(MemberImportView, `/api/member-imports/${id}`, {}, signal) })
