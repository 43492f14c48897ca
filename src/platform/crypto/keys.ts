import type { KeyObject } from 'node:crypto'

/** The instance's secrets, read once from the keys folder. */
export interface Keys {
  /** 32 bytes that wrap every data key. */
  readonly master: Buffer
  readonly masterId: string
  /** Ed25519 private key that signs the log's checkpoints. */
  readonly log: KeyObject
}
