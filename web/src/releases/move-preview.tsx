import { Alert, Stack, Table, Text, Title } from '@mantine/core'
import type { ReactElement } from 'react'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Icon } from '../ui/icon.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import { InstantInFull, ZonedInstant } from '../ui/zoned-instant.tsx'
import { EFFECT_NAME, type Preview } from './cycles.ts'
import styles from './move-preview.module.css'
import { TIER_NAME } from './releases.ts'

type VersionPreview = Preview['packages'][number]
type TierChange = Preview['tiers'][number]
type MemberChange = VersionPreview['members'][number]

/** Every consequence of a move: what two publishers decide about. */
export function MovePreviewView({ preview }: { preview: Preview }): ReactElement {
  const { from, to, tiers, packages, told } = preview
  const atOnce = tiers.filter(({ effect }) => effect === 'at-once')
  return (
    <Stack>
      <dl className={styles['instants']}>
        <div>
          <dt>Release now</dt>
          <dd>
            <InstantInFull value={from.instant} zone={from.zone} />
          </dd>
        </div>
        <div>
          <dt>Release then</dt>
          <dd>
            <InstantInFull value={to.instant} zone={to.zone} />
          </dd>
        </div>
      </dl>
      {atOnce.length > 0 && (
        <Alert color="orange" variant="light" icon={<Icon name="warning" />} title="Windows open on confirmation">
          {atOnce.map(({ tier }) => TIER_NAME[tier]).join(', ')}: what then opens cannot be closed again.
        </Alert>
      )}
      <Tiers label="Windows of the release" tiers={tiers} zone={to.zone} />
      {packages.map((version) => (
        <Version key={`${version.id} ${version.version}`} version={version} zone={to.zone} />
      ))}
      {packages.length === 0 && <Text size="sm">No package is on it.</Text>}
      <Text size="sm">
        {told.people === 0
          ? 'Nobody is told: no member may know of it yet.'
          : `${count(told.people, 'person', 'people')} of ${count(told.organisations, 'member', 'members')} will be told.`}
      </Text>
    </Stack>
  )
}

function Tiers({ label, tiers, zone }: { label: string; tiers: readonly TierChange[]; zone: string }): ReactElement {
  return (
    <SimpleTable label={label} headers={['Tier', 'Effect', 'Opens now', 'Opens then', 'Hours before release']}>
      {tiers.map((change) => (
        <Table.Tr key={change.tier}>
          <Table.Td>{TIER_NAME[change.tier]}</Table.Td>
          <Table.Td className="nowrap">{EFFECT_NAME[change.effect]}</Table.Td>
          <Table.Td>{opening(change.before, zone)}</Table.Td>
          <Table.Td>{change.effect === 'at-once' ? 'On confirmation' : opening(change.after, zone)}</Table.Td>
          <Table.Td className="nowrap">{hours(change)}</Table.Td>
        </Table.Tr>
      ))}
    </SimpleTable>
  )
}

function Version({ version, zone }: { version: VersionPreview; zone: string }): ReactElement {
  const { id, title, people, losesHours, members, holders, protections } = version
  const effects = Object.entries(people).map(([effect, number]) => `${EFFECT_NAME[effect as TierChange['effect']].toLowerCase()}: ${number}`)
  return (
    <section className={styles['version']} aria-label={`Consequences for ${title ?? id}`}>
      <Title order={3} className="break">
        {title ?? `Package ${id.slice(0, 8)}…`}, version {version.version}
      </Title>
      <ul className={styles['facts']}>
        <li>
          Embargo ends <ZonedInstant value={version.embargo.after} zone={zone} />, not <ZonedInstant value={version.embargo.before} zone={zone} />
        </li>
        <li>People, by what changes for them: {effects.length > 0 ? effects.join('; ') : 'nobody may read it'}</li>
        <li>
          {losesHours === 0 ? 'Nobody has fewer hours before the release' : `${count(losesHours, 'person has', 'people have')} fewer hours before the release`}
        </li>
        <li>
          {holders.length === 0
            ? 'Nobody has received it'
            : `Received, and to acknowledge: ${holders.map(({ person, organisation }) => `${person.name} (${organisation.name})`).join(', ')}`}
        </li>
        <li>
          {protections === null
            ? 'Protections: your role does not show them'
            : protections.length === 0
              ? 'No protection is reported against it'
              : `Protections reported against it: ${protections.map(({ product, organisation }) => `${product} (${organisation.name})`).join(', ')}`}
        </li>
      </ul>
      {members.length > 0 && (
        <DataTable
          label={`Members and ${title ?? id}`}
          columns={memberColumns(zone)}
          rows={members}
          rowKey={(row) => `${row.organisation.id} ${row.before} ${row.after}`}
          empty={<EmptyState icon="people" title="No member" />}
        />
      )}
    </section>
  )
}

function memberColumns(zone: string): readonly Column<MemberChange>[] {
  return [
    { key: 'member', header: 'Member', text: ({ organisation }) => organisation.name },
    { key: 'tier', header: 'Tier', text: ({ tier }) => TIER_NAME[tier] },
    { key: 'people', header: 'People', text: ({ people }) => String(people) },
    { key: 'effect', header: 'Effect', text: ({ effect }) => EFFECT_NAME[effect] },
    { key: 'before', header: 'Opens now', text: ({ before }) => before ?? '', cell: ({ before }) => opening(before, zone) },
    {
      key: 'after',
      header: 'Opens then',
      text: ({ after }) => after ?? '',
      cell: ({ after, effect }) => (effect === 'at-once' ? 'On confirmation' : opening(after, zone)),
    },
    { key: 'hours', header: 'Hours', text: hours },
  ]
}

function opening(at: string | null, zone: string): ReactElement | string {
  return at === null ? 'Never' : <ZonedInstant value={at} zone={zone} />
}

function hours({ hoursBefore, hoursAfter }: Pick<TierChange, 'hoursBefore' | 'hoursAfter'>): string {
  const difference = hoursAfter - hoursBefore
  return difference === 0 ? String(hoursAfter) : `${hoursBefore} → ${hoursAfter} (${difference > 0 ? '+' : '−'}${Math.abs(difference)})`
}

function count(number: number, one: string, several: string): string {
  return `${number} ${number === 1 ? one : several}`
}
