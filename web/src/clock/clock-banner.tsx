import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import type { z } from 'zod'
import { ClockState } from '#platform/clock/contract.ts'
import { command } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { formatLocal, formatUtc } from '../ui/format-instant.ts'
import { Icon } from '../ui/icon.tsx'
import { ProposeTimeDialog } from './propose-time-dialog.tsx'

interface ClockBannerProps {
  readonly state: z.output<typeof ClockState>
  readonly reason: string
}

/** While clocks disagree nothing opens; two people with the right can say what time it is. */
export function ClockBanner({ state, reason }: ClockBannerProps): ReactElement {
  const may = useMay()
  const [dialog, setDialog] = useState<'propose' | 'confirm' | undefined>()
  const { proposal } = state
  return (
    <Alert color="red" variant="light" role="alert" title="The clocks disagree: the trusted time stands still and nothing opens" icon={<Icon name="clock" />}>
      <Stack gap="xs">
        <Text size="sm">{reason}</Text>
        <Text size="sm">
          {proposal
            ? `${proposal.proposedBy} states that it is ${formatUtc(Date.parse(proposal.instant))}. A second person has to confirm it.`
            : 'One person states the time by a clock outside this machine; a second person confirms it.'}
          {!may('clock.propose') && ' Tell a publisher of the operator.'}
        </Text>
        <Group gap="xs">
          {may('clock.propose') && (
            <Button size="compact-sm" color="red.8" onClick={() => setDialog('propose')}>
              State the time
            </Button>
          )}
          {proposal && may('clock.confirm') && (
            <Button size="compact-sm" color="red.8" onClick={() => setDialog('confirm')}>
              Confirm the proposal
            </Button>
          )}
        </Group>
      </Stack>
      <ProposeTimeDialog opened={dialog === 'propose'} onClose={() => setDialog(undefined)} />
      {proposal && <ConfirmTimeDialog proposal={proposal} opened={dialog === 'confirm'} onClose={() => setDialog(undefined)} />}
    </Alert>
  )
}

interface ConfirmTimeProps {
  readonly proposal: { readonly id: string; readonly instant: string; readonly proposedBy: string }
  readonly opened: boolean
  readonly onClose: () => void
}

function ConfirmTimeDialog({ proposal, opened, onClose }: ConfirmTimeProps): ReactElement {
  const queries = useQueryClient()
  const confirm = useMutation({
    mutationFn: () => command('POST', `/api/clock/confirmations/${proposal.id}/approval`),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['clock'] })
      onClose()
    },
  })
  const ms = Date.parse(proposal.instant)
  return (
    <ConfirmDialog
      opened={opened}
      title="Confirm the time"
      confirm="Confirm this time"
      pending={confirm.isPending}
      error={confirm.error}
      onConfirm={() => confirm.mutate()}
      onClose={onClose}
    >
      {proposal.proposedBy} stated <strong>{formatUtc(ms)}</strong> ({formatLocal(ms)}). Compare it with a clock outside this machine that you trust. Whatever
      this time opens cannot be closed again.
    </ConfirmDialog>
  )
}
