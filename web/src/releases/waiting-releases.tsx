import { Button, Group, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { ReleaseView } from '#program/releases/contract.ts'
import { command, post } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { useSession } from '../session/session.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ZonedInstant } from '../ui/zoned-instant.tsx'
import { ReleaseInstants } from './release-instants.tsx'
import { ReleasePackages } from './release-packages.tsx'
import { releasesQuery, type Release } from './releases.ts'
import styles from '../ui/waiting-list.module.css'

/** Out-of-band releases that one publisher proposed and another has to confirm. */
export function WaitingReleases({ releases }: { releases: readonly Release[] }): ReactElement {
  return (
    <Panel
      title="Wait for a second publisher"
      lead="Nothing opens by one person’s word: an out-of-band release counts once another publisher confirms it."
      flush
    >
      <ul className={styles['list']}>
        {releases.map((release) => (
          <Waiting key={release.key} release={release} />
        ))}
      </ul>
    </Panel>
  )
}

function Waiting({ release }: { release: Release }): ReactElement {
  const may = useMay()
  const self = useSession().person.id
  const [asking, setAsking] = useState<'confirm' | 'withdraw'>()
  const done = () => setAsking(undefined)
  const mine = release.proposed?.by.id === self
  return (
    <li className={styles['item']}>
      <div className={styles['body']}>
        <strong>
          Out-of-band release <ZonedInstant value={release.instant} zone={release.zone} />
        </strong>
        {release.proposed && (
          <>
            <ReleasePackages packages={release.packages} />
            <Text className="break">“{release.proposed.reason}”</Text>
            <Text size="sm" c="dimmed" component="div">
              Proposed by {release.proposed.by.name} at <Instant value={release.proposed.at} />
            </Text>
          </>
        )}
      </div>
      <Group gap="xs">
        {may('release.confirm') &&
          (mine ? (
            <Text size="sm" c="dimmed">
              You proposed it, so another publisher has to confirm it.
            </Text>
          ) : (
            <Button size="compact-md" onClick={() => setAsking('confirm')}>
              Confirm
            </Button>
          ))}
        {may('release.withdraw') && (
          <Button size="compact-md" variant="default" onClick={() => setAsking('withdraw')}>
            Withdraw
          </Button>
        )}
      </Group>
      <Confirm release={release} opened={asking === 'confirm'} onClose={done} />
      <Withdraw release={release} opened={asking === 'withdraw'} onClose={done} />
    </li>
  )
}

interface DecideProps {
  readonly release: Release
  readonly opened: boolean
  readonly onClose: () => void
}

function useDecision(decide: () => Promise<unknown>, onClose: () => void) {
  const queries = useQueryClient()
  const decision = useMutation({
    mutationFn: decide,
    onSuccess: async () => {
      onClose()
      await queries.invalidateQueries({ queryKey: releasesQuery.queryKey })
    },
  })
  const close = () => {
    decision.reset()
    onClose()
  }
  return { pending: decision.isPending, error: decision.error, onConfirm: () => decision.mutate(), onClose: close }
}

function Confirm({ release, opened, onClose }: DecideProps): ReactElement {
  const decision = useDecision(() => post(ReleaseView, `/api/releases/${release.key}/confirmation`), onClose)
  return (
    <ConfirmDialog opened={opened} title="Confirm the out-of-band release" confirm="Confirm" {...decision}>
      <Text mb="sm">
        Compare every instant and every package with what you agreed on. These packages, exactly as named, can be scheduled for it from now on; what then opens
        cannot be closed again.
      </Text>
      <ReleasePackages packages={release.packages} />
      <ReleaseInstants release={release} />
    </ConfirmDialog>
  )
}

function Withdraw({ release, opened, onClose }: DecideProps): ReactElement {
  const decision = useDecision(() => command('DELETE', `/api/releases/${release.key}`), onClose)
  return (
    <ConfirmDialog opened={opened} title="Withdraw the proposal" confirm="Withdraw" {...decision}>
      Nothing was opened by it. A new release can be proposed at any time.
    </ConfirmDialog>
  )
}
