import { Badge, Group, Stack, Table, Title } from '@mantine/core'
import type { ReactElement } from 'react'
import { CopyText } from '../ui/copy-text.tsx'
import { formatSize } from '../ui/format-size.ts'
import { Panel } from '../ui/panel.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import { SourceText } from '../ui/source-text.tsx'
import { SENSOR_NAME, type Content } from './packages.ts'
import { HANDLING_NAME, RULE_NAME } from './words.ts'

/** Draft rules and samples, where there are any. */
export function DetectionHelp({ content: { rules = [], samples } }: { content: Content }): ReactElement {
  const listed = [...(samples?.knownBad ?? []).map((each) => ({ ...each, kind: 'Known bad' })), ...(samples?.knownGood ?? []).map((each) => ({ ...each, kind: 'Known good' }))] // prettier-ignore
  return (
    <>
      {rules.length > 0 && (
        <Panel title="Draft rules" lead="Nobody but their author has tested them.">
          <Stack>
            {rules.map(({ kind, name, sensor, text }, at) => (
              <section key={at}>
                <Group gap="xs" mb={4}>
                  <Badge variant="default" tt="none">
                    {RULE_NAME[kind]}
                  </Badge>
                  <Badge variant="default" tt="none">
                    {SENSOR_NAME[sensor]}
                  </Badge>
                  <Title order={3} className="break">
                    {name}
                  </Title>
                </Group>
                <SourceText label={`Rule ${name}`} text={text} />
              </section>
            ))}
          </Stack>
        </Panel>
      )}
      {listed.length > 0 && (
        <Panel title="Samples" lead="Files to test a detection with. A live one attacks whoever opens it." flush>
          <SimpleTable label="Samples" headers={['Kind', 'Name', 'Handling', 'Size', 'SHA-256']}>
            {listed.map(({ kind, name, handling, size, sha256 }, at) => (
              <Table.Tr key={at}>
                <Table.Td className="nowrap">{kind}</Table.Td>
                <Table.Td className="break">{name}</Table.Td>
                <Table.Td>{HANDLING_NAME[handling]}</Table.Td>
                <Table.Td className="nowrap">{size === null ? 'Not known' : formatSize(size)}</Table.Td>
                <Table.Td>
                  <CopyText label={`Copy the SHA-256 of ${name}`} text={sha256} />
                </Table.Td>
              </Table.Tr>
            ))}
          </SimpleTable>
        </Panel>
      )}
    </>
  )
}
