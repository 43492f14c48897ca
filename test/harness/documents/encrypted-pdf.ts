import { createCipheriv, createHash } from 'node:crypto'

/** The standard security handler from the writer's side (PDF 32000-1, 7.6; ISO 32000-2, 7.6.4), with fixed salts and vectors. */

const PAD = Buffer.from('28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a', 'hex')
const ID = Buffer.from('00112233445566778899aabbccddeeff', 'hex')
const PERMISSIONS = -44

export type Encryption = 'R2' | 'R3' | 'R4' | 'R5' | 'R6'

interface Keys {
  readonly dictionary: string
  readonly seal: (number: number, bytes: Buffer) => Buffer
}

/** A PDF with one string, one stream and one embedded file, encrypted for these passwords. */
export function encryptedPdf(encryption: Encryption, user: string, owner: string): Buffer {
  const { dictionary, seal } = encryption === 'R5' || encryption === 'R6' ? modern(encryption, user, owner) : classic(encryption, user, owner)
  const text = (number: number, value: string) => `<${seal(number, Buffer.from(value)).toString('hex')}>`
  const stream = seal(2, Buffer.from('app.alert(2)'))
  const id = `<${ID.toString('hex')}>`
  return Buffer.concat([
    Buffer.from(
      `%PDF-1.7\n1 0 obj\n<</Type /Catalog /OpenAction <</S /JavaScript /JS ${text(1, 'app.alert(1)')}>> /AA <</WC <</S /JavaScript /JS 2 0 R>>>>>>\nendobj\n`,
    ),
    Buffer.from(`2 0 obj\n<</Length ${stream.length}>>\nstream\n`),
    stream,
    Buffer.from(`\nendstream\nendobj\n3 0 obj\n${dictionary}\nendobj\ntrailer\n<</Root 1 0 R /Encrypt 3 0 R /ID [${id} ${id}]>>\n%%EOF\n`),
  ])
}

function hash(name: string, ...parts: readonly Buffer[]): Buffer {
  return createHash(name).update(Buffer.concat(parts)).digest()
}

function rc4(key: Buffer, bytes: Buffer): Buffer {
  const s = Array.from({ length: 256 }, (_, i) => i)
  const swap = (a: number, b: number) => ([s[a], s[b]] = [s[b]!, s[a]!])
  let j = 0
  for (let i = 0; i < 256; i++) swap(i, (j = (j + s[i]! + key[i % key.length]!) % 256))
  let a = 0
  let b = 0
  return Buffer.from(
    bytes.map((byte) => {
      a = (a + 1) % 256
      b = (b + s[a]!) % 256
      swap(a, b)
      return byte ^ s[(s[a]! + s[b]!) % 256]!
    }),
  )
}

/** RC4 over and over, each time with the key mixed with another number. */
function layered(key: Buffer, bytes: Buffer): Buffer {
  return Array.from({ length: 20 }, (_, i) => i).reduce((found, i) => rc4(Buffer.from(key.map((byte) => byte ^ i)), found), bytes)
}

