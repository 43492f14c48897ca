import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'

/** What a page of `origin` would pass to the browser; only the fields that an authenticator needs. */
interface CreationOptions {
  readonly challenge: string
  readonly rp: { readonly id: string }
  readonly user: { readonly id: string }
  readonly excludeCredentials?: readonly { readonly id: string }[]
}
interface RequestOptions {
  readonly challenge: string
  readonly rpId: string
}

/** Ways in which an authenticator or a page can be wrong; each must be refused. */
export interface Faults {
  readonly origin?: string
  readonly rpId?: string
  readonly challenge?: string
  readonly unverifiedUser?: true
  readonly counter?: number
  readonly badSignature?: true
  readonly userHandle?: string
  /** The id that the authenticator signs, where it is another than the browser names. */
  readonly attestedId?: Buffer
  /** The id that both name. */
  readonly credentialId?: Buffer
  readonly attestation?: 'packed-with-certificate'
}

const PRESENT = 0x01
const VERIFIED = 0x04
const ATTESTED = 0x40

/** A passkey as a device holds it (WebAuthn Level 3, sections 6 and 8.7): a P-256 key, a counter, and the handle of its person. */
export class Authenticator {
  readonly credentialId = randomBytes(32)
  readonly #key: KeyObject
  readonly #publicKey: Buffer
  readonly #origin: string
  #userHandle = ''
  counter = 0

  constructor(origin: string) {
    this.#origin = origin
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const { x, y } = publicKey.export({ format: 'jwk' })
    this.#key = privateKey
    // COSE_Key of an ES256 key (RFC 9053, section 2.1): kty 2, alg -7, crv 1, x, y.
    this.#publicKey = cbor(
      new Map<number, CborValue>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, Buffer.from(x!, 'base64url')],
        [-3, Buffer.from(y!, 'base64url')],
      ]),
    )
  }

  /** Answers `navigator.credentials.create` with attestation "none". */
  create(options: unknown, faults: Faults = {}) {
    const { challenge, rp, user } = options as CreationOptions
    this.#userHandle = user.id
    const length = Buffer.alloc(2)
    const id = faults.attestedId ?? faults.credentialId ?? this.credentialId
    length.writeUInt16BE(id.length)
    const attested = Buffer.concat([Buffer.alloc(16), length, id, this.#publicKey])
    const authData = Buffer.concat([this.#authData(rp.id, ATTESTED, faults), attested])
    const certified = faults.attestation === 'packed-with-certificate'
    const attestationObject = cbor(
      new Map<string, CborValue>([
        ['fmt', certified ? 'packed' : 'none'],
        [
          'attStmt',
          certified
            ? new Map<string, CborValue>([
                ['alg', -7],
                ['sig', randomBytes(70)],
                ['x5c', [randomBytes(300)]],
              ])
            : new Map(),
        ],
        ['authData', authData],
      ]),
    )
    const clientDataJSON = this.#clientData('webauthn.create', challenge, faults)
    return this.#credential(
      {
        clientDataJSON: clientDataJSON.toString('base64url'),
        attestationObject: attestationObject.toString('base64url'),
        transports: ['internal'],
      },
      faults.credentialId,
    )
  }

  /** Answers `navigator.credentials.get`. */
  get(options: unknown, faults: Faults = {}) {
    const { challenge, rpId } = options as RequestOptions
    this.counter += 1
    const authenticatorData = this.#authData(rpId, 0, faults)
    const clientData = this.#clientData('webauthn.get', challenge, faults)
    const signature = sign('sha256', Buffer.concat([authenticatorData, sha256(clientData)]), this.#key)
    if (faults.badSignature) signature[signature.length - 1]! ^= 1
    return this.#credential({
      clientDataJSON: clientData.toString('base64url'),
      authenticatorData: authenticatorData.toString('base64url'),
      signature: signature.toString('base64url'),
      userHandle: faults.userHandle ?? this.#userHandle,
    })
  }

  #credential(response: Record<string, unknown>, credentialId: Buffer = this.credentialId) {
    const id = credentialId.toString('base64url')
    return { id, rawId: id, type: 'public-key', response, clientExtensionResults: {}, authenticatorAttachment: 'platform' }
  }

  #authData(rpId: string, flags: number, faults: Faults): Buffer {
    const tail = Buffer.alloc(5)
    tail.writeUInt8(PRESENT | (faults.unverifiedUser ? 0 : VERIFIED) | flags)
    tail.writeUInt32BE(faults.counter ?? this.counter, 1)
    return Buffer.concat([sha256(faults.rpId ?? rpId), tail])
  }

  #clientData(type: string, challenge: string, faults: Faults): Buffer {
    return Buffer.from(JSON.stringify({ type, challenge: faults.challenge ?? challenge, origin: faults.origin ?? this.#origin, crossOrigin: false }))
  }
}

const sha256 = (data: Buffer | string): Buffer => createHash('sha256').update(data).digest()

type CborValue = number | string | Buffer | readonly CborValue[] | ReadonlyMap<number | string, CborValue>

/** Canonical CBOR (RFC 8949, section 3) of the few types that attestation uses. */
function cbor(value: CborValue): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value])
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)])
  const entries = [...(value as ReadonlyMap<number | string, CborValue>)]
  return Buffer.concat([head(5, entries.length), ...entries.flatMap(([key, item]) => [cbor(key), cbor(item)])])
}

function head(major: number, size: number): Buffer {
  if (size < 24) return Buffer.from([(major << 5) | size])
  if (size < 256) return Buffer.from([(major << 5) | 24, size])
  return Buffer.from([(major << 5) | 25, size >> 8, size & 0xff])
}
