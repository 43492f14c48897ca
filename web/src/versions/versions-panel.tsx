import { Button, Group, Skeleton, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement, type ReactNode } from 'react'
import { STATE_NAME } from '../packages/packages.ts'
import { useSession } from '../session/session.ts'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import { StateMark, type Tone } from '../ui/state-mark.tsx'
import { ZonedInstant } from '../ui/zoned-instant.tsx'
import { DifferencesDialog } from './differences-dialog.tsx'
import { versionsQuery, type VersionLine } from './versions.ts'

const TONES: Partial<Record<VersionLine['state'], Tone>> = { scheduled: 'on', released: 'plain', 'in-review': 'waiting', pulled: 'bad', withdrawn: 'bad' }

interface VersionsPanelProps {
  readonly id: string
  /** The version on this page. */
  readonly shown: number
  readonly onShow: (version: number) => void
}

/** The versions of a package that the signed-in person may know of; nothing while there is one. */
export function VersionsPanel({ id, shown, onShow }: VersionsPanelProps): ReactElement | null {
  const versions = useQuery(versionsQuery(id))
  const operator = useSession().kind === 'operator'
  const [compared, setCompared] = useState<VersionLine>()
  const lines = versions.data?.items ?? []
  if (!operator && versions.isSuccess && lines.length < 2) return null
  const before = compared && earlierOf(compared, lines, operator)
  return (
    <Panel title="Versions" lead="Each is approved on its own. Who received one keeps it; the differences go to who received both." flush>
      {versions.isPending && <Skeleton height={90} radius={0} />}
      <ProblemAlert error={versions.error} onRetry={() => void versions.refetch()} />
      {lines.length > 0 && (
        <SimpleTable label="Versions" headers={['Version', 'State', 'Release', operator ? 'Since' : 'You received', '']}>
          {lines.map((line) => (
            <Row key={line.version} line={line} operator={operator} shown={line.version === shown}>
              {line.version !== shown && (
                <Button size="compact-sm" variant="default" onClick={() => onShow(line.version)} aria-label={`Show version ${line.version}`}>
                  Show
                </Button>
              )}
              {earlierOf(line, lines, operator) && (
                <Button size="compact-sm" variant="subtle" onClick={() => setCompared(line)} aria-label={`What changed in version ${line.version}`}>
                  What changed
                </Button>
              )}
            </Row>
          ))}
        </SimpleTable>
      )}
      {compared && before && <DifferencesDialog id={id} from={before.version} to={compared.version} onClose={() => setCompared(undefined)} />}
    </Panel>
  )
}

/** The newest version before this one with which it can be compared: a contact has to have received both. */
function earlierOf({ version, receivedAt }: VersionLine, lines: readonly VersionLine[], operator: boolean): VersionLine | undefined {
  if (!operator && receivedAt === null) return undefined
  return lines.find((line) => line.version < version && (operator || line.receivedAt !== null))
}

function Row({ line, operator, shown, children }: { line: VersionLine; operator: boolean; shown: boolean; children: ReactNode }): ReactElement {
  const since = operator ? line.steps.at(-1)?.at : line.receivedAt
  return (
    <Table.Tr aria-current={shown ? 'true' : undefined}>
      <Table.Td>
        {line.version}
        {shown && (
          <Text span size="sm" c="dimmed">
            {' '}
            (on this page)
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <StateMark tone={TONES[line.state] ?? 'off'}>{STATE_NAME[line.state]}</StateMark>
      </Table.Td>
      <Table.Td>{line.release ? <ZonedInstant value={line.release.instant} zone={line.release.zone} /> : '–'}</Table.Td>
      <Table.Td>{since ? <Instant value={since} /> : '–'}</Table.Td>
      <Table.Td>
        <Group gap={4} wrap="nowrap" justify="flex-end">
          {children}
        </Group>
      </Table.Td>
    </Table.Tr>
  )
}
