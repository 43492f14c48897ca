import { z } from 'zod'
import { sealText, unsealText, type SealedFor } from '#platform/crypto/seal-text.ts'
import type { Keys } from '#platform/crypto/keys.ts'
import type { TlsChoice } from '#platform/http/guarded-fetch.ts'
import { Login } from '#exchange/remotes/contract.ts'

/** How the remote server knows us. It leaves the database only towards that server. */
export type LoginSecret = z.output<typeof Login>

export const sealedLoginOf = (remote: string): SealedFor => ({ purpose: 'remote.sealed_login', context: [remote] })

/** Null when there is nothing to seal. */
export function sealLogin(keys: Pick<Keys, 'master'>, remote: string, login: LoginSecret): Buffer | null {
  return login.scheme === 'none' ? null : sealText(keys, sealedLoginOf(remote), JSON.stringify(login))
}

export function unsealLogin(keys: Pick<Keys, 'master'>, remote: string, sealed: Buffer | null): LoginSecret {
  return sealed === null ? { scheme: 'none' } : Login.parse(JSON.parse(unsealText(keys, sealedLoginOf(remote), sealed)))
}

/** The header that says who asks; empty where a certificate does, or nothing. */
export function headersOf(login: LoginSecret): Record<string, string> {
  if (login.scheme === 'basic') return { authorization: `Basic ${Buffer.from(`${login.user}:${login.password}`, 'utf8').toString('base64')}` }
  return login.scheme === 'bearer' ? { authorization: `Bearer ${login.token}` } : {}
}

/** Certificate and key, for the origin that they are for alone. */
export function identityOf(login: LoginSecret): Pick<TlsChoice, 'cert' | 'key'> {
  return login.scheme === 'certificate' ? { cert: login.certificate, key: login.key } : {}
}

/** What nobody may read of it, in each form in which it is sent. */
export function secretsOf(login: LoginSecret): string[] {
  if (login.scheme === 'basic') return [login.password, headersOf(login)['authorization']!.slice('Basic '.length)]
  return login.scheme === 'bearer' ? [login.token] : []
}