function classic(encryption: 'R2' | 'R3' | 'R4', user: string, owner: string): Keys {
  const size = encryption === 'R2' ? 5 : 16
  const padded = (password: string) => Buffer.concat([Buffer.from(password, 'latin1'), PAD]).subarray(0, 32)
  const again = (key: Buffer) => (encryption === 'R2' ? key : Array.from({ length: 50 }).reduce((found: Buffer) => hash('md5', found.subarray(0, size)), key))
  const ownerKey = again(hash('md5', padded(owner))).subarray(0, size)
  const sealedUser = encryption === 'R2' ? rc4(ownerKey, padded(user)) : layered(ownerKey, padded(user))
  const allowed = Buffer.alloc(4)
  allowed.writeInt32LE(PERMISSIONS)
  const key = again(hash('md5', padded(user), sealedUser, allowed, ID)).subarray(0, size)
  const proof = encryption === 'R2' ? rc4(key, PAD) : Buffer.concat([layered(key, hash('md5', PAD, ID)), Buffer.alloc(16)])
  const method =
    encryption === 'R2'
      ? '/V 1 /R 2'
      : encryption === 'R3'
        ? '/V 2 /R 3 /Length 128'
        : '/V 4 /R 4 /Length 128 /CF <</StdCF <</CFM /AESV2 /Length 16>>>> /StmF /StdCF /StrF /StdCF'
  return {
    dictionary: `<</Filter /Standard ${method} /P ${PERMISSIONS} /O <${sealedUser.toString('hex')}> /U <${proof.toString('hex')}>>>`,
    seal: (number, bytes) => {
      const salt = encryption === 'R4' ? Buffer.from('sAlT') : Buffer.alloc(0)
      const own = hash('md5', key, Buffer.from([number, 0, 0, 0, 0]), salt).subarray(0, Math.min(16, size + 5))
      return encryption === 'R4' ? aes('aes-128-cbc', own, bytes) : rc4(own, bytes)
    },
  }
}

function aes(name: string, key: Buffer, bytes: Buffer): Buffer {
  const vector = Buffer.alloc(16, 0x3c)
  const cipher = createCipheriv(name, key, vector)
  return Buffer.concat([vector, cipher.update(bytes), cipher.final()])
}

function unpadded(name: string, key: Buffer, vector: Buffer, bytes: Buffer): Buffer {
  const cipher = createCipheriv(name, key, vector).setAutoPadding(false)
  return Buffer.concat([cipher.update(bytes), cipher.final()])
}

function modern(encryption: 'R5' | 'R6', user: string, owner: string): Keys {
  const digest = encryption === 'R5' ? (...parts: readonly [Buffer, Buffer, Buffer]) => hash('sha256', ...parts) : hardened
  const key = Buffer.alloc(32, 0x5a)
  const sealed = (password: string, extra: Buffer, salt: number) => {
    const [check, wrap] = [Buffer.alloc(8, salt), Buffer.alloc(8, salt + 1)]
    const word = Buffer.from(password)
    return {
      proof: Buffer.concat([digest(word, check, extra), check, wrap]),
      key: unpadded('aes-256-cbc', digest(word, wrap, extra), Buffer.alloc(16), key),
    }
  }
  const ofUser = sealed(user, Buffer.alloc(0), 1)
  const ofOwner = sealed(owner, ofUser.proof, 9)
  const hex = (bytes: Buffer) => `<${bytes.toString('hex')}>`
  return {
    dictionary: `<</Filter /Standard /V 5 /R ${encryption.slice(1)} /Length 256 /P ${PERMISSIONS} /CF 4 0 R /StmF /StdCF /StrF /StdCF /O ${hex(ofOwner.proof)} /U ${hex(ofUser.proof)} /OE ${hex(ofOwner.key)} /UE ${hex(ofUser.key)}>>\nendobj\n4 0 obj\n<</StdCF <</CFM /AESV3 /Length 32>>>>`,
    seal: (_, bytes) => aes('aes-256-cbc', key, bytes),
  }
}

/** ISO 32000-2, algorithm 2.B. */
function hardened(password: Buffer, salt: Buffer, extra: Buffer): Buffer {
  let key = hash('sha256', password, salt, extra)
  for (let round = 1; ; round++) {
    const sealed = unpadded(
      'aes-128-cbc',
      key.subarray(0, 16),
      key.subarray(16, 32),
      Buffer.concat(Array.from({ length: 64 }, () => [password, key, extra]).flat()),
    )
    const size = Number(BigInt(`0x${sealed.toString('hex', 0, 16)}`) % 3n)
    key = hash(['sha256', 'sha384', 'sha512'][size]!, sealed)
    if (round >= 64 && sealed.at(-1)! <= round - 32) return key.subarray(0, 32)
  }
}
