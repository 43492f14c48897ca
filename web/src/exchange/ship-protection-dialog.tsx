import { Button, Checkbox, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { FormEvent, ReactElement } from 'react'
import { SENSORS } from '#program/packages/contract.ts'
import { PROTECTION_MODES, ProtectionView } from '#program/protections/contract.ts'
import { create } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { SENSOR_NAME } from '../packages/packages.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { gapsQuery, titleOf, type Indicator } from './exchange.ts'

interface Draft {
  readonly product: string
  readonly sensor: (typeof SENSORS)[number]
  readonly mode: (typeof PROTECTION_MODES)[number]
  readonly cves: boolean
}

const EMPTY: Draft = { product: '', sensor: 'file', mode: 'detect', cves: true }
const MODE_NAME = { detect: 'Detects it', block: 'Blocks it' } as const
/** How long the exchange may take to hear of it. */
const HEARD_AFTER_MS = 2_000

/** A vendor says that its product protects against an indicator: the gap closes. */
export function ShipProtectionDialog({ indicator, onClose }: { indicator: Indicator; onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const { values, set, clear } = useDraft<Draft>(`ship:${indicator.id}`, EMPTY)
  const ship = useMutation({
    mutationFn: () =>
      create(ProtectionView, '/api/protections', {
        product: values.product,
        sensor: values.sensor,
        mode: values.mode,
        cves: values.cves ? indicator.cves : [],
        indicators: [indicator.id],
      }),
    onSuccess: () => {
      clear()
      onClose()
      setTimeout(() => void queries.invalidateQueries({ queryKey: gapsQuery.queryKey }), HEARD_AFTER_MS)
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    ship.mutate()
  }
  return (
    <Dialog opened onClose={onClose} title="We ship a protection">
      <form onSubmit={submit}>
        <Stack>
          <Text size="sm" className="break">
            For <strong>{titleOf(indicator)}</strong>. It counts from now on; the operator sees it, other members do not.
          </Text>
          <TextInput
            label="Product"
            description="The product whose users are protected"
            required
            maxLength={200}
            value={values.product}
            error={fieldMessage(ship.error, '/product')}
            onChange={(event) => set({ product: event.currentTarget.value })}
            data-autofocus
          />
          <Group grow align="flex-start">
            <NativeSelect
              label="Where it looks"
              data={SENSORS.map((sensor) => ({ value: sensor, label: SENSOR_NAME[sensor] }))}
              value={values.sensor}
              onChange={(event) => set({ sensor: event.currentTarget.value as Draft['sensor'] })}
            />
            <NativeSelect
              label="What it does"
              data={PROTECTION_MODES.map((mode) => ({ value: mode, label: MODE_NAME[mode] }))}
              value={values.mode}
              onChange={(event) => set({ mode: event.currentTarget.value as Draft['mode'] })}
            />
          </Group>
          {indicator.cves.length > 0 && (
            <Checkbox
              label={`It covers ${indicator.cves.join(', ')} as well`}
              description="Closes the gaps of all indicators of the same vulnerability"
              checked={values.cves}
              onChange={(event) => set({ cves: event.currentTarget.checked })}
            />
          )}
          <ProblemAlert error={ship.error} shownFields={['/product']} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} disabled={ship.isPending}>
              Cancel
            </Button>
            <Button type="submit" loading={ship.isPending}>
              Report the protection
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
