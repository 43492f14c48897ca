import { queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { OwnApplication, Programmes, Saved, TOKEN_HEADER, type ApplicationState } from '#program/membership/applications/contract.ts'
import { command, get, post, put, upload } from '../api/client.ts'
import type { Tone } from '../ui/state-mark.tsx'
import type { Watched } from '../ui/use-upload.ts'

export type Own = z.output<typeof OwnApplication>
export type OwnCriterion = Own['set']['criteria'][number]

const PATH = '/api/applications/draft'

export const programmesQuery = queryOptions({
  queryKey: ['programmes'],
  queryFn: ({ signal }) => get(Programmes, '/api/applications/programmes', {}, signal),
  staleTime: Infinity,
})

export const ownQuery = (token: string) =>
  queryOptions({
    queryKey: ['own-application', token],
    queryFn: ({ signal }) => get(OwnApplication, PATH, {}, signal, headersOf(token)),
    // What is typed here is newer than what would be read.
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  })

const headersOf = (token: string) => ({ [TOKEN_HEADER]: token })

export const saveOwn = (token: string, version: number, answers: object) => put(Saved, PATH, { version, answers }, headersOf(token))
export const sendOwn = (token: string, step: 'submit' | 'answer', version: number) => post(OwnApplication, `${PATH}/${step}`, { version }, headersOf(token))
export const withdrawOwn = (token: string, version: number) => command('POST', `${PATH}/withdraw`, { version }, headersOf(token))
export const removeEvidence = (token: string, id: string) => command('DELETE', `${PATH}/evidence/${id}`, {}, headersOf(token))
export const addEvidence = (token: string, criterion: string, file: File, watched: Watched) =>
  upload(OwnApplication, `${PATH}/evidence?criterion=${criterion}`, file, { ...watched, headers: headersOf(token) })

/** The state of an application in words, and what happens next. */
export const STATES: Readonly<Record<ApplicationState, { readonly name: string; readonly tone: Tone; readonly next: string }>> = {
  draft: { name: 'Not sent yet', tone: 'off', next: 'Fill in the form and send it. Everything is saved as you type.' },
  'in-review': {
    name: 'In review',
    tone: 'waiting',
    next: 'One officer of the programme judges each criterion, another decides. You get a mail when they have a question, and when it is decided.',
  },
  clarifying: {
    name: 'Waits for your answer',
    tone: 'waiting',
    next: 'Change your answers or add evidence, then send the answer. What the question is about is judged again after that.',
  },
  admitted: { name: 'Admitted', tone: 'on', next: 'Your accountable contact has got a mail with a link to come in, enrol a passkey and sign the agreement.' },
  refused: { name: 'Refused', tone: 'bad', next: 'You can apply again at any time: ask for a new link, and the form begins with what you said.' },
  withdrawn: { name: 'Taken back', tone: 'off', next: 'Nobody looks at it any more. You can apply again at any time: ask for a new link.' },
}
