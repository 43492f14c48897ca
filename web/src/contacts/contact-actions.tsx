import { Button, Group } from '@mantine/core'
import { useState, type ReactElement } from 'react'
import { useMay } from '../session/may.ts'
import { ClearanceDialog } from './clearance-dialog.tsx'
import type { ContactView } from './contacts.ts'
import { FunctionsDialog } from './functions-dialog.tsx'

/** What may be decided about one contact. */
export function ContactActions({ contact }: { contact: ContactView }): ReactElement | null {
  const may = useMay()
  const [open, setOpen] = useState<'clearance' | 'functions' | undefined>()
  if (contact.disabledAt !== null) return null
  const close = () => setOpen(undefined)
  return (
    <Group gap={4} wrap="nowrap" justify="flex-end">
      {may('clearance.change') && (
        <Button variant="subtle" size="compact-sm" onClick={() => setOpen('clearance')} aria-label={`Clearance of ${contact.name}`}>
          Clearance
        </Button>
      )}
      {may('contact.set-functions') && (
        <Button variant="subtle" size="compact-sm" onClick={() => setOpen('functions')} aria-label={`What ${contact.name} stands for`}>
          Stands for
        </Button>
      )}
      {open === 'clearance' && <ClearanceDialog contact={contact} onClose={close} />}
      {open === 'functions' && <FunctionsDialog contact={contact} onClose={close} />}
    </Group>
  )
}
