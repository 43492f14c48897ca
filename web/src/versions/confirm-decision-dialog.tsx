import { Stack, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { command } from '../api/client.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { Consequences } from './consequences.tsx'
import { ACT_NAME, useVersionAct, type Decision } from './versions.ts'

interface DialogProps {
  readonly id: string
  readonly decision: Decision
  readonly onClose: () => void
}
const CONFIRM: Readonly<Record<Decision['act'], string>> = {
  defer: 'Defer it now',
  pull: 'Pull it now',
  withdraw: 'Withdraw it now',
  'defer-cves': 'Confirm that they stay behind',
}

/** The second publisher reads what it leads to, and it is done. */
export function ConfirmDecisionDialog({ id, decision, onClose }: DialogProps): ReactElement {
  const confirm = useVersionAct<void>(() => command('POST', `/api/packages/${id}/decisions/${decision.id}/confirmation`), onClose)
  return (
    <ConfirmDialog
      opened
      title={`${ACT_NAME[decision.act]}: version ${decision.version}`}
      confirm={CONFIRM[decision.act]}
      pending={confirm.isPending}
      error={confirm.error}
      onConfirm={() => confirm.mutate()}
      onClose={onClose}
    >
      <Stack gap="sm">
        <div>
          <Text size="sm" c="dimmed">
            {decision.proposed.by.name} proposes it because:
          </Text>
          <Text className="break">{decision.reason}</Text>
        </div>
        {decision.cves.length > 0 && <Text fw={600}>{decision.cves.join(', ')}</Text>}
        <Consequences id={id} act={decision.act} version={decision.version} />
      </Stack>
    </ConfirmDialog>
  )
}

/** Takes a proposal back before anybody confirmed it. */
export function WithdrawDecisionDialog({ id, decision, onClose }: DialogProps): ReactElement {
  const withdraw = useVersionAct<void>(() => command('DELETE', `/api/packages/${id}/decisions/${decision.id}`), onClose)
  return (
    <ConfirmDialog
      opened
      title="Withdraw the proposal"
      confirm="Withdraw the proposal"
      pending={withdraw.isPending}
      error={withdraw.error}
      onConfirm={() => withdraw.mutate()}
      onClose={onClose}
    >
      The proposal is put away and cannot be confirmed any more. Nothing changes for anybody.
    </ConfirmDialog>
  )
}
