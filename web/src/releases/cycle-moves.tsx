import { Button, Group, Skeleton, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { MoveView } from '#program/releases/moves/contract.ts'
import { command, post } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { useSession } from '../session/session.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { ZonedInstant } from '../ui/zoned-instant.tsx'
import { moveQuery, type Cycle, type Move } from './cycles.ts'
import { packageName } from './move-dialog.tsx'
import { MovePreviewView } from './move-preview.tsx'
import { releasesQuery } from './releases.ts'
import styles from '../ui/waiting-list.module.css'

/** Moves that wait for their second publisher; nothing where none does. */
export function WaitingMoves({ cycle }: { cycle: Cycle }): ReactElement | null {
  const waiting = cycle.moves.filter(({ state }) => state === 'waits')
  if (waiting.length === 0) return null
  return (
    <Panel title="Moves that wait" lead="A date moves once another publisher has read the consequences and confirms them." flush>
      <ul className={styles['list']}>
        {waiting.map((move) => (
          <Waiting key={move.id} cycle={cycle} move={move} />
        ))}
      </ul>
    </Panel>
  )
}

function Waiting({ cycle, move }: { cycle: Cycle; move: Move }): ReactElement {
  const may = useMay()
  const mine = move.proposed.by.id === useSession().person.id
  const [asking, setAsking] = useState<'confirm' | 'withdraw'>()
  return (
    <li className={styles['item']}>
      <div className={styles['body']}>
        <strong>
          {whatMoves(cycle, move)}: <ZonedInstant value={move.from.instant} zone={move.from.zone} /> →{' '}
          <ZonedInstant value={move.to.instant} zone={move.to.zone} />
        </strong>
        {move.reason !== null && <Text className="break">“{move.reason}”</Text>}
        <Text size="sm" c="dimmed" component="div">
          Proposed by {move.proposed.by.name} at <Instant value={move.proposed.at} />
        </Text>
      </div>
      <Group gap="xs">
        {may('release.confirm-move') && mine && (
          <Text size="sm" c="dimmed">
            You proposed it, so another publisher has to confirm it.
          </Text>
        )}
        <Button size="compact-md" variant={mine ? 'default' : 'filled'} onClick={() => setAsking('confirm')}>
          Consequences
        </Button>
        {may('release.withdraw-move') && (
          <Button size="compact-md" variant="default" onClick={() => setAsking('withdraw')}>
            Withdraw
          </Button>
        )}
      </Group>
      {asking === 'confirm' && <ConfirmMove move={move} offered={may('release.confirm-move') && !mine} onClose={() => setAsking(undefined)} />}
      <WithdrawMove move={move} opened={asking === 'withdraw'} onClose={() => setAsking(undefined)} />
    </li>
  )
}

/** Shows the consequences as they are now, and confirms exactly those. */
function ConfirmMove({ move, offered, onClose }: { move: Move; offered: boolean; onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const shown = useQuery(moveQuery(move.id))
  const preview = shown.data?.preview
  const confirm = useMutation({
    mutationFn: () => post(MoveView, `/api/releases/moves/${move.id}/confirmation`, { preview: preview?.sha256 }),
    onSuccess: async () => {
      onClose()
      await queries.invalidateQueries({ queryKey: releasesQuery.queryKey })
    },
  })
  const again = () => {
    confirm.reset()
    void shown.refetch()
  }
  return (
    <Dialog opened onClose={onClose} title="Consequences of the move" size="xl" dismissible={!confirm.isPending}>
      {shown.isPending && <Skeleton height={240} />}
      <ProblemAlert error={shown.error} onRetry={() => void shown.refetch()} />
      {preview && <MovePreviewView preview={preview} />}
      {preview === null && <EmptyState icon="warning" title="It cannot be confirmed any more: a date has passed, or the release moved meanwhile" />}
      <ProblemAlert error={confirm.error} />
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose} disabled={confirm.isPending}>
          Close
        </Button>
        {confirm.isError && <Button onClick={again}>Read them again</Button>}
        {offered && preview && !confirm.isError && (
          <Button color="red.8" onClick={() => confirm.mutate()} loading={confirm.isPending}>
            Confirm the move
          </Button>
        )}
      </Group>
    </Dialog>
  )
}

function WithdrawMove({ move, opened, onClose }: { move: Move; opened: boolean; onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const withdraw = useMutation({
    mutationFn: () => command('DELETE', `/api/releases/moves/${move.id}`),
    onSuccess: async () => {
      onClose()
      await queries.invalidateQueries({ queryKey: releasesQuery.queryKey })
    },
  })
  return (
    <ConfirmDialog
      opened={opened}
      title="Withdraw the move"
      confirm="Withdraw"
      pending={withdraw.isPending}
      error={withdraw.error}
      onConfirm={() => withdraw.mutate()}
      onClose={() => {
        withdraw.reset()
        onClose()
      }}
    >
      Nothing was moved by it. Another can be proposed at any time.
    </ConfirmDialog>
  )
}

/** What moved from when to when, who decided it, and why. */
export function MoveHistory({ cycle }: { cycle: Cycle }): ReactElement {
  const done = cycle.moves.filter(({ state }) => state === 'confirmed')
  return (
    <Panel title="Moves" flush>
      <DataTable
        label="Moves"
        columns={moveColumns(cycle)}
        rows={done}
        rowKey={({ id }) => id}
        empty={<EmptyState icon="calendar" title="It was never moved" />}
      />
    </Panel>
  )
}

function moveColumns(cycle: Cycle): readonly Column<Move>[] {
  return [
    { key: 'what', header: 'What', text: (move) => whatMoves(cycle, move), cell: (move) => <span className="break">{whatMoves(cycle, move)}</span> },
    { key: 'from', header: 'From', text: ({ from }) => from.instant, cell: ({ from }) => <ZonedInstant value={from.instant} zone={from.zone} /> },
    { key: 'to', header: 'To', text: ({ to }) => to.instant, cell: ({ to }) => <ZonedInstant value={to.instant} zone={to.zone} /> },
    { key: 'who', header: 'By', text: ({ proposed, confirmed }) => `${proposed.by.name}, ${confirmed?.by.name ?? ''}` },
    {
      key: 'at',
      header: 'Confirmed',
      text: ({ confirmed }) => confirmed?.at ?? '',
      cell: ({ confirmed }) => confirmed && <Instant value={confirmed.at} />,
    },
    { key: 'why', header: 'Why', text: ({ reason }) => reason ?? '', cell: ({ reason }) => <span className="break">{reason}</span> },
  ]
}

function whatMoves({ packages }: Cycle, move: Move): string {
  if (move.packages === null) return 'All of the release'
  return move.packages.map((id) => packageName(packages.find((one) => one.id === id) ?? { id, title: null })).join(', ')
}
