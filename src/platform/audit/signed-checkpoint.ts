import type { KeyObject } from 'node:crypto'
import { formatCheckpoint, parseCheckpoint, type Checkpoint } from '#platform/audit/checkpoint.ts'
import { openNote, signNote, verifierKeyOf } from '#platform/audit/signed-note.ts'

/** The signed note of a checkpoint, under the log's own name. */
export function signCheckpoint(checkpoint: Checkpoint, privateKey: KeyObject): string {
  return signNote(formatCheckpoint(checkpoint), checkpoint.origin, privateKey)
}

/**
 * The checkpoint that this key signed, under whatever name the log had; undefined for every other
 * text. The key alone decides: a log keeps its first name when the address of its server changes.
 */
export function openCheckpoint(note: string, key: KeyObject): Checkpoint | undefined {
  const checkpoint = parseCheckpoint(note.slice(0, note.lastIndexOf('\n\n') + 1))
  return checkpoint && openNote(note, verifierKeyOf(checkpoint.origin, key)) !== undefined ? checkpoint : undefined
}
