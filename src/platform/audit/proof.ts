import { parseCheckpoint, type Checkpoint } from '#platform/audit/checkpoint.ts'
import { fromHex, keyIdInput, parseNote, parseVerifierKey, toHex } from '#platform/audit/note.ts'

/**
 * Checking what the log claims, without trusting the server that says so: nothing here needs Node,
 * so the console runs it in the reader's browser. Every function answers false for what it cannot
 * read, and never throws on hostile input.
 */
export type Bytes = Uint8Array<ArrayBuffer>

/** SHA-256(0x00 || data) (RFC 6962, section 2.1). */
export async function leafHash(data: Uint8Array): Promise<Bytes> {
  return sha256(Uint8Array.of(0, ...data))
}

/** Whether `path` proves leaf `index` in the tree of `size` leaves with this root (RFC 9162, section 2.1.3.2). */
export async function verifyInclusion(proof: {
  readonly index: number
  readonly size: number
  readonly leaf: Uint8Array
  readonly path: readonly Uint8Array[]
  readonly root: Uint8Array
}): Promise<boolean> {
  if (!isSize(proof.index) || !isSize(proof.size) || proof.index >= proof.size) return false
  let node = proof.index
  let last = proof.size - 1
  let hash = proof.leaf
  for (const sibling of proof.path) {
    if (last === 0) return false
    if (node % 2 === 1 || node === last) {
      hash = await nodeHash(sibling, hash)
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)]
    } else {
      hash = await nodeHash(hash, sibling)
    }
    node = half(node)
    last = half(last)
  }
  return last === 0 && equal(hash, proof.root)
}

/** Whether `path` proves that the first tree is the beginning of the second (RFC 9162, section 2.1.4.2). */
export async function verifyConsistency(proof: {
  readonly from: number
  readonly to: number
  readonly fromRoot: Uint8Array
  readonly toRoot: Uint8Array
  readonly path: readonly Uint8Array[]
}): Promise<boolean> {
  const { from, to, fromRoot, toRoot } = proof
  if (!isSize(from) || !isSize(to) || from < 1 || from > to) return false
  if (from === to) return proof.path.length === 0 && equal(fromRoot, toRoot)
  // A whole old tree that is one complete subtree is its own first step.
  const path = isPowerOfTwo(from) ? [fromRoot, ...proof.path] : proof.path
  const first = path[0]
  if (first === undefined) return false
  let node = from - 1
  let last = to - 1
  while (node % 2 === 1) [node, last] = [half(node), half(last)]
  let older = first
  let newer = first
  for (const hash of path.slice(1)) {
    if (last === 0) return false
    if (node % 2 === 1 || node === last) {
      older = await nodeHash(hash, older)
      newer = await nodeHash(hash, newer)
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)]
    } else {
      newer = await nodeHash(newer, hash)
    }
    node = half(node)
    last = half(last)
  }
  return last === 0 && equal(older, fromRoot) && equal(newer, toRoot)
}

/** The checkpoint inside a note that this verifier key signed under the log's own name; undefined for every other note. */
export async function openSignedCheckpoint(note: string, verifierKey: string): Promise<Checkpoint | undefined> {
  const key = parseVerifierKey(verifierKey)
  const parsed = parseNote(note)
  if (!key || !parsed || !equal((await sha256(keyIdInput(key.name, key.publicKey))).slice(0, 4), key.keyId)) return undefined
  const own = parsed.signatures.find((signature) => signature.name === key.name && equal(signature.keyId, key.keyId))
  if (own?.signature.length !== 64) return undefined
  const publicKey = await crypto.subtle.importKey('raw', key.publicKey, 'Ed25519', false, ['verify'])
  const signed = await crypto.subtle.verify('Ed25519', publicKey, own.signature, new TextEncoder().encode(parsed.text))
  const checkpoint = signed ? parseCheckpoint(parsed.text) : undefined
  return checkpoint?.origin === key.name ? checkpoint : undefined
}

/**
 * The whole check of one leaf as `GET /api/log/leaves/:index` answers it: the body gives the hash,
 * the path leads to the root, and the root is the one that the log's key signed.
 */
export async function verifyLeafProof(proof: {
  readonly leaf: { readonly index: number; readonly body: string; readonly leafHash: string }
  readonly size: number
  readonly root: string
  readonly path: readonly string[]
  readonly checkpoint: string
  readonly key: string
}): Promise<boolean> {
  const checkpoint = await openSignedCheckpoint(proof.checkpoint, proof.key)
  if (!checkpoint || checkpoint.size !== proof.size || toHex(checkpoint.root) !== proof.root) return false
  const leaf = await leafHash(new TextEncoder().encode(proof.leaf.body))
  if (toHex(leaf) !== proof.leaf.leafHash) return false
  return verifyInclusion({ index: proof.leaf.index, size: proof.size, leaf, path: proof.path.map(fromHex), root: checkpoint.root })
}

async function nodeHash(left: Uint8Array, right: Uint8Array): Promise<Bytes> {
  return sha256(Uint8Array.of(1, ...left, ...right))
}

async function sha256(data: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', data))
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}

// Sizes may pass 2 ** 32, where JavaScript's shifts end.
function half(value: number): number {
  return Math.floor(value / 2)
}

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value)) && 2 ** Math.log2(value) === value
}
