import {
  startAuthentication,
  startRegistration,
  WebAuthnError,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/browser'
import { z } from 'zod'
import { CeremonyOptions, Passkey, SigningOptions } from '#platform/auth/contract.ts'
import { create, post } from '../api/client.ts'
import { ApiProblem } from '../api/problem.ts'

/** The session is read anew after signing in. */
const Answer = z.unknown()

/** Signs in with a passkey of this device or of a security key. Throws ApiProblem. */
export async function signInWithPasskey(): Promise<void> {
  const { ceremony, options } = await post(CeremonyOptions, '/api/auth/passkey/options')
  const optionsJSON = options as unknown as PublicKeyCredentialRequestOptionsJSON
  const response = await explain(() => startAuthentication({ optionsJSON }))
  await post(Answer, '/api/auth/passkey', { ceremony, response })
}

/** Makes a passkey and enrols it under a name of the person's choice. Throws ApiProblem. */
export async function enrolPasskey(name: string): Promise<void> {
  const { ceremony, options } = await post(CeremonyOptions, '/api/account/passkeys/options')
  const optionsJSON = options as unknown as PublicKeyCredentialCreationOptionsJSON
  const response = await explain(() => startRegistration({ optionsJSON }))
  await create(Passkey, '/api/account/passkeys', { ceremony, name, response })
}

/** Signs the statement that the server makes at `path`/begin, and hands the signature in at `path`. Throws ApiProblem. */
export async function signWithPasskey(path: string, query: string): Promise<void> {
  const { ceremony, options } = await post(SigningOptions, `${path}/begin${query}`)
  const optionsJSON = options as unknown as PublicKeyCredentialRequestOptionsJSON
  const response = await explain(() => startAuthentication({ optionsJSON }))
  await post(Answer, `${path}${query}`, { ceremony, response })
}

/** Browsers say little about why a ceremony failed; this says what to try. */
async function explain<T>(ceremony: () => Promise<T>): Promise<T> {
  try {
    return await ceremony()
  } catch (cause) {
    throw new ApiProblem({ code: 'SIGN_IN_FAILED', status: 0, title: 'The passkey was not used', detail: reason(cause), cause })
  }
}

function reason(cause: unknown): string {
  if (cause instanceof WebAuthnError && cause.code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED')
    return 'This device already holds a passkey of your account; use that one.'
  if (cause instanceof WebAuthnError && (cause.code === 'ERROR_INVALID_DOMAIN' || cause.code === 'ERROR_INVALID_RP_ID'))
    return 'Passkeys are bound to the address of this Vedette. Open it under its own name, as in http://localhost:8080, not under an IP address.'
  if (cause instanceof Error && cause.name === 'NotAllowedError') return 'It was cancelled, took too long, or this device holds no passkey for this Vedette.'
  return cause instanceof Error ? cause.message : String(cause)
}
