import type { EditDraft } from './edit-draft.ts'

/** What each part of the form is given. */
export interface EditPartProps {
  readonly values: EditDraft
  readonly set: (change: Partial<EditDraft>) => void
  readonly error: unknown
}
