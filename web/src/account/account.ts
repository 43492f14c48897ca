import { queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { ApiToken, ClientCertificate, OwnSession, Passkey } from '#platform/auth/contract.ts'
import { everyPage } from '../api/every-page.ts'

export type PasskeyView = z.output<typeof Passkey>
export type OwnSessionView = z.output<typeof OwnSession>
export type CertificateView = z.output<typeof ClientCertificate>
export type ApiTokenView = z.output<typeof ApiToken>

export const passkeysQuery = queryOptions({ queryKey: ['passkeys'], queryFn: ({ signal }) => everyPage(Passkey, '/api/account/passkeys', signal) })
export const ownSessionsQuery = queryOptions({
  queryKey: ['own-sessions'],
  queryFn: ({ signal }) => everyPage(OwnSession, '/api/account/sessions', signal),
})
export const tokensQuery = queryOptions({ queryKey: ['tokens'], queryFn: ({ signal }) => everyPage(ApiToken, '/api/account/tokens', signal) })
export const certificatesQuery = queryOptions({
  queryKey: ['certificates'],
  queryFn: ({ signal }) => everyPage(ClientCertificate, '/api/account/certificates', signal),
})
