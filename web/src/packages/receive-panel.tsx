import { Button, Group, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { PackageView } from '#program/packages/contract.ts'
import { post } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { Icon } from '../ui/icon.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { packageQuery, packagesQuery, PART_NAME, type Package } from './packages.ts'
import { PermittedUseText } from './permitted-use-text.tsx'

/** Before the content, or what of it opened since: what taking it commits to, and the one button that takes it. */
export function ReceivePanel({ version }: { version: Package }): ReactElement {
  const may = useMay()
  const queries = useQueryClient()
  const receive = useMutation({
    mutationFn: () => post(PackageView, `/api/packages/${version.id}/receipts`, { version: version.version }),
    onSuccess: async (received) => {
      queries.setQueryData(packageQuery(version.id).queryKey, (newest) => (newest && newest.version > received.version ? newest : received))
      // The receipt of a new version acknowledges it.
      await Promise.all([packagesQuery.queryKey, ['acknowledgements']].map((queryKey) => queries.invalidateQueries({ queryKey })))
    },
  })
  const { permittedUse } = version.content
  const rest = version.receivedAt !== null
  return (
    <Panel
      title={rest ? 'More of this package is open to you' : 'Receive this package'}
      lead={rest ? `Not received yet: ${version.unreceivedParts.map((part) => PART_NAME[part]).join(', ')}.` : undefined}
    >
      <Stack>
        {permittedUse && !rest && (
          <section aria-label="What you may do with it before the release">
            <Text fw={600} mb={6}>
              What you may do with it before the release
            </Text>
            <PermittedUseText use={permittedUse} />
          </section>
        )}
        {may('package.receive') && (
          <Group gap="md">
            <Button size="md" leftSection={<Icon name="download" size={16} />} onClick={() => receive.mutate()} loading={receive.isPending}>
              {rest ? 'Receive the rest' : 'Receive this package'}
            </Button>
            <Text size="sm" c="dimmed" maw={520}>
              A receipt with your name and the instant is written to the audit log of the response centre before anything is shown.
            </Text>
          </Group>
        )}
        <ProblemAlert error={receive.error} />
      </Stack>
    </Panel>
  )
}
