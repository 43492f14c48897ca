import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Icon } from '../ui/icon.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import type { Upload } from '../ui/use-upload.ts'
import type { Report } from './member-imports.ts'

/** One line of the report: a row as it was read, or what is wrong with one. */
interface Line {
  readonly key: string
  readonly line: number | null
  readonly fault: string | null
  readonly column: string
  readonly words: string
}

const COLUMNS: readonly Column<Line>[] = [
  { key: 'line', header: 'Line', text: ({ line }) => (line === null ? 'File' : String(line)) },
  {
    key: 'state',
    header: 'State',
    text: ({ fault }) => fault ?? 'Good',
    cell: ({ fault }) => <StateMark tone={fault ? 'bad' : 'on'}>{fault ?? 'Good'}</StateMark>,
  },
  { key: 'column', header: 'Column', text: ({ column }) => column, cell: ({ column }) => column && <span className="mono">{column}</span> },
  { key: 'words', header: 'What', text: ({ words }) => words, cell: ({ words }) => <span className="break">{words}</span> },
]

interface ImportReportPanelProps {
  readonly fileName: string
  readonly report: Report
  readonly proposal: Upload
  readonly onPropose: () => void
}

/** What a dry run found, line by line, with the way on once nothing is wrong. */
export function ImportReportPanel({ fileName, report, proposal, onPropose }: ImportReportPanelProps): ReactElement {
  const { good, faults, rowCount } = report
  return (
    <Panel title={`What is in ${fileName}`} lead={`${rowCount} ${rowCount === 1 ? 'row' : 'rows'}, of which ${good.length} good.`} flush>
      <Stack p="md" gap="sm">
        {faults.length > 0 ? (
          <Alert
            color="red"
            variant="light"
            icon={<Icon name="warning" />}
            title={`${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}: nothing can be proposed yet`}
          >
            Mend the lines below in your file, and choose it again. All members of a list come in together, or none.
          </Alert>
        ) : (
          <Group justify="space-between">
            <Text>Every line is good. A second membership officer has to admit them.</Text>
            <Button onClick={onPropose} loading={proposal.sending !== undefined}>
              Propose {good.length === 1 ? 'this member' : `these ${good.length} members`}
            </Button>
          </Group>
        )}
        <ProblemAlert error={proposal.error} />
      </Stack>
      <DataTable
        label="Import report"
        columns={COLUMNS}
        rows={linesOf(report)}
        rowKey={({ key }) => key}
        empty={<EmptyState icon="people" title="No line" />}
      />
    </Panel>
  )
}

function linesOf({ good, faults }: Report): Line[] {
  const bad = faults.map(({ line, column, code, message }, index) => ({ key: `fault-${index}`, line, fault: code, column: column ?? '', words: message }))
  const fine = good.map(({ line, name, kind, tier, contactName, contactEmail }) => ({
    key: `line-${line}`,
    line,
    fault: null,
    column: '',
    words: `${name}, ${kind}, ${tier}; ${contactName} <${contactEmail}>`,
  }))
  return [...bad, ...fine].sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
}
