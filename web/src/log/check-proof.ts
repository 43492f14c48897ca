import { openSignedCheckpoint, leafHash, verifyInclusion } from '#platform/audit/proof.ts'
import { fromHex, toHex } from './hex.ts'
import type { Proof } from './leaves.ts'

/** How one step of the check came out; `unknown` where this browser cannot tell. */
export interface Step {
  readonly name: string
  readonly outcome: 'good' | 'bad' | 'unknown'
  readonly says: string
  /** Values that a person can compare by eye. */
  readonly values: readonly (readonly [string, string])[]
}

/** Checks one leaf in this browser, without believing the server that sent it (RFC 6962; C2SP tlog-checkpoint). */
export async function checkProof(proof: Proof, expectedIndex: number): Promise<readonly Step[]> {
  if (!('subtle' in crypto)) return [insecureContext()]
  return [await hashStep(proof), await pathStep(proof, expectedIndex), await signatureStep(proof)]
}

function insecureContext(): Step {
  return {
    name: 'This browser',
    outcome: 'unknown',
    says: 'It offers no cryptography at this address: that needs https, or http://localhost. Nothing was checked.',
    values: [],
  }
}

async function hashStep({ leaf }: Proof): Promise<Step> {
  const computed = toHex(await leafHash(new TextEncoder().encode(leaf.body)))
  const good = computed === leaf.leafHash
  return {
    name: 'The text gives the leaf hash',
    outcome: good ? 'good' : 'bad',
    says: good ? 'SHA-256 of the text, computed here, is the leaf hash.' : 'SHA-256 of the text, computed here, is another: the text was changed.',
    values: [
      ['Computed here', computed],
      ['In the log', leaf.leafHash],
    ],
  }
}

async function pathStep(proof: Proof, expectedIndex: number): Promise<Step> {
  const right = proof.leaf.index === expectedIndex
  const leaf = await leafHash(new TextEncoder().encode(proof.leaf.body))
  const included = await verifyInclusion({ index: proof.leaf.index, size: proof.size, leaf, path: proof.path.map(fromHex), root: fromHex(proof.root) })
  return {
    name: 'The path leads to the root',
    outcome: right && included ? 'good' : 'bad',
    says: !right
      ? `The server sent leaf ${proof.leaf.index} instead of leaf ${expectedIndex}.`
      : included
        ? `Through ${proof.path.length} sibling hashes, the leaf is number ${proof.leaf.index} of ${proof.size} under this root.`
        : 'The sibling hashes do not lead from this leaf to the root: it is not in the tree as shown.',
    values: [['Root', proof.root]],
  }
}

async function signatureStep(proof: Proof): Promise<Step> {
  const name = 'The root is signed by the log'
  const key: readonly [string, string] = ['Key of the log', proof.key]
  if (!(await ed25519Offered())) {
    return {
      name,
      outcome: 'unknown',
      says: 'This browser does not offer Ed25519, so the signature cannot be checked here. `vedette log verify` checks it.',
      values: [key],
    }
  }
  const checkpoint = await openSignedCheckpoint(proof.checkpoint, proof.key)
  const good = checkpoint !== undefined && checkpoint.size === proof.size && toHex(checkpoint.root) === proof.root
  return {
    name,
    outcome: good ? 'good' : 'bad',
    says: good
      ? `The signed checkpoint names this root for ${proof.size} leaves. Compare the key with one you hold from elsewhere.`
      : checkpoint
        ? 'The checkpoint is signed, but for another root or size than was sent.'
        : 'The signature on the checkpoint is not the log’s.',
    values: [key],
  }
}

async function ed25519Offered(): Promise<boolean> {
  try {
    await crypto.subtle.importKey('raw', new Uint8Array(32), 'Ed25519', false, ['verify'])
    return true
  } catch (error) {
    return !(error instanceof DOMException && error.name === 'NotSupportedError')
  }
}
