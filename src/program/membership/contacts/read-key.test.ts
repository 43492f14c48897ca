import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { fc, test } from '@fast-check/vitest'
import { bech32 } from '@scure/base'
import { generateKey, readKey as parseKey, reformatKey, revokeKey, type PrivateKey } from 'openpgp'
import { describe, expect, it } from 'vitest'
import { Problem } from '#platform/errors.ts'
import { readKey } from '#program/membership/contacts/read-key.ts'

const NOW = new Date('2026-11-22T12:00:00Z')
const DAY = 86_400_000
const later = (days: number) => new Date(NOW.getTime() + days * DAY)

const encode = (prefix: string, bytes: Uint8Array) => bech32.encode(prefix, bech32.toWords(bytes), false)
const curvePoint = () => Buffer.from(generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }).x!, 'base64url')
const age = () => encode('age', curvePoint())
/** A hybrid recipient: coefficients of zero are below q. */
const hybrid = (kem = Buffer.concat([Buffer.alloc(1152), randomBytes(32)]), curve: Uint8Array = curvePoint()) => encode('age1pq', Buffer.concat([kem, curve]))

async function openpgp(options: { date?: Date; keyExpirationTime?: number } = {}) {
  return generateKey({ type: 'curve25519', userIDs: [{ name: 'Contact', email: 'contact@vendor.example' }], format: 'armored', date: later(-30), ...options })
}
async function refusal(text: string, wanted: Date | undefined = later(30)): Promise<string> {
  const error = await readKey(text, wanted, NOW).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(Problem)
  const { code, fields, message, cause } = error as Problem
  expect([code, cause]).toEqual(['VALIDATION_FAILED', undefined])
  const words = `${message} ${JSON.stringify(fields)}`
  for (const line of text.split('\n')) if (line.length > 30) expect(words).not.toContain(line)
  return fields.map((field) => `${field.field}: ${field.message}`).join()
}

describe('an age recipient', () => {
  it('is taken, X25519 and hybrid, until the day that the contact states', async () => {
    for (const text of [age(), hybrid()]) {
      const key = await readKey(`  ${text}\n`, later(365), NOW)
      expect(key).toMatchObject({ kind: 'age', publicKey: text, expiresAt: later(365), fingerprint: expect.stringMatching(/^SHA256:[\w-]{43}$/) })
    }
  })

  it('needs that day, in the future and within two years', async () => {
    await expect(readKey(age(), undefined, NOW)).rejects.toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field: '/expiresAt' }] })
    expect(await refusal(age(), later(-1))).toContain('/expiresAt: in the future')
    expect(await refusal(age(), later(733))).toContain('/expiresAt: at most two years')
    await readKey(age(), later(731), NOW)
  })

  test.prop([fc.nat({ max: 61 }), fc.constantFrom(...'qpzry9x8gf2tvdw0s3jn54khce6mua7l'.split(''))])(
    'is refused with any one character wrong',
    async (at, letter) => {
      const text = age()
      const wrong = `${text.slice(0, at)}${letter}${text.slice(at + 1)}`
      if (wrong !== text) expect(await refusal(wrong)).toContain('/publicKey')
    },
  )

  it.each([
    ['points of small order', encode('age', new Uint8Array(32))],
    ['points of small order, hybrid', hybrid(undefined, new Uint8Array(32))],
    ['coefficients out of range', hybrid(Buffer.alloc(1184, 0xff))],
    ['too few bytes', encode('age', new Uint8Array(31))],
    ['another prefix', encode('age1tag', randomBytes(33))],
    ['an X25519 key under the hybrid prefix', encode('age1pq', curvePoint())],
    ['an SSH key', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
    ['upper case', age().toUpperCase()],
    ['nothing', ' '],
  ])('is not one of %s', async (_, text) => expect(await refusal(text)).toContain('/publicKey'))
})

describe('an OpenPGP key', () => {
  it('is taken until it expires itself, at most two years', async () => {
    const short = await openpgp({ keyExpirationTime: 60 * 86_400 })
    const ends = await readKey(short.publicKey, undefined, NOW)
    expect(ends).toMatchObject({ kind: 'openpgp', fingerprint: expect.stringMatching(/^[0-9A-F]{40}$/) })
    expect(Math.abs(ends.expiresAt.getTime() - later(30).getTime())).toBeLessThan(2000)
    expect((await readKey(short.publicKey, later(10), NOW)).expiresAt).toEqual(later(10))
    expect((await readKey(short.publicKey, later(300), NOW)).expiresAt).toEqual(ends.expiresAt)
    expect((await readKey((await openpgp()).publicKey, undefined, NOW)).expiresAt).toEqual(later(732))
  })

  it('is refused when it has expired, is revoked, begins later or cannot encrypt', async () => {
    expect(await refusal((await openpgp({ keyExpirationTime: 10 * 86_400 })).publicKey)).toContain('cannot encrypt')
    expect(await refusal((await openpgp({ date: later(5) })).publicKey)).toContain('cannot encrypt')
    const { privateKey, publicKey, revocationCertificate } = await openpgp()
    const revoked = await revokeKey({ key: await parseKey({ armoredKey: publicKey }), revocationCertificate })
    expect(await refusal(revoked.publicKey)).toContain('cannot encrypt')
    const signing = (await parseKey({ armoredKey: privateKey })) as PrivateKey
    signing.subkeys.splice(0)
    expect(await refusal(signing.toPublic().armor())).toContain('cannot encrypt')
  })

  it('that is private is refused, however it is labelled, and nothing of it is quoted or kept', async () => {
    const { privateKey } = await openpgp()
    expect(await refusal(privateKey)).toContain('this is a private key')
    const disguised = privateKey.replaceAll('PRIVATE KEY BLOCK', 'PUBLIC KEY BLOCK')
    expect(await refusal(disguised)).toContain('this is a private key')
    const { publicKey } = await reformatKey({
      privateKey: (await parseKey({ armoredKey: privateKey })) as PrivateKey,
      userIDs: [{ name: 'Contact' }],
      format: 'armored',
    })
    expect(await refusal(`${publicKey}\n${disguised}`)).toContain('/publicKey')
    for (const secret of [
      encode('age-secret-key-', randomBytes(32)).toUpperCase(),
      `AGE-SECRET-KEY-PQ-1${'Q'.repeat(58)}`,
      '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA',
    ]) {
      expect(await refusal(secret)).toContain('this is a private key')
    }
  })

  it('comes alone', async () => {
    const [one, other] = await Promise.all([openpgp(), openpgp()])
    const both = [...(await parseKey({ armoredKey: one.publicKey })).toPacketList(), ...(await parseKey({ armoredKey: other.publicKey })).toPacketList()]
    const { PacketList, armor, enums } = await import('openpgp')
    const list = new PacketList()
    list.push(...both)
    expect(await refusal(armor(enums.armor.publicKey, list.write()))).toContain('more than one')
  })
})
