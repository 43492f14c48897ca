import { Button, Group, Skeleton, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { command } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { useSession } from '../session/session.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import list from '../ui/waiting-list.module.css'
import { ApproveImportDialog } from './approve-import-dialog.tsx'
import { importsQuery, type Import } from './member-imports.ts'

/** Lists that one officer proposed and another one decides about. */
export function WaitingImports(): ReactElement {
  const imports = useQuery(importsQuery)
  const [deciding, setDeciding] = useState<Import>()
  const waiting = imports.data?.filter(({ state }) => state === 'waits') ?? []
  return (
    <Panel title="Lists that wait for a second officer" flush>
      {imports.isPending && <Skeleton height={90} radius={0} />}
      <ProblemAlert error={imports.error} onRetry={() => void imports.refetch()} />
      {imports.isSuccess && waiting.length === 0 && <EmptyState icon="check" title="No list waits" />}
      <ul className={list['list']}>
        {waiting.map((one) => (
          <Item key={one.id} item={one} onDecide={() => setDeciding(one)} />
        ))}
      </ul>
      {deciding && <ApproveImportDialog item={deciding} onClose={() => setDeciding(undefined)} />}
    </Panel>
  )
}

function countOf({ rowCount }: Import): string {
  return rowCount === 1 ? '1 member' : `${rowCount} members`
}

function Item({ item, onDecide }: { item: Import; onDecide: () => void }): ReactElement {
  const may = useMay()
  const mine = useSession().person.id === item.proposedBy.id
  return (
    <li className={list['item']}>
      <div className={list['body']}>
        <strong>{countOf(item)}</strong>
        <Text size="sm" c="dimmed" component="div">
          Proposed by {item.proposedBy.name} at <Instant value={item.proposedAt} />, ends at <Instant value={item.expiresAt} />
        </Text>
      </div>
      <Group gap={4} wrap="nowrap">
        {mine && (
          <Text size="sm" c="dimmed" className="nowrap">
            Waits for a colleague
          </Text>
        )}
        {!mine && may('member-import.approve') && (
          <Button size="compact-sm" onClick={onDecide}>
            Look at {countOf(item)}
          </Button>
        )}
        {may('member-import.close') && <Close item={item} />}
      </Group>
    </li>
  )
}

function Close({ item }: { item: Import }): ReactElement {
  const queries = useQueryClient()
  const [asking, setAsking] = useState(false)
  const close = useMutation({
    mutationFn: () => command('DELETE', `/api/member-imports/${item.id}`),
    onSuccess: () => {
      setAsking(false)
      return queries.invalidateQueries({ queryKey: importsQuery.queryKey })
    },
  })
  return (
    <>
      <Button variant="subtle" color="red" size="compact-sm" onClick={() => setAsking(true)} aria-label={`Close the list of ${countOf(item)}`}>
        Close
      </Button>
      <ConfirmDialog
        opened={asking}
        title={`Close the list of ${countOf(item)}`}
        confirm="Close the list"
        pending={close.isPending}
        error={close.error}
        onConfirm={() => close.mutate()}
        onClose={() => setAsking(false)}
      >
        Nobody is admitted by it. The list can be proposed again at any time.
      </ConfirmDialog>
    </>
  )
}
