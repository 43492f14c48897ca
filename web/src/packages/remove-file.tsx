import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { PackageView, type FilePart, type PackageContentInput } from '#program/packages/contract.ts'
import { put } from '../api/client.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { filesOf, type Package, type StoredFile } from './packages.ts'

interface RemoveFileProps {
  readonly part: FilePart
  readonly version: Package
  readonly file: StoredFile
  readonly onRemoved: (after: Package) => void
}

/** Takes a file out of a draft, after asking. */
export function RemoveFile({ part, version, file, onRemoved }: RemoveFileProps): ReactElement {
  const [asking, setAsking] = useState(false)
  const remove = useMutation({
    mutationFn: () => {
      const field = part === 'attachments' ? 'attachments' : 'proofOfConcept'
      const kept = (filesOf(version.content, part) ?? []).filter(({ object }) => object !== file.object)
      const content = { ...version.content, [field]: kept } as PackageContentInput
      return put(PackageView, `/api/packages/${version.id}/content`, { contentHash: version.contentHash, content })
    },
    onSuccess: (after) => {
      setAsking(false)
      onRemoved(after)
    },
  })
  return (
    <>
      <Button variant="subtle" color="red" size="compact-sm" aria-label={`Remove ${file.name}`} onClick={() => setAsking(true)}>
        Remove
      </Button>
      <ConfirmDialog
        opened={asking}
        title="Remove the file"
        confirm="Remove"
        pending={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
        onClose={() => {
          remove.reset()
          setAsking(false)
        }}
      >
        <strong className="break">{file.name}</strong> is taken out of the package and deleted. This cannot be undone.
      </ConfirmDialog>
    </>
  )
}
