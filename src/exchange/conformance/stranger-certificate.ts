import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

const bytes = (hex: string) => Buffer.from(hex, 'hex')
/** ecdsa-with-SHA256 (RFC 5758), commonName (RFC 5280), as DER. */
const ECDSA_SHA256 = bytes('06082a8648ce3d040302')
const COMMON_NAME = bytes('0603550403')

/** A certificate that signs itself and that nobody has reason to trust, valid for the years 2020 to 2049; with its key, both as PEM. */
export function strangerCertificate(name: string): { cert: string; key: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const algorithm = der(0x30, ECDSA_SHA256)
  const subject = der(0x30, der(0x31, der(0x30, COMMON_NAME, der(0x0c, Buffer.from(name)))))
  const serial = randomBytes(8)
  serial[0] = (serial[0]! & 0x3f) | 0x40
  const content = der(
    0x30,
    der(0xa0, der(0x02, bytes('02'))),
    der(0x02, serial),
    algorithm,
    subject,
    der(0x30, der(0x17, Buffer.from('200101000000Z')), der(0x17, Buffer.from('491231235959Z'))),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
  )
  const signature = der(0x03, Buffer.from([0]), sign('sha256', content, privateKey))
  const text = der(0x30, content, algorithm, signature).toString('base64')
  const cert = `-----BEGIN CERTIFICATE-----\n${(text.match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`
  return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
}

/** An element of DER with its length. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}
