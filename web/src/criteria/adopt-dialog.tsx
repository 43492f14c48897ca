import { Button, Group, Skeleton, Stack, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { ProposedSet } from '#program/membership/criteria/contract.ts'
import { post } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { affectedQuery, criteriaQuery, type Affected, type Proposed } from './criteria.ts'
import { SetTable } from './set-table.tsx'

const COLUMNS: readonly Column<Affected>[] = [
  { key: 'name', header: 'Member', text: ({ organisation }) => organisation.name },
  { key: 'due', header: 'Renewal due', text: ({ dueOn }) => dueOn },
  { key: 'under', header: 'Decided under', text: ({ under }) => under ?? 'no application' },
]

/** A proposed set as a whole, the members it will concern, and the button that puts it in force. */
export function AdoptDialog({ set, mine, onClose }: { set: Proposed; mine: boolean; onClose: () => void }): ReactElement {
  const may = useMay()
  const queries = useQueryClient()
  const affected = useQuery(affectedQuery(set.proposal))
  const adopt = useMutation({
    mutationFn: () => post(ProposedSet, `/api/criteria/${set.proposal}/adopt`),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: criteriaQuery.queryKey })
      onClose()
    },
  })
  const waits = set.adoptedAt === null
  return (
    <Dialog opened onClose={onClose} title={`${set.id}, for ${set.kind}s`} size="80rem" dismissible={!adopt.isPending}>
      <Stack>
        <SetTable set={set} label={set.id} />
        <Text fw={600}>Members whose next renewal falls under it</Text>
        {affected.isPending && <Skeleton height={80} />}
        <ProblemAlert error={affected.error} onRetry={() => void affected.refetch()} />
        {affected.data && (
          <DataTable
            label="Members concerned"
            columns={COLUMNS}
            rows={affected.data}
            rowKey={({ organisation }) => organisation.id}
            empty={<EmptyState icon="people" title="No member of this kind" />}
          />
        )}
        {waits && mine && <Text>You proposed it; another membership officer puts it in force.</Text>}
        <ProblemAlert error={adopt.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} disabled={adopt.isPending}>
            Close
          </Button>
          {waits && !mine && may('criteria.adopt') && (
            <Button onClick={() => adopt.mutate()} loading={adopt.isPending}>
              Put it in force
            </Button>
          )}
        </Group>
      </Stack>
    </Dialog>
  )
}
