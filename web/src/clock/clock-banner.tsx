import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { useState, type ReactElement } from 'react'
import type { z } from 'zod'
import { ClockState } from '#platform/clock/contract.ts'
import { useMay } from '../session/may.ts'
import { formatUtc } from '../ui/format-instant.ts'
import { Icon } from '../ui/icon.tsx'
import { StateTimeDialog } from './state-time-dialog.tsx'

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
          This machine shows {formatUtc(Date.parse(state.readings.wall))}, the database {formatUtc(Date.parse(state.readings.database))}.
        </Text>
        <Text size="sm">
          {proposal
            ? `${proposal.proposedBy} stated the time as ${formatUtc(Date.parse(proposal.instant))}. A second publisher has to state it too.`
            : 'Two publishers each state the time by a clock outside this machine; then it goes on.'}
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
      <StateTimeDialog opened={dialog === 'propose'} onClose={() => setDialog(undefined)} />
      {proposal && <StateTimeDialog proposal={proposal} opened={dialog === 'confirm'} onClose={() => setDialog(undefined)} />}
    </Alert>
  )
}
