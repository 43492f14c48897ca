import { Button, Group, NativeSelect, Skeleton, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { FormEvent, ReactElement } from 'react'
import { SightingView } from '#exchange/sightings/contract.ts'
import { create } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { trustedNowMs, useTrustedTime } from '../clock/trusted-time.ts'
import { CivilField } from '../releases/civil-field.tsx'
import { instantOf, type CivilInput } from '../releases/civil-instant.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { LOCAL_ZONE } from '../ui/format-instant.ts'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { gapsQuery, indicatorsQuery } from './exchange.ts'

interface Draft {
  /** STIX id of an indicator, or a value that one names. */
  readonly what: string
  readonly count: string
  readonly first: CivilInput
  readonly last: CivilInput
  readonly zone: string
}

const ZONES = [...new Set(['UTC', LOCAL_ZONE])]
const SHOWN_FIELDS = ['/indicator', '/value', '/count', '/firstSeen', '/lastSeen']

interface ReportSightingDialogProps {
  /** STIX id of the indicator; empty when it is to be typed. */
  readonly indicator: string
  readonly onClose: () => void
}

/** Says how often the own organisation has seen an indicator, from when to when. */
export function ReportSightingDialog({ indicator, onClose }: ReportSightingDialogProps): ReactElement {
  const clock = useTrustedTime()
  return (
    <Dialog opened onClose={onClose} title="Report a sighting">
      {clock.data ? <SightingForm indicator={indicator} nowMs={trustedNowMs(clock.data)} onClose={onClose} /> : <Skeleton height={260} />}
    </Dialog>
  )
}

function SightingForm({ indicator, nowMs, onClose }: ReportSightingDialogProps & { nowMs: number }): ReactElement {
  const queries = useQueryClient()
  const now = minuteInUtc(nowMs)
  const { values, set, clear } = useDraft<Draft>(`sighting:${indicator}`, { what: indicator, count: '1', first: now, last: now, zone: 'UTC' })
  const [firstSeen, lastSeen] = [instantOf(values.first, values.zone), instantOf(values.last, values.zone)]
  const report = useMutation({
    mutationFn: () => create(SightingView, '/api/sightings', { ...named(values.what), count: Number(values.count), firstSeen, lastSeen }),
    onSuccess: async () => {
      clear()
      onClose()
      await queries.invalidateQueries({ queryKey: indicatorsQuery.queryKey })
      await queries.invalidateQueries({ queryKey: gapsQuery.queryKey })
    },
  })
  const cancel = () => {
    clear()
    onClose()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    report.mutate()
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="Indicator or value"
          description="A STIX id, or a SHA-256, SHA-1, MD5, URL, domain or IPv4 address that an indicator names"
          required
          maxLength={2048}
          classNames={{ input: 'mono' }}
          value={values.what}
          error={fieldMessage(report.error, '/indicator') ?? fieldMessage(report.error, '/value')}
          onChange={(event) => set({ what: event.currentTarget.value })}
        />
        <Group grow align="flex-start">
          <TextInput
            label="How often"
            type="number"
            min={1}
            max={1_000_000_000}
            required
            value={values.count}
            error={fieldMessage(report.error, '/count')}
            onChange={(event) => set({ count: event.currentTarget.value })}
            data-autofocus
          />
          <NativeSelect
            label="Zone in which you enter the times"
            data={ZONES}
            value={values.zone}
            onChange={(event) => set({ zone: event.currentTarget.value })}
          />
        </Group>
        <CivilField
          label="First seen"
          zone={values.zone}
          value={values.first}
          error={fieldMessage(report.error, '/firstSeen')}
          onChange={(first) => set({ first })}
        />
        <CivilField
          label="Last seen"
          zone={values.zone}
          value={values.last}
          error={fieldMessage(report.error, '/lastSeen')}
          onChange={(last) => set({ last })}
        />
        <Text size="sm" c="dimmed">
          Other members never learn who reported: they see figures in steps of five organisations, and none under five. The operator’s analysts see it.
        </Text>
        <ProblemAlert error={report.error} shownFields={SHOWN_FIELDS} />
        <Group justify="flex-end">
          <Button variant="default" onClick={cancel} disabled={report.isPending}>
            Cancel
          </Button>
          <Button type="submit" loading={report.isPending} disabled={firstSeen === undefined || lastSeen === undefined}>
            Report the sighting
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function named(what: string): { indicator: string } | { value: string } {
  const text = what.trim()
  return text.startsWith('indicator--') ? { indicator: text } : { value: text }
}

/** The minute that has begun, so that it is never later than now. */
function minuteInUtc(ms: number): CivilInput {
  const text = new Date(ms).toISOString()
  return { date: text.slice(0, 10), time: text.slice(11, 16), later: false }
}
