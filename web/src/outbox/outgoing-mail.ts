import { queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { OutgoingMail, OutgoingMailText } from '#platform/mail/contract.ts'
import { everyPage } from '../api/every-page.ts'
import { get } from '../api/client.ts'
import type { Tone } from '../ui/state-mark.tsx'

export type MailView = z.output<typeof OutgoingMail>

export const mailQuery = queryOptions({
  queryKey: ['outgoing-mail'],
  queryFn: ({ signal }) => everyPage(OutgoingMail, '/api/outgoing-mail', signal),
  refetchInterval: 30_000,
})
/** Each reading is on record, so it is never repeated by itself. */
export const mailTextQuery = (id: string) =>
  queryOptions({
    queryKey: ['outgoing-mail-text', id],
    queryFn: ({ signal }) => get(OutgoingMailText, `/api/outgoing-mail/${id}`, {}, signal),
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
  })

const STATES: Readonly<Record<MailView['state'], { readonly name: string; readonly tone: Tone }>> = {
  queued: { name: 'Queued', tone: 'waiting' },
  sending: { name: 'Being sent', tone: 'waiting' },
  sent: { name: 'Sent', tone: 'on' },
  kept: { name: 'Kept: pass it on', tone: 'waiting' },
  dropped: { name: 'Dropped', tone: 'off' },
  failed: { name: 'Failed', tone: 'bad' },
}
export const mailState = ({ state }: MailView): { readonly name: string; readonly tone: Tone } => STATES[state]

/** Why a mail is where it is, in words; empty when there is nothing to say. */
export function mailReason({ failure, state, attempts }: MailView): string {
  if (failure === null) return ''
  if (failure === 'no-address') return 'It has no address that mail can be sent to'
  if (failure === 'no-longer-a-contact') return 'Its recipient may not be written to any more'
  const what = failure.startsWith('smtp-') ? `The mail server answered ${failure.slice(5)}` : `The mail server could not be used (${failure})`
  return state === 'queued' ? `${what}; it is tried again (attempt ${attempts} of 12)` : what
}

const LINK = /https?:\/\/[^\s<>"]+/g

/** Web addresses in a text, each once. */
export function linksIn(text: string): readonly string[] {
  return [...new Set(text.match(LINK) ?? [])]
}
