import type { SealedFor } from '#platform/crypto/seal-text.ts'

/** Where the client secret of a provider is sealed for. */
export function sealedSecretOf(provider: string): SealedFor {
  return { purpose: 'identity_provider.sealed_secret', context: [provider] }
}

/** Where the secrets of a way to the provider and back are sealed for. */
export function sealedFlowOf(stateHash: Buffer): SealedFor {
  return { purpose: 'oidc_flow.sealed', context: [stateHash.toString('hex')] }
}
