import { Stack, Table, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { Panel } from '../ui/panel.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import type { ScanResultView } from './submissions.ts'

type Report = Exclude<ScanResultView, { outcome: 'not-scanned' }>
type Reason = Report['verdict']['not_checked'][number]['reason']

const REASONS: Readonly<Record<Reason, string>> = {
  limit: 'A limit was reached',
  encrypted: 'Encrypted',
  damaged: 'Damaged',
  unsupported: 'A format that is not opened',
  crash: 'Its reader ended',
  unreadable: 'It could not be read',
}

/** What the verdict rests on, and what it does not. */
export function CoveragePanel({ report: { extracted, verdict } }: { report: Report }): ReactElement {
  const left = verdict.not_checked
  return (
    <Panel title="What was checked, and what was not">
      <Stack gap="sm">
        <Text>
          {extracted.length === 0
            ? 'One object was examined: the file itself'
            : `${(extracted.length + 1).toLocaleString('en')} objects were examined: the file and what is in it`}
          {left.length === 0 ? ', all of it.' : `. ${left.length === 1 ? 'One part was' : `${left.length.toLocaleString('en')} parts were`} not:`}
        </Text>
        {left.length > 0 && (
          <SimpleTable label="Not examined" headers={['Where', 'Why', 'More exactly']}>
            {left.map(({ path, reason, why }, index) => (
              <Table.Tr key={index}>
                <Table.Td className="mono break">{path}</Table.Td>
                <Table.Td className="nowrap">{REASONS[reason]}</Table.Td>
                <Table.Td className="break">{why}</Table.Td>
              </Table.Tr>
            ))}
          </SimpleTable>
        )}
        <Text c="dimmed" size="sm">
          This was a static scan: the bytes were read, and the file was opened in no viewer. What shows itself only in a viewer, or on a page that the file
          loads from elsewhere, was not looked for.
        </Text>
      </Stack>
    </Panel>
  )
}
