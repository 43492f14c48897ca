import { createHash, randomBytes } from 'node:crypto'

const ENDING = '.ics'
const SHAPE = /^[A-Za-z0-9_-]{43}$/

/** A new token of 256 random bits, and the hash that the database keeps. */
export function createFeedToken(): { readonly token: string; readonly hash: Buffer } {
  const token = randomBytes(32).toString('base64url')
  return { token, hash: hashOf(token) }
}

export function fileOf(token: string): string {
  return token + ENDING
}

/** The hash of the token in a file's name; undefined for what is no token. */
export function hashOfFile(file: string): Buffer | undefined {
  const token = file.endsWith(ENDING) ? file.slice(0, -ENDING.length) : ''
  return SHAPE.test(token) ? hashOf(token) : undefined
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
