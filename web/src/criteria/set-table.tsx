import { Table, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { SimpleTable } from '../ui/simple-table.tsx'
import type { CriterionShown, SetShown } from './criteria.ts'

/** Each criterion of a set, with how it is judged. */
export function SetTable({ set, label }: { set: SetShown; label: string }): ReactElement {
  return (
    <SimpleTable label={label} headers={['Criterion', 'What it asks', 'How it is judged', 'Need', 'Renewed']}>
      {set.criteria.map((one) => (
        <Table.Tr key={one.id}>
          <Table.Td>
            <span className="mono nowrap">{one.id}</span>
            <Text size="sm" fw={600}>
              {one.title}
            </Text>
          </Table.Td>
          <Table.Td miw={220}>{one.text}</Table.Td>
          <Table.Td miw={200}>{one.judged}</Table.Td>
          <Table.Td miw={150}>{needOf(one)}</Table.Td>
          <Table.Td>{one.renewal.replace('-', ' ')}</Table.Td>
        </Table.Tr>
      ))}
    </SimpleTable>
  )
}

function needOf({ need, requiredFor, alternative, waivable, threshold }: CriterionShown): string {
  const more = [
    requiredFor.length > 0 && `required for ${requiredFor.join(', ')}`,
    alternative && `or ${alternative}`,
    threshold !== null && `at least ${threshold.toLocaleString('en')}`,
    waivable && 'may be waived',
  ]
  return [need === 'required' ? 'Required' : 'Recorded', ...more.filter(Boolean)].join('; ')
}
