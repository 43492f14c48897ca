import { z } from 'zod'

/** Signatures that only the holder of a private key makes (RFC 7518, section 3.1; RFC 9864); never `none`, never a shared secret. */
const ASYMMETRIC = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const
const Header = z.looseObject({ alg: z.enum(ASYMMETRIC) })

/** The algorithm that a compact JWS names. Throws for `none`, for one with a shared secret, and for what is no JWS. */
export function readSignedAlgorithm(jws: string): (typeof ASYMMETRIC)[number] {
  const [header = '', , signature = ''] = jws.split('.')
  if (signature === '') throw new Error('a token without a signature')
  return Header.parse(JSON.parse(Buffer.from(header, 'base64url').toString('utf8'))).alg
}
