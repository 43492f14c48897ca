import { Skeleton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { PART_NAME } from '../packages/packages.ts'
import { Changes } from '../ui/changes.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import styles from './differences-dialog.module.css'
import { placeText, valueText } from './place-text.ts'
import { differencesQuery, type Difference } from './versions.ts'

interface DifferencesDialogProps {
  readonly id: string
  readonly from: number
  readonly to: number
  readonly onClose: () => void
}
const KIND = { added: 'Added', removed: 'Removed', changed: 'Changed' } as const

/** What a version changes in the one before it, field by field; texts line by line. */
export function DifferencesDialog({ id, from, to, onClose }: DifferencesDialogProps): ReactElement {
  const found = useQuery(differencesQuery(id, from, to))
  const parts = found.data?.parts.map((part) => PART_NAME[part as keyof typeof PART_NAME]) ?? []
  return (
    <Dialog opened onClose={onClose} title={`What version ${to} changes in version ${from}`} size="xl">
      <Stack>
        {found.isPending && <Skeleton height={140} />}
        <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />
        {found.data && (
          <Text size="sm" c="dimmed">
            Compared: {parts.join(', ')}. Other parts you may not read in both, so nothing is said of them.
          </Text>
        )}
        {found.data?.items.length === 0 && (
          <EmptyState icon="check" title="Nothing differs">
            What you may read of both versions is the same.
          </EmptyState>
        )}
        {found.data?.items.map((difference) => (
          <One key={difference.place.join('\n')} difference={difference} />
        ))}
      </Stack>
    </Dialog>
  )
}

function One({ difference }: { difference: Difference }): ReactElement {
  const { kind, before, after } = difference
  const place = placeText(difference)
  return (
    <section aria-label={`${KIND[kind]}: ${place}`} className={styles['difference']}>
      <Text size="sm" fw={600} className="break">
        <span className={styles['kind']}>{KIND[kind]}</span> {place}
      </Text>
      <Changes label={`Lines of ${place}`} before={kind === 'added' ? '' : valueText(before)} after={kind === 'removed' ? '' : valueText(after)} />
    </section>
  )
}
