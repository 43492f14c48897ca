import { Button, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { harOf } from '#scanner/detonation/egress/har.ts'
import { LongValue } from '../scanner/place-cells.tsx'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { download } from '../ui/download.ts'
import { formatSize } from '../ui/format-size.ts'
import { Icon } from '../ui/icon.tsx'
import { Panel } from '../ui/panel.tsx'
import { StateMark, type Tone } from '../ui/state-mark.tsx'
import type { DetonationReport, RunView } from './detonations.ts'
import styles from './detonation.module.css'

type Exchange = NonNullable<DetonationReport['network']>[number]

interface Row {
  readonly place: number
  readonly one: Exchange
}

const OUTCOMES: Readonly<Record<Exchange['outcome'], { readonly words: string; readonly tone: Tone }>> = {
  answered: { words: 'Answered', tone: 'on' },
  simulated: { words: 'Simulated', tone: 'plain' },
  refused: { words: 'Refused', tone: 'off' },
  failed: { words: 'Failed', tone: 'bad' },
}

const COLUMNS: readonly Column<Row>[] = [
  { key: 't', header: 'At (s)', text: ({ one }) => one.t.toFixed(3), cell: ({ one }) => <span className="nowrap mono">{one.t.toFixed(3)}</span> },
  {
    key: 'outcome',
    header: 'Outcome',
    text: ({ one }) => OUTCOMES[one.outcome].words,
    cell: ({ one }) => (
      <>
        <StateMark tone={OUTCOMES[one.outcome].tone}>{OUTCOMES[one.outcome].words}</StateMark>
        {one.why !== undefined && <div className={styles['why']}>{one.why}</div>}
      </>
    ),
  },
  { key: 'status', header: 'Status', text: ({ one }) => String(one.response?.status ?? '') },
  { key: 'method', header: 'Method', text: ({ one }) => (one.kind === 'http' ? one.method : `${one.method} (${one.kind})`) },
  {
    key: 'url',
    header: 'Address',
    text: ({ one }) => one.url,
    cell: ({ one }) => (
      <div className={styles['what']}>
        <LongValue text={one.url} />
      </div>
    ),
  },
  { key: 'type', header: 'Type', text: ({ one }) => one.response?.body?.type ?? '' },
  {
    key: 'size',
    header: 'Size',
    text: ({ one }) => String(one.response?.body?.size ?? ''),
    cell: ({ one }) => (
      <span className="nowrap">
        {one.response?.body && formatSize(one.response.body.size)}
        {one.response?.body?.cut && ', cut off'}
      </span>
    ),
  },
  { key: 'address', header: 'Connected to', text: ({ one }) => one.address ?? '', cell: ({ one }) => <span className="nowrap mono">{one.address}</span> },
]

/** Everything that reached the proxy, whether it passed or not. */
export function NetworkPanel({ run, report: { network, options, sha256 } }: { run: RunView; report: DetonationReport }): ReactElement | null {
  if (network === undefined) return null
  const save = () => {
    const har = harOf(network, new Date(run.startedAt ?? 0), 'console')
    download(`vedette-${sha256.slice(0, 16)}-${run.environment.name}.har`, 'application/json', `${JSON.stringify(har, undefined, 2)}\n`)
  }
  return (
    <Panel
      title={network.length === 0 ? 'Network' : `Network (${network.length})`}
      lead={LEADS[options.egress]}
      flush
      actions={
        network.length > 0 && (
          <Button variant="default" leftSection={<Icon name="download" size={16} />} onClick={save}>
            Save HAR
          </Button>
        )
      }
    >
      {network.length === 0 ? (
        <Text p="md">Nothing asked for the network.</Text>
      ) : (
        <DataTable
          label="Network"
          columns={COLUMNS}
          rows={network.map((one, place) => ({ one, place })).toSorted((a, b) => a.one.t - b.one.t)}
          rowKey={({ place }) => String(place)}
          empty={null}
        />
      )}
    </Panel>
  )
}

const LEADS: Readonly<Record<DetonationReport['options']['egress'], string>> = {
  none: 'There was no network: each request was recorded and refused.',
  simulated: 'The network was simulated: each request had a made answer, and nobody outside learned of it.',
  direct: 'Through the recording proxy, which connects to public addresses only.',
  upstream: 'Through the recording proxy and the operator’s upstream proxy.',
}
