import { Button, Stack } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { Icon } from '../ui/icon.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { saveDocument } from './agreements.ts'

interface DocumentButtonProps {
  readonly version: number
  readonly organisation: string
  readonly operator: string
  /** Goes on after "PDF", where there are several. */
  readonly label?: string
}

/** Downloads the signed copy. */
export function DocumentButton({ version, organisation, operator, label }: DocumentButtonProps): ReactElement {
  const save = useMutation({ mutationFn: () => saveDocument(version, organisation, operator) })
  return (
    <Stack gap={4} align="flex-end">
      <Button
        variant="default"
        size="compact-sm"
        onClick={() => save.mutate()}
        loading={save.isPending}
        leftSection={<Icon name="download" size={16} />}
        aria-label={`PDF ${label ?? `of version ${version} as signed`}`}
      >
        PDF
      </Button>
      <ProblemAlert error={save.error} />
    </Stack>
  )
}
