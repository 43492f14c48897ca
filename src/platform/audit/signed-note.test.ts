import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { formatCheckpoint, parseCheckpoint } from '#platform/audit/checkpoint.ts'
import { parseNote } from '#platform/audit/note.ts'
import { openSignedCheckpoint } from '#platform/audit/proof.ts'
import { openCheckpoint, signCheckpoint } from '#platform/audit/signed-checkpoint.ts'
import { openNote, readVerifierKey, signNote, verifierKeyText } from '#platform/audit/signed-note.ts'

// The example of the documentation of Go's golang.org/x/mod/sumdb/note.
const KEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
const SEED = 'AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz'
const TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
const NOTE = `${TEXT}\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`

const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex')
const privateKey = createPrivateKey({
  key: Buffer.concat([PKCS8_ED25519, Buffer.from(SEED, 'base64').subarray(1)]),
  format: 'der',
  type: 'pkcs8',
})
const root = Buffer.alloc(32, 0xab)
const log = signCheckpoint({ origin: 'vedette.example/log', size: 42, root }, privateKey)
const logKey = verifierKeyText('vedette.example/log', privateKey)

describe('a signed note', () => {
  it('is byte for byte the one that Go signs', () => {
    expect(signNote(TEXT, 'PeterNeumann', privateKey)).toBe(NOTE)
    expect(verifierKeyText('PeterNeumann', privateKey)).toBe(KEY)
  })

  it('opens with its key, beside signatures of others, and with no other key', () => {
    const key = readVerifierKey(KEY)!
    expect(openNote(NOTE, key)).toBe(TEXT)
    expect(openNote(`${NOTE}\u2014 witness.example AAAAAAAA\n`, key)).toBe(TEXT)
    const other = readVerifierKey(verifierKeyText('PeterNeumann', generateKeyPairSync('ed25519').privateKey))!
    expect(openNote(NOTE, other)).toBeUndefined()
    expect(openNote(NOTE, { ...other, keyId: key.keyId })).toBeUndefined()
  })

  test.prop([fc.nat(NOTE.length - 1), fc.integer({ min: 1, max: 127 })])('does not open once any character is another', (at, change) => {
    const altered = NOTE.slice(0, at) + String.fromCharCode(NOTE.charCodeAt(at) ^ change) + NOTE.slice(at + 1)
    expect(openNote(altered, readVerifierKey(KEY)!)).toBeUndefined()
  })

  test.prop([fc.nat(NOTE.length - 1)])('does not open when it is cut off', (length) => {
    expect(openNote(NOTE.slice(0, length), readVerifierKey(KEY)!)).toBeUndefined()
  })

  test.prop([fc.string({ unit: 'binary', maxLength: 200 })])('is never made of arbitrary text without an error', (text) => {
    expect(() => parseNote(text)).not.toThrow()
    expect(openNote(text, readVerifierKey(KEY)!)).toBeUndefined()
  })

  test.prop([fc.nat(KEY.length - 1), fc.integer({ min: 1, max: 127 })])('has a key whose text cannot be altered', (at, change) => {
    expect(readVerifierKey(KEY.slice(0, at) + String.fromCharCode(KEY.charCodeAt(at) ^ change) + KEY.slice(at + 1))).toBeUndefined()
  })
})

describe('a checkpoint', () => {
  test.prop([fc.nat(Number.MAX_SAFE_INTEGER), fc.uint8Array({ minLength: 32, maxLength: 32 })])('reads back as it was written', (size, hash) => {
    expect(parseCheckpoint(formatCheckpoint({ origin: 'a.example/log', size, root: hash }))).toEqual({
      origin: 'a.example/log',
      size,
      root: Uint8Array.from(hash),
    })
  })

  it('is refused in any other form', () => {
    const good = formatCheckpoint({ origin: 'a.example/log', size: 42, root })
    const wrong = [good.slice(0, -1), `\n${good}`, good.replace('42', '042'), good.replace('42', '-1'), good.replace('42', '99999999999999999'), `${good}\n`]
    for (const text of [...wrong, good.replace('q', '*'), 'a.example/log\n42\nAAAA\n', '']) expect(parseCheckpoint(text)).toBeUndefined()
    expect(parseCheckpoint(`${good}an extension line\n`)?.size).toBe(42)
  })

  it('opens with the key that signed it, here and in the browser', async () => {
    expect(openCheckpoint(log, privateKey)).toEqual({ origin: 'vedette.example/log', size: 42, root: Uint8Array.from(root) })
    expect(await openSignedCheckpoint(log, logKey)).toEqual({ origin: 'vedette.example/log', size: 42, root: Uint8Array.from(root) })
    const stranger = generateKeyPairSync('ed25519').privateKey
    expect(openCheckpoint(log, stranger)).toBeUndefined()
    expect(await openSignedCheckpoint(log, verifierKeyText('vedette.example/log', stranger))).toBeUndefined()
  })

  test.prop([fc.nat(log.length - 1), fc.integer({ min: 1, max: 127 })])('does not open once any character is another', async (at, change) => {
    const altered = log.slice(0, at) + String.fromCharCode(log.charCodeAt(at) ^ change) + log.slice(at + 1)
    expect(openCheckpoint(altered, privateKey)).toBeUndefined()
    expect(await openSignedCheckpoint(altered, logKey)).toBeUndefined()
  })
})
