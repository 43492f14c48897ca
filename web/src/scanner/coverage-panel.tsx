import { Stack, Table, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { Icon } from '../ui/icon.tsx'
import { Panel } from '../ui/panel.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import styles from './coverage-panel.module.css'
import type { ReportView } from './submissions.ts'

type NotChecked = ReportView['verdict']['not_checked'][number]

const REASONS: Readonly<Record<NotChecked['reason'], string>> = {
  limit: 'A limit was reached',
  encrypted: 'Encrypted',
  damaged: 'Damaged',
  unsupported: 'A format that is not opened',
  crash: 'Its reader ended',
  unreadable: 'It could not be read',
  'not-run': 'It was not opened there',
}
/** The JSON report has the rest. */
const MOST_ROWS = 200

/** What was left unexamined, and why; stands right below the verdict. Nothing where everything was examined. */
export function NotCheckedPanel({ report }: { report: ReportView }): ReactElement | null {
  const left = report.verdict.not_checked
  if (left.length === 0) return null
  return (
    <Panel title="Not checked, and why" lead="What follows was not looked into: whatever it holds is no part of the verdict.">
      <div className={styles['left']} data-testid="not-checked">
        <Icon name="warning" size={20} />
        <strong>{left.length === 1 ? 'One part was not examined.' : `${left.length.toLocaleString('en')} parts were not examined.`}</strong>
      </div>
      <SimpleTable label="Not checked" headers={['Where', 'What', 'Why', 'More exactly']}>
        {left.slice(0, MOST_ROWS).map(({ path, what, reason, why, limit }, index) => (
          <Table.Tr key={index}>
            <Table.Td className={`mono break ${styles['path']}`}>{path === '/' ? '/ (the file)' : path}</Table.Td>
            <Table.Td className="break">{what}</Table.Td>
            <Table.Td className="nowrap">{REASONS[reason]}</Table.Td>
            <Table.Td className={`break ${styles['why']}`}>{limit === undefined ? why : `${why} (limit: ${limit})`}</Table.Td>
          </Table.Tr>
        ))}
      </SimpleTable>
      {left.length > MOST_ROWS && (
        <Text size="sm" c="dimmed" mt="xs">
          {(left.length - MOST_ROWS).toLocaleString('en')} more are in the report as JSON.
        </Text>
      )}
    </Panel>
  )
}

/** What the verdict rests on. */
export function CoveragePanel({ report: { extracted, verdict } }: { report: ReportView }): ReactElement {
  const complete = verdict.not_checked.length === 0
  return (
    <Panel title="What was examined">
      <Stack gap="sm">
        <Text>
          {extracted.length === 0 ? 'One object: the file itself' : `${(extracted.length + 1).toLocaleString('en')} objects: the file and what is in it`}
          {complete ? ', all of it.' : ', but not all of it: see what was not checked.'}
        </Text>
        <Text c="dimmed" size="sm">
          These are the findings of a static scan: the bytes were read. What shows itself only in a viewer, or on a page that the file loads from elsewhere, is
          looked for in the environments named above, and nowhere else.
        </Text>
      </Stack>
    </Panel>
  )
}
