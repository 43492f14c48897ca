import { queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { Agreement, AgreementList, AgreementMember } from '#program/membership/agreements/contract.ts'
import { get, getFile } from '../api/client.ts'
import { everyPage } from '../api/every-page.ts'
import { saveFile } from '../ui/download.ts'

export type AgreementListView = z.output<typeof AgreementList>
export type AgreementVersionView = AgreementListView['items'][number]
export type AccessView = AgreementListView['access'][number]
export type DraftView = AgreementListView['drafts'][number]
export type MemberView = z.output<typeof AgreementMember>
export type SignatureView = NonNullable<AgreementVersionView['signature']>

export const AGREEMENTS_KEY = ['agreements'] as const
export const agreementsQuery = queryOptions({
  queryKey: [...AGREEMENTS_KEY, 'list'],
  queryFn: ({ signal }) => get(AgreementList, '/api/agreements', {}, signal),
  refetchInterval: 60_000,
})
export const agreementMembersQuery = queryOptions({
  queryKey: [...AGREEMENTS_KEY, 'members'],
  queryFn: ({ signal }) => everyPage(AgreementMember, '/api/agreements/members', signal),
  refetchInterval: 60_000,
})
/** A text never changes. */
export const agreementQuery = (version: number, operator: string) =>
  queryOptions({
    queryKey: ['agreement-text', operator, version],
    queryFn: ({ signal }) => get(Agreement, `/api/agreements/${version}`, { operator }, signal),
    staleTime: Number.POSITIVE_INFINITY,
  })

/** Saves the signed copy. Throws ApiProblem. */
export async function saveDocument(version: number, organisation: string, operator: string): Promise<void> {
  saveFile(`agreement-${version}.pdf`, await getFile(`/api/agreements/${version}/signatures/${organisation}/pdf`, { operator }))
}

const STATE_WORDS = { waits: 'Signed, waits for the operator', countersigned: 'Signed and countersigned', refused: 'Not countersigned' } as const
const STATE_TONES = { waits: 'waiting', countersigned: 'on', refused: 'bad' } as const

/** How far a signature is, in words and in a colour. */
export function signatureState(signature: Pick<SignatureView, 'state'> | null) {
  return signature === null ? ({ words: 'Not signed', tone: 'off' } as const) : { words: STATE_WORDS[signature.state], tone: STATE_TONES[signature.state] }
}
