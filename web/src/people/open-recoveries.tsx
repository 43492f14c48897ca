import { Button, Group, Skeleton, Stack, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { Link } from '#platform/auth/contract.ts'
import { command, create } from '../api/client.ts'
import { trustedNowMs, useTrustedTime } from '../clock/trusted-time.ts'
import { useMay } from '../session/may.ts'
import { useSession } from '../session/session.ts'
import { Dialog } from '../ui/dialog.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { ShownOnce } from '../ui/shown-once.tsx'
import styles from './open-recoveries.module.css'
import { recoveriesQuery, type RecoveryView } from './people.ts'

/** How long the link of an approved recovery can be used, and the recovery so be stopped. */
const LINK_LIFE_MS = 24 * 60 * 60_000

/** Recoveries that wait for a second operator, and those whose link may still be unused. */
export function OpenRecoveries({ whenNone }: { whenNone: 'say-so' | 'hide' }): ReactElement | null {
  const recoveries = useQuery(recoveriesQuery)
  const clock = useTrustedTime()
  const open = recoveries.data?.filter((recovery) => clock.data && canBeStopped(recovery, trustedNowMs(clock.data))) ?? []
  if (whenNone === 'hide' && open.length === 0 && !recoveries.isError) return null
  return (
    <Panel title="Recoveries" lead="Somebody has lost their passkeys: one membership officer opens a recovery, a second one approves it." flush>
      {recoveries.isPending && <Skeleton height={90} radius={0} />}
      <ProblemAlert error={recoveries.error} onRetry={() => void recoveries.refetch()} />
      {recoveries.isSuccess && clock.isSuccess && open.length === 0 && <EmptyState icon="shield" title="No recovery is open" />}
      <ul className={styles['list']}>
        {open.map((recovery) => (
          <RecoveryItem key={recovery.id} recovery={recovery} />
        ))}
      </ul>
    </Panel>
  )
}

function canBeStopped({ state, approvedAt }: RecoveryView, nowMs: number): boolean {
  return state === 'open' || (state === 'approved' && approvedAt !== null && Date.parse(approvedAt) + LINK_LIFE_MS > nowMs)
}

function RecoveryItem({ recovery }: { recovery: RecoveryView }): ReactElement {
  const may = useMay()
  const self = useSession().person.id
  const [asking, setAsking] = useState<'approve' | 'close' | undefined>()
  const done = () => setAsking(undefined)
  const mine = recovery.openedBy.id === self || recovery.person.id === self
  return (
    <li className={styles['item']}>
      <div className={styles['body']}>
        <strong>{recovery.person.name}</strong>
        <Text className="break">{recovery.reason}</Text>
        <Text size="sm" c="dimmed" component="div">
          Opened by {recovery.openedBy.name} at <Instant value={recovery.openedAt} />
          {recovery.state === 'open' && (
            <>
              , ends at <Instant value={recovery.expiresAt} />
            </>
          )}
          {recovery.approvedBy && `. Approved by ${recovery.approvedBy.name}: as long as the link is unused, closing the recovery stops it.`}
        </Text>
      </div>
      <Group gap={4} wrap="nowrap">
        {recovery.state === 'open' && mine && (
          <Text size="sm" c="dimmed" className="nowrap">
            Waits for a colleague
          </Text>
        )}
        {recovery.state === 'open' && !mine && may('recovery.approve') && (
          <Button size="compact-sm" onClick={() => setAsking('approve')} aria-label={`Approve the recovery of ${recovery.person.name}`}>
            Approve
          </Button>
        )}
        {may('recovery.close') && (
          <Button
            variant="subtle"
            color="red"
            size="compact-sm"
            onClick={() => setAsking('close')}
            aria-label={`Close the recovery of ${recovery.person.name}`}
          >
            Close
          </Button>
        )}
      </Group>
      <ApproveDialog recovery={recovery} opened={asking === 'approve'} onClose={done} />
      <CloseDialog recovery={recovery} opened={asking === 'close'} onClose={done} />
    </li>
  )
}

interface RecoveryDialogProps {
  readonly recovery: RecoveryView
  readonly opened: boolean
  readonly onClose: () => void
}

function ApproveDialog({ recovery, opened, onClose }: RecoveryDialogProps): ReactElement {
  const queries = useQueryClient()
  const approve = useMutation({ mutationFn: () => create(Link, `/api/recoveries/${recovery.id}/approval`) })
  // The list is read again only when the dialog closes: the row, and the link shown in its dialog, would vanish with it.
  const close = () => {
    onClose()
    if (approve.data) void queries.invalidateQueries({ queryKey: recoveriesQuery.queryKey })
  }
  return (
    <Dialog opened={opened} onClose={close} title={`Approve the recovery of ${recovery.person.name}`} dismissible={!approve.isPending && !approve.data}>
      <Stack>
        {approve.data ? (
          <ShownOnce label={`Link for ${recovery.person.name}`} value={approve.data.url}>
            Give it to {recovery.person.name} by a way you trust. It works once, until <Instant value={approve.data.expiresAt} />.
          </ShownOnce>
        ) : (
          <>
            <Text>
              {recovery.openedBy.name} opened it: “<span className="break">{recovery.reason}</span>”
            </Text>
            <Text>
              Make sure yourself that the request comes from {recovery.person.name}. You receive a one-time link to pass on; using it ends their passkeys,
              sessions and tokens.
            </Text>
          </>
        )}
        <ProblemAlert error={approve.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close} disabled={approve.isPending}>
            {approve.data ? 'I have passed it on' : 'Cancel'}
          </Button>
          {!approve.data && (
            <Button onClick={() => approve.mutate()} loading={approve.isPending}>
              Approve the recovery
            </Button>
          )}
        </Group>
      </Stack>
    </Dialog>
  )
}

function CloseDialog({ recovery, opened, onClose }: RecoveryDialogProps): ReactElement {
  const queries = useQueryClient()
  const close = useMutation({
    mutationFn: () => command('DELETE', `/api/recoveries/${recovery.id}`),
    onSuccess: async () => {
      onClose()
      await queries.invalidateQueries({ queryKey: recoveriesQuery.queryKey })
    },
  })
  return (
    <Dialog opened={opened} onClose={onClose} title={`Close the recovery of ${recovery.person.name}`} size="md">
      <Stack>
        <Text>Nothing about the account changes, and a link that was handed over no longer works. A new recovery can be opened at any time.</Text>
        <ProblemAlert error={close.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} disabled={close.isPending}>
            Keep it open
          </Button>
          <Button color="red.8" onClick={() => close.mutate()} loading={close.isPending}>
            Close the recovery
          </Button>
        </Group>
      </Stack>
    </Dialog>
  )
}
