import { Alert, Group, NativeSelect, Skeleton, Stack, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { formatUtc } from '../ui/format-instant.ts'
import { Icon } from '../ui/icon.tsx'
import { StateMark, type Tone } from '../ui/state-mark.tsx'
import { ZonedInstant } from '../ui/zoned-instant.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { TIER_NAME, WINDOW_TIERS, type WindowTier } from '../releases/releases.ts'
import { previewQuery, type Change, type Rules, type Worker } from './rules.ts'

const WEEKENDS: Readonly<Record<string, Worker['weekend']>> = {
  none: [],
  'Friday and Saturday': ['friday', 'saturday'],
  'Saturday and Sunday': ['saturday', 'sunday'],
  Friday: ['friday'],
  Sunday: ['sunday'],
}
const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')]
const CHANGE: Readonly<Record<Change['change'], { text: string; tone: Tone }>> = {
  same: { text: 'The same', tone: 'plain' },
  moved: { text: 'Moves', tone: 'waiting' },
  appears: { text: 'Appears', tone: 'on' },
  vanishes: { text: 'Vanishes', tone: 'bad' },
}

interface RulesPreviewProps {
  readonly rules: Rules
  /** The first cycle that follows them; null for the first one that can. */
  readonly from: string | null
  readonly shownFields?: readonly string[]
}

/** The next 24 months by these rules, beside what they are; follows what is typed. */
export function RulesPreview({ rules, from, shownFields = [] }: RulesPreviewProps): ReactElement {
  const [weekend, setWeekend] = useState('')
  const [zone, setZone] = useState('Asia/Riyadh')
  const member = weekend === '' ? null : { zone, weekend: WEEKENDS[weekend]! }
  const [wish] = useDebouncedValue({ rules, from, member }, 400)
  const preview = useQuery(previewQuery(wish))
  const { data, error } = preview
  return (
    <Stack gap="sm">
      <Group align="flex-end">
        <NativeSelect
          label="Count the working hours of a member whose weekend is"
          data={[{ value: '', label: 'not counted' }, ...Object.keys(WEEKENDS).map((value) => ({ value, label: value }))]}
          value={weekend}
          onChange={(event) => setWeekend(event.currentTarget.value)}
        />
        {weekend !== '' && <NativeSelect label="Its zone" data={ZONES} value={zone} onChange={(event) => setZone(event.currentTarget.value)} />}
      </Group>
      {weekend !== '' && (
        <Text size="sm" c="dimmed">
          Hours from 9:00 to 17:00 in its zone that lie in each window. Openings are the same for every member of a tier: no weekend moves them.
        </Text>
      )}
      {preview.isPending && <Skeleton height={240} />}
      <ProblemAlert error={error} shownFields={shownFields} />
      {data && !error && (
        <>
          {data.blocked ? (
            <Alert color="orange" variant="light" icon={<Icon name="warning" />} title={`The cycle of ${data.blocked} cannot follow them`}>
              It has begun, would have begun by these rules, or holds a package. Begin with a later cycle.
            </Alert>
          ) : (
            <Text size="sm">
              From the cycle of <strong>{data.from}</strong> on: {summary(data.cycles)}.
            </Text>
          )}
          <DataTable
            label="Preview of 24 months"
            columns={columns(weekend !== '')}
            rows={data.cycles}
            rowKey={({ month }) => month}
            empty={<EmptyState icon="calendar" title="No release to come" />}
          />
        </>
      )}
    </Stack>
  )
}

function columns(working: boolean): readonly Column<Change>[] {
  return [
    { key: 'month', header: 'Cycle', text: ({ month }) => month, cell: ({ month }) => <strong className="nowrap">{month}</strong> },
    {
      key: 'change',
      header: 'Change',
      text: ({ change }) => CHANGE[change].text,
      cell: ({ change }) => <StateMark tone={CHANGE[change].tone}>{CHANGE[change].text}</StateMark>,
    },
    instants('release', 'Release', (cycle) => cycle.instant),
    ...WINDOW_TIERS.map((tier) => instants(tier, `${TIER_NAME[tier]} opens`, (cycle) => cycle.windows[tier])),
    ...WINDOW_TIERS.map((tier) => ({ key: `${tier}-hours`, header: `${TIER_NAME[tier]} hours`, text: (one: Change) => hoursOf(one, tier) })),
    ...(working
      ? WINDOW_TIERS.map((tier) => ({
          key: `${tier}-working`,
          header: `${TIER_NAME[tier]} working hours`,
          text: (one: Change) => String(one.working?.[tier] ?? ''),
        }))
      : []),
  ]
}

/** Both instants where they differ, the new one first. */
function instants(key: string, header: string, of: (cycle: NonNullable<Change['after']>) => string): Column<Change> {
  const values = ({ before, after }: Change) => ({
    before: before && { at: of(before), zone: before.zone },
    after: after && { at: of(after), zone: after.zone },
  })
  return {
    key,
    header,
    text: (change) => {
      const { before, after } = values(change)
      return [after, before].flatMap((one) => (one ? [formatUtc(Date.parse(one.at))] : [])).join(' / ')
    },
    cell: (change) => {
      const { before, after } = values(change)
      const same = before && after && before.at === after.at
      return (
        <>
          {after && <InBoth value={after.at} zone={after.zone} />}
          {before && !same && (
            <Text size="xs" c="dimmed" component="div" className="nowrap">
              {after ? 'was ' : 'would have been '}
              <ZonedInstant value={before.at} zone={before.zone} />
            </Text>
          )}
        </>
      )
    },
  }
}

/** An instant in its zone and in UTC. */
export function InBoth({ value, zone }: { value: string; zone: string }): ReactElement {
  return (
    <>
      <ZonedInstant value={value} zone={zone} />
      <Text size="xs" c="dimmed" component="div" className="nowrap">
        {formatUtc(Date.parse(value))}
      </Text>
    </>
  )
}

function hoursOf({ hours, change }: Change, tier: WindowTier): string {
  const { before, after, gained } = hours[tier]
  if (change === 'vanishes') return `${before} lost`
  if (gained === null || gained === 0) return String(after)
  return `${after} (${gained > 0 ? '+' : '−'}${Math.abs(gained)})`
}

function summary(cycles: readonly Change[]): string {
  const count = (change: Change['change']) => cycles.filter((one) => one.change === change).length
  const parts = [
    [count('moved'), 'move'],
    [count('appears'), 'appear'],
    [count('vanishes'), 'vanish'],
  ] as const
  const words = parts.flatMap(([number, verb]) => (number > 0 ? [`${number} ${verb}`] : []))
  return words.length === 0 ? 'nothing changes' : `${words.join(', ')}; ${count('same')} stay as they are`
}
